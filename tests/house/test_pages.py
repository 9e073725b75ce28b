"""The pages for people: their links lead somewhere, and the index has them all."""

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from app.cli import cli
from app.settings import Settings
from tests.house.source import ROOT

COMMAND = re.compile(r"^(?:docker compose run --rm \w+ )?parley (\w+)(?: ([a-z]+))?", re.MULTILINE)
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


def test_guides_name_only_commands_and_settings_that_exist() -> None:
    guides = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("docs/guides/*.md"))
    commands = get_command(cli)
    assert isinstance(commands, TyperGroup)

    settings = set(re.findall(r"\bPARLEY_[A-Z_]+", guides))
    named = COMMAND.findall(guides)

    assert settings <= {f"PARLEY_{name.upper()}" for name in Settings.model_fields}
    assert {name for name, _ in named} <= set(commands.commands)
    for name, verb in named:
        group = commands.commands[name]
        assert not verb or not isinstance(group, TyperGroup) or verb in group.commands, verb
    assert len(settings) > 10 and len(named) > 5
