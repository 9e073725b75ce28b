"""The lists in docs/ are the ones in the code."""

from collections import Counter
from enum import Enum

import pytest
from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from app.graphql.errors import TransportCode
from app.graphql.protocol import CloseCode
from app.settings import Settings
from importing.records import ErrorCode, Reason
from realtime.revocation import Cause
from resolvers.errors import Code
from tests.house.source import ROOT, first_cells, names_of

LISTED: list[tuple[str, type[Enum]]] = [
    ("Answers of the schema", Code),
    ("Answers of the transports", TransportCode),
    ("Close codes of sockets", CloseCode),
    ("Revoked rights", Cause),
    ("Archives", ErrorCode),
    ("Rejected lines", Reason),
]


@pytest.mark.parametrize(("heading", "enum"), LISTED)
def test_errors_are_listed(heading: str, enum: type[Enum]) -> None:
    listed = Counter(first_cells("errors.md", heading))
    known = Counter(str(member.value) for member in enum)

    assert not known - listed, "they are missing in docs/errors.md"
    assert not listed - known, "docs/errors.md has them, the code does not"


@pytest.mark.parametrize("enum", [enum for _, enum in LISTED])
def test_every_code_is_used(enum: type[Enum]) -> None:
    unused = set(enum.__members__) - names_of(enum.__name__)

    assert not unused


def test_settings_are_listed() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8").splitlines()
    listed = [line for line in page if line.startswith(("| `PARLEY_", "| `DATABASE", "| `REDIS"))]

    known = [_row(name, field) for name, field in Settings.model_fields.items()]

    missing = "\n".join(row for row in known if row not in listed)
    stale = "\n".join(row for row in listed if row not in known)
    assert not missing, "they are missing in docs/operations.md"
    assert not stale, "docs/operations.md has them, the code does not"


def _row(name: str, field: FieldInfo) -> str:
    """The setting as docs/operations.md has it: name, default, description."""
    alias = field.validation_alias
    variable = alias.choices[0] if isinstance(alias, AliasChoices) else f"PARLEY_{name.upper()}"
    default = field.get_default(call_default_factory=True, validated_data={})
    shown = "" if default is None else f"`{_text(default)}`"
    return f"| `{variable}` | {shown} | {field.description} |"


def _text(value: object) -> str:
    """A value as the environment would give it."""
    if isinstance(value, tuple):
        return str(list(value))
    return str(value).lower() if isinstance(value, bool) else str(value)
