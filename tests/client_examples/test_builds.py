"""What is built in JavaScript is built of these sources and of this SDL, where npm is there."""

import importlib.util
import subprocess
from pathlib import Path
from shutil import which
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[2] / "client-examples"
OLDEST_NODE = (20, 19)


@pytest.fixture(scope="module")
def sources() -> ModuleType:
    """The module by which `make` knows what is built already."""
    spec = importlib.util.spec_from_file_location("built_from", EXAMPLES / "built_from.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("folder", "names", "target"),
    [
        ("playground", ["playground"], "playground"),
        ("web", ["web"], "web"),
        (".", ["typescript", "apollo", "urql", "relay"], "clients"),
    ],
    ids=["playground", "web", "clients"],
)
def test_it_is_built_of_these_sources(
    sources: ModuleType, folder: str, names: list[str], target: str
) -> None:
    if not npm_is_there():
        pytest.skip("npm is not there, with Node.js 20.19 or later: nothing is built in JavaScript")
    kept = EXAMPLES / folder / "node_modules/.built"

    assert kept.is_file(), f"it could not be built: make {target}"
    assert kept.read_text().strip() == sources.built_from(*names), f"it is stale: make {target}"


def test_every_change_of_a_source_or_of_the_schema_counts(
    sources: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web/src/generated").mkdir(parents=True)
    schema, source = tmp_path / "schema.graphql", tmp_path / "web/src/main.ts"
    monkeypatch.setattr(sources, "EXAMPLES", tmp_path)
    monkeypatch.setattr(sources, "SDL", schema)
    monkeypatch.setattr(sources, "SHARED", ())
    seen = set()
    for path, text in ((schema, "a"), (source, "a"), (source, "b"), (schema, "b")):
        path.write_text(text)
        if schema.exists() and source.exists():
            seen.add(sources.built_from("web"))
    (tmp_path / "web/src/generated/graphql.ts").write_text("made")

    assert len(seen) == 3
    assert sources.built_from("web") in seen


@pytest.mark.parametrize("name", ["session.ts", "socket.ts"])
def test_each_example_can_be_taken_alone_and_has_the_same_of_what_all_need(name: str) -> None:
    texts = {(EXAMPLES / each / "src" / name).read_text() for each in ("apollo", "urql", "relay")}

    assert len(texts) == 1


def npm_is_there() -> bool:
    """Whether there is npm, and a Node.js that the examples can be built with."""
    node = which("node")
    if node is None or which("npm") is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor, *_ = told.strip().removeprefix("v").split(".")
    return (int(major), int(minor)) >= OLDEST_NODE
