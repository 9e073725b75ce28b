"""The direction of imports, the names of packages, and what only one module may do."""

import ast
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from schema.build import sdl
from tests.house.source import PACKAGES, ROOT, calls, modules

POOLS = "models/pools.py"
POOL_SIZES = {"checkedin", "checkedout"}


def test_imports_go_down_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)

    status = lint_imports(no_cache=True, no_logo=True)

    assert status == 0, capsys.readouterr().out


def test_no_dependency_has_a_package_of_our_name() -> None:
    providers = packages_distributions()

    taken = {name: providers.get(name, []) for name in PACKAGES}

    assert not {name: found for name, found in taken.items() if set(found) - {"parley"}}


def test_committed_schema_is_the_schema() -> None:
    committed = (ROOT / "schema/schema.graphql").read_text(encoding="utf-8")

    assert committed == sdl(), "run: parley schema > schema/schema.graphql"


def test_every_module_says_what_it_is() -> None:
    silent = [path for path, tree in modules().items() if not ast.get_docstring(tree)]

    assert not silent


def test_only_the_module_of_pools_takes_connections_from_the_pool() -> None:
    takers = [
        f"{path}:{call.lineno}"
        for path, tree in modules().items()
        if path != POOLS
        for call in calls(tree)
        if call.attr == "acquire" or (_is_pool(call.value) and call.attr not in POOL_SIZES)
    ]

    assert not takers


def test_typed_packages_say_so() -> None:
    typed = {path.parent.name for path in ROOT.glob("*/py.typed")}

    assert typed == set(PACKAGES) - {"migrations"}


def test_tests_are_no_packages() -> None:
    assert not list(Path(ROOT / "tests").rglob("__init__.py"))


def _is_pool(value: ast.expr) -> bool:
    return isinstance(value, ast.Attribute) and value.attr in {"pool", "_pool"}
