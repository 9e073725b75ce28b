"""The pages for people: their links lead somewhere, and the index has them all."""

import re
from pathlib import Path

import pytest

from tests.house.source import ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("client-examples/*/README.md")]
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))

    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert not missing


def test_index_has_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")

    pages = {path.name for path in ROOT.glob("docs/*.md")} - {"README.md"}

    assert not {page for page in pages if f"]({page})" not in index}
