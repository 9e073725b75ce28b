"""The documentation under `/docs`, and the site that is made of docs/."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, parse, validate
from httpx import ASGITransport, AsyncClient
from mkdocs.commands.build import build
from mkdocs.config import load_config
from starlette.applications import Starlette

from app.documentation import documentation
from schema.build import graphql_schema

ROOT = Path(__file__).parents[2]
FENCE = "```graphql\n"


def documents() -> list[tuple[str, str]]:
    """Every operation that the documentation shows, and where."""
    found = []
    for path in sorted((ROOT / "docs").rglob("*.md")):
        for block in path.read_text(encoding="utf-8").split(FENCE)[1:]:
            found.append((path.name, block.partition("```")[0]))
    return found


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return graphql_schema()


@pytest.mark.parametrize(("name", "document"), documents())
def test_what_the_documentation_shows_is_valid(
    name: str, document: str, schema: GraphQLSchema
) -> None:
    assert validate(schema, parse(document)) == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. Strict: a page without a place, or a link that leads nowhere, fails."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        # The theme's word about its successor counts as a warning.
        patch.setenv("NO_MKDOCS_2_WARNING", "1")
        build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder)))
    return folder


def browser(site: Path) -> AsyncClient:
    app = Starlette(routes=documentation(site))
    return AsyncClient(
        transport=ASGITransport(app=app), base_url="http://127.0.0.1", follow_redirects=True
    )


async def test_the_site_is_served_with_the_reference_of_the_schema(site: Path) -> None:
    async with browser(site) as client:
        home = await client.get("/docs")
        reference = await client.get("/docs/graphql/")
    assert home.status_code == reference.status_code == 200
    assert "Parley" in home.text
    assert 'id="sendmessage"' in reference.text
    assert "frame-ancestors 'none'" in reference.headers["content-security-policy"]


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for loaded in ('src="http', "src='http", 'rel="stylesheet" href="http', "@import"):
            assert loaded not in text, path.name


async def test_without_a_site_it_says_how_to_build_it(tmp_path: Path) -> None:
    async with browser(tmp_path / "none") as client:
        home = await client.get("/docs")
        page = await client.get("/docs/errors/")
    assert "make docs" in home.text
    assert page.status_code == 404
