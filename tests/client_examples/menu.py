"""The playground's menu of examples, and its placeholders filled as the page fills them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from graphql import OperationDefinitionNode, OperationType, parse

SOURCES = Path(__file__).parents[2] / "client-examples/playground/src"
EXAMPLES = SOURCES / "examples"
LOOKUPS = SOURCES / "lookups"
PLACEHOLDER = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Example:
    """An entry of the menu. `needs` is what the page cannot fill in."""

    file: str
    title: str
    document: str
    variables: dict[str, Any]
    needs: str | None

    @property
    def operation(self) -> OperationDefinitionNode:
        """The one operation of its document."""
        (operation,) = parse(self.document).definitions
        assert isinstance(operation, OperationDefinitionNode)
        return operation

    @property
    def is_subscription(self) -> bool:
        return self.operation.operation is OperationType.SUBSCRIPTION

    @property
    def placeholders(self) -> set[str]:
        """The names of what is to be filled in."""
        return set(PLACEHOLDER.findall(json.dumps(self.variables)))

    def filled(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Its variables with these values for the placeholders."""
        text = PLACEHOLDER.sub(
            lambda found: json.dumps(values[found[1]])[1:-1], json.dumps(self.variables)
        )
        variables: dict[str, Any] = json.loads(text)
        return variables


def examples() -> list[Example]:
    """All entries, in the menu's order."""
    menu = json.loads((EXAMPLES / "examples.json").read_bytes())
    return [
        Example(
            file=entry["file"],
            title=entry["title"],
            document=(EXAMPLES / entry["file"]).read_text(encoding="utf-8"),
            variables=entry.get("variables", {}),
            needs=entry.get("needs"),
        )
        for area in menu
        for entry in area["examples"]
    ]


def made_on_the_spot() -> dict[str, str]:
    """What the page fills in without asking the server."""
    key = uuid4()
    return {
        "newKey": key.hex,
        "sixDigits": f"{key.int % 1_000_000:06}",
        "inOneHour": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        "inTwoHours": (datetime.now(UTC) + timedelta(hours=2)).isoformat(),
        "timeZone": "Europe/Vienna",
    }


def lookup(name: str) -> str | None:
    """The query whose answer stands for a placeholder."""
    path = LOOKUPS / f"{name}.graphql"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def first_text(data: object) -> str | None:
    """The first text in an answer, however deep."""
    if isinstance(data, str):
        return data
    parts: list[object] = []
    if isinstance(data, dict):
        parts = list(data.values())
    elif isinstance(data, list):
        parts = data
    return next((text for text in map(first_text, parts) if text is not None), None)
