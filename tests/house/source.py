"""The house's own source, parsed, for tests that look at how it is written."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "app",
    "schema",
    "resolvers",
    "dispatch",
    "importing",
    "analysis",
    "gateways",
    "realtime",
    "models",
    "execution",
    "migrations",
)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of ours, by its path from the root."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def calls(tree: ast.Module) -> Iterator[ast.Attribute]:
    """What is called as a method, such as `x.y.z` of `x.y.z()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func


def names_of(enum: str) -> set[str]:
    """The members of an enum that the source names, as `enum.MEMBER`."""
    return {
        node.attr
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == enum
    }


def first_cells(page: str, heading: str) -> list[str]:
    """The first cell of each row of the tables under a heading of a page in docs/."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    parts = re.split(r"^#+ (.+)\n", text, flags=re.MULTILINE)
    section = dict(zip(parts[1::2], parts[2::2], strict=True))[heading]
    return re.findall(r"^\| `([^`]+)` \|", section, flags=re.MULTILINE)
