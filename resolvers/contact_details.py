"""What a client may say of a contact, checked and applied."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from analysis.templates import NAME
from models.audience import Contact
from realtime.contacts import MAX_NAME
from resolvers.errors import Code, UserError
from resolvers.limits import text_within

MAX_LOCALE = 35
MAX_FIELDS = 50
MAX_FIELD = 1_000
# A language tag of BCP 47, or what programs write for one: pt, pt-BR, zh_Hant_TW.
_LOCALE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """What a client may say of a contact. Quiet hours: local times, from and until."""

    name: str
    locale: str | None = None
    time_zone: str | None = None
    quiet_hours: tuple[time, time] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    opted_out: bool = False

    def checked(self) -> Self:
        """The same, if all of it fits. Raises BAD_INPUT, BLANK, TOO_LONG or UNKNOWN_TIME_ZONE."""
        text_within(self.name, MAX_NAME, "name")
        if self.locale is not None:
            check_language(self.locale, "locale")
        if self.time_zone is not None:
            check_zone(self.time_zone)
        if self.quiet_hours is not None:
            _check_quiet_hours(*self.quiet_hours)
        check_fields(self.fields)
        return self

    @classmethod
    def of(cls, contact: Contact) -> Self:
        """What is said of a contact now."""
        start, end = contact.quiet_from, contact.quiet_until
        return cls(
            contact.name,
            contact.locale,
            contact.time_zone,
            None if start is None or end is None else (start, end),
            contact.fields,
            contact.opted_out_at is not None,
        )

    def apply(self, contact: Contact, moment: datetime) -> None:
        """Have the contact be so from now on."""
        contact.name, contact.locale = self.name, self.locale
        contact.time_zone, contact.fields = self.time_zone, dict(self.fields)
        contact.quiet_from, contact.quiet_until = self.quiet_hours or (None, None)
        if self.opted_out != (contact.opted_out_at is not None):
            contact.opted_out_at = moment if self.opted_out else None
        contact.updated_at = moment


def check_language(tag: str, field: str) -> None:
    """Raise BAD_INPUT unless it looks like a language tag."""
    if len(tag) > MAX_LOCALE or not _LOCALE.fullmatch(tag):
        raise UserError(Code.BAD_INPUT, f"{tag[:64]!r} is no language tag such as pt-BR.", field)


def check_zone(name: str) -> None:
    """Raise UNKNOWN_TIME_ZONE unless it is an IANA name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{name[:64]!r} is no IANA time zone; use a name like Europe/Lisbon."
        raise UserError(Code.UNKNOWN_TIME_ZONE, message, "timeZone") from None


def check_fields(fields: Mapping[str, str]) -> None:
    """Raise BAD_INPUT or TOO_LONG for fields that templates could not name, or that do not fit."""
    if len(fields) > MAX_FIELDS:
        message = f"A contact has at most {MAX_FIELDS} fields."
        raise UserError(Code.TOO_LONG, message, "fields")
    for name, value in fields.items():
        if not NAME.fullmatch(name) or name == "name":
            message = f"{name[:64]!r} is no name of a field: letters, digits and _ are; not 'name'."
            raise UserError(Code.BAD_INPUT, message, "fields")
        text_within(value, MAX_FIELD, "fields", blank=True)


def _check_quiet_hours(start: time, end: time) -> None:
    if start.tzinfo is not None or end.tzinfo is not None:
        message = "Quiet hours are local times, such as 22:00, without an offset."
        raise UserError(Code.BAD_INPUT, message, "quietHours")
    if start == end:
        message = "Quiet hours end when they begin; archive a contact that is never written to."
        raise UserError(Code.BAD_INPUT, message, "quietHours")
