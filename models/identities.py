"""The one form in which each identity of a contact is kept, so that equal ones are found equal."""

import re
from dataclasses import dataclass
from uuid import UUID

import phonenumbers

from models.addresses import checked_address
from models.audience import IdentityKind

MAX_LENGTH = 254
# WhatsApp's business-scoped ids, such as US.13491208655302741918.
_WHATSAPP_USER = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
# Deliberately loose: whether an address takes mail is known when mail was sent to it.
_EMAIL = re.compile(r"[^\s@\x00]+@[^\s@\x00]+\.[^\s@\x00.]+")


class BadIdentity(ValueError):  # noqa: N818 - it reads as what was found
    """The text is no identity of its kind; the message says what is wanted."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a contact is known by, in the form that is kept."""

    kind: IdentityKind
    value: str


def identity(kind: IdentityKind, text: str, region: str | None = None) -> Identity:
    """The identity that a text names. Raises BadIdentity.

    PHONE: E.164, such as +34612345678. Numbers without a country code are of `region`, an ISO
    3166 code such as ES. WALLET: EIP-55. EMAIL: in lower case. USER: a UUID's usual text.
    """
    text = text.strip()
    if not 0 < len(text) <= MAX_LENGTH:
        raise BadIdentity(f"an identity has 1 to {MAX_LENGTH} characters")
    match kind:
        case IdentityKind.PHONE:
            return Identity(kind, _phone(text, region))
        case IdentityKind.WALLET:
            return Identity(kind, _wallet(text))
        case IdentityKind.USER:
            return Identity(kind, _user(text))
        case IdentityKind.EMAIL:
            return Identity(kind, _matching(_EMAIL, text.lower(), "ana@example.org"))
        case IdentityKind.WHATSAPP_USER:
            return Identity(kind, _matching(_WHATSAPP_USER, text, "US.13491208655302741918"))


def _phone(text: str, region: str | None) -> str:
    """By length alone: numbering plans grow faster than any list of the ranges in use."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        message = "a phone number has a country code, such as +34 612 345 678"
        raise BadIdentity(message) from None
    if not phonenumbers.is_possible_number(number):
        raise BadIdentity("no phone number has so many digits, or so few")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _wallet(text: str) -> str:
    try:
        return checked_address(text)
    except ValueError as error:
        raise BadIdentity(str(error)) from None


def _user(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise BadIdentity("a user is named by the user's id") from None


def _matching(pattern: re.Pattern[str], text: str, example: str) -> str:
    if not pattern.fullmatch(text):
        raise BadIdentity(f"it should look like {example}")
    return text
