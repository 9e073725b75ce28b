"""Contacts in bulk, as clients give them: rows, or CSV with a heading."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO

from models.audience import IdentityKind
from models.identities import Identity
from realtime.contacts import MAX_NAME
from resolvers.contact_details import check_fields, check_language, check_zone
from resolvers.contact_identities import MAX_IDENTITIES, GivenIdentity
from resolvers.errors import Code, UserError
from resolvers.limits import text_within

MAX_ROWS = 10_000

# Columns of CSV that are identities; a cell may hold several, separated by semicolons.
_KINDS = {
    "phone": IdentityKind.PHONE,
    "email": IdentityKind.EMAIL,
    "wallet": IdentityKind.WALLET,
    "whatsapp_user": IdentityKind.WHATSAPP_USER,
}
_OWN = {"name", "locale", "time_zone", *_KINDS}


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact as it was given. What is None stays as it is for a contact that is known."""

    identities: tuple[GivenIdentity, ...]
    name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row that can be kept. `number` counts the rows from 1, without the heading."""

    number: int
    identities: tuple[Identity, ...]
    name: str | None
    locale: str | None
    time_zone: str | None
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is left out, and why."""

    number: int
    code: Code
    message: str
    field: str | None = None


def rows_of_csv(text: str, region: str | None) -> list[ContactRow]:
    """The rows of a CSV text, separated by commas, semicolons or tabs as its heading is.

    The heading names columns: name, phone, email, wallet, whatsapp_user, locale, time_zone; any
    other is a field of the contact's. Columns without a name and empty cells say nothing. Raises
    BAD_INPUT and TOO_LONG.
    """
    heading = text.lstrip("\ufeff").partition("\n")[0]
    separator = max(",;\t", key=heading.count)
    reader = csv.reader(StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator)
    try:
        columns = [cell.strip() for cell in next(reader, [])]
        _check_columns(columns)
        rows = [_row(columns, cells, region) for cells in reader if cells]
    except csv.Error as error:
        raise UserError(Code.BAD_INPUT, f"The CSV cannot be read: {error}.", "csv") from None
    return rows


def checked_rows(rows: Sequence[ContactRow]) -> tuple[list[CheckedRow], list[RejectedRow]]:
    """The rows that can be kept and those that cannot; of two with one identity, the first can.

    It takes a while: some 50 µs a phone number.
    """
    kept: list[CheckedRow] = []
    rejected: list[RejectedRow] = []
    seen: dict[Identity, int] = {}
    for number, row in enumerate(rows, 1):
        try:
            checked = _checked(number, row)
            if twice := next((one for one in checked.identities if one in seen), None):
                message = f"Row {seen[twice]} has {twice.value} already."
                raise UserError(Code.CONFLICT, message, "identities")
        except UserError as error:
            rejected.append(RejectedRow(number, error.code, error.message, error.field))
        else:
            kept.append(checked)
            seen |= dict.fromkeys(checked.identities, number)
    return kept, rejected


def _check_columns(columns: Sequence[str]) -> None:
    if not set(columns) & set(_KINDS):
        message = f"The heading names no identity; one of {', '.join(_KINDS)} is needed."
        raise UserError(Code.BAD_INPUT, message, "csv")
    named = [column for column in columns if column]
    if len(set(named)) < len(named):
        raise UserError(Code.BAD_INPUT, "The heading names a column twice.", "csv")
    check_fields(dict.fromkeys(set(named) - _OWN, ""))


def _row(columns: Sequence[str], cells: Sequence[str], region: str | None) -> ContactRow:
    """What the cells below named columns say."""
    below = zip(columns, cells, strict=False)
    given = {column: cell.strip() for column, cell in below if column and cell.strip()}
    identities = tuple(
        GivenIdentity(kind, value, region)
        for column, kind in _KINDS.items()
        for value in given.pop(column, "").split(";")
        if value.strip()
    )
    name, locale = given.pop("name", None), given.pop("locale", None)
    return ContactRow(identities, name, locale, given.pop("time_zone", None), given)


def _checked(number: int, row: ContactRow) -> CheckedRow:
    """The row in the form that is kept. Raises the codes of contacts."""
    if not row.identities:
        message = "A row without an identity would make a new contact each time."
        raise UserError(Code.BAD_INPUT, message, "identities")
    if len(row.identities) > MAX_IDENTITIES:
        message = f"A contact has at most {MAX_IDENTITIES} identities."
        raise UserError(Code.TOO_MANY, message, "identities")
    if row.name is not None:
        text_within(row.name, MAX_NAME, "name")
    if row.locale is not None:
        check_language(row.locale, "locale")
    if row.time_zone is not None:
        check_zone(row.time_zone)
    check_fields(row.fields)
    identities = tuple(dict.fromkeys(given.parsed() for given in row.identities))
    return CheckedRow(number, identities, row.name, row.locale, row.time_zone, row.fields)
