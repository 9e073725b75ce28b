"""What README.md shows: its commands, its operations and their answers."""

import re
from pathlib import Path
from typing import Any

import orjson

TEXT = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def operation(name: str) -> str:
    """The document of the operation of this name."""
    (found,) = [
        text
        for language, text in BLOCKS
        if language == "graphql" and re.match(rf"(query|mutation|subscription) {name}\b", text)
    ]
    return found


def answer(field: str) -> dict[str, Any]:
    """The answer that begins with this field."""
    answers = [orjson.loads(text) for language, text in BLOCKS if language == "json"]
    (found,) = [each for each in answers if list(each) == [field]]
    assert isinstance(found, dict)
    return found


def block(language: str, start: str) -> str:
    """The block in a language that begins with `start`, white space aside."""
    (found,) = [
        text for each, text in BLOCKS if each == language and text.strip().startswith(start)
    ]
    return found


def masked(value: Any, *names: str) -> Any:
    """An answer with the type in place of what differs at each run, the fields of these names."""
    if isinstance(value, list):
        return [masked(each, *names) for each in value]
    if isinstance(value, dict):
        return {
            name: type(each).__name__ if name in names else masked(each, *names)
            for name, each in value.items()
        }
    return value
