"""What clients tell devices, checked and sorted: settings are shown, secrets are encrypted."""

import base64
import re
import secrets
from dataclasses import asdict, dataclass, fields
from urllib.parse import urlsplit

from gateways.loopback_told import Told
from models.devices import DeviceKind
from resolvers.errors import Code, UserError

MAX_SECRET = 1_000
MAX_URL = 2_000
MOST_A_MINUTE = 1_000_000
SLOWEST_MS = 60_000

_DIGITS = re.compile(r"[0-9]{5,32}", re.ASCII)
_VISIBLE = re.compile(r"[!-~]+")
_SIGNING_SECRET = re.compile(r"whsec_[A-Za-z0-9+/]{32,88}={0,2}")


@dataclass(frozen=True, slots=True)
class WhatsAppSettings:
    """Of a WhatsApp device; None: as it is. Without a verify token one is made."""

    phone_number_id: str | None = None
    access_token: str | None = None
    app_secret: str | None = None
    verify_token: str | None = None


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Of an HTTP device; None: as it is. Without a signing secret one is made."""

    url: str | None = None
    signing_secret: str | None = None


@dataclass(frozen=True, slots=True)
class LimitChanges:
    """Limits that are to be other than now; see `DeviceLimits`."""

    critical: int | None = None
    high: int | None = None
    normal: int | None = None
    low: int | None = None
    per_hour: int | None = None
    at_once: int | None = None
    pair_per_minute: int | None = None
    pair_burst: int | None = None

    def kept(self) -> dict[str, int]:
        """Those that are given. Raises BAD_INPUT for a number out of bounds."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        for name, value in given.items():
            least = 1 if name == "pair_burst" else 0
            if not least <= value <= MOST_A_MINUTE:
                message = f"A limit is a number from {least} to {MOST_A_MINUTE}."
                raise UserError(Code.BAD_INPUT, message, "limits")
        return given


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """What is told a device of one kind, whichever is given."""

    loopback: Told | None = None
    whatsapp: WhatsAppSettings | None = None
    http: HttpSettings | None = None

    @property
    def kind(self) -> DeviceKind:
        """Whose settings they are. Raises BAD_INPUT unless they are those of one kind."""
        given = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        if len(given) != 1:
            message = "Give exactly one of loopback, whatsapp and http."
            raise UserError(Code.BAD_INPUT, message)
        return _KINDS[given[0]]

    @property
    def empty(self) -> bool:
        """Whether nothing is given."""
        return self.loopback is None and self.whatsapp is None and self.http is None

    def shown(self) -> dict[str, object]:
        """The settings that are no secrets, as the row keeps them. Raises BAD_INPUT."""
        if self.loopback is not None:
            return _behaviour(self.loopback)
        if self.whatsapp is not None:
            return _phone_number(self.whatsapp.phone_number_id)
        return _url(self.http.url if self.http else None)

    def secrets(self) -> dict[str, str]:
        """The secrets that are given. Raises BAD_INPUT."""
        if self.whatsapp is not None:
            given = {
                "access_token": self.whatsapp.access_token,
                "app_secret": self.whatsapp.app_secret,
                "verify_token": self.whatsapp.verify_token,
            }
            return {name: _secret(name, value) for name, value in given.items() if value}
        if self.http is not None and self.http.signing_secret:
            return {"signing_secret": _checked_signing_secret(self.http.signing_secret)}
        return {}


_KINDS = {
    "loopback": DeviceKind.LOOPBACK,
    "whatsapp": DeviceKind.WHATSAPP_CLOUD,
    "http": DeviceKind.HTTP,
}
# What must be there before a device of the kind can be made, and what is made when it is missing.
NEEDED = {
    DeviceKind.LOOPBACK: (),
    DeviceKind.WHATSAPP_CLOUD: ("phone_number_id", "access_token", "app_secret"),
    DeviceKind.HTTP: ("url",),
}


def made_secrets(kind: DeviceKind, given: dict[str, str]) -> dict[str, str]:
    """The secrets that nobody gave and that the other side is to be told."""
    if kind is DeviceKind.WHATSAPP_CLOUD and "verify_token" not in given:
        return {"verify_token": secrets.token_urlsafe(24)}
    if kind is DeviceKind.HTTP and "signing_secret" not in given:
        return {"signing_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()}
    return {}


def require_all(kind: DeviceKind, known: dict[str, object]) -> None:
    """Raise BAD_INPUT for what a device of the kind cannot be without."""
    for name in NEEDED[kind]:
        if not known.get(name):
            message = f"A device of the kind {kind.value} needs {_camel(name)}."
            raise UserError(Code.BAD_INPUT, message, _camel(name))


def _behaviour(told: Told) -> dict[str, object]:
    numbers = (told.fail_every, told.time_out_every, told.per_minute)
    if not 0 <= told.delay_ms <= SLOWEST_MS:
        message = f"delayMs is from 0 to {SLOWEST_MS}."
        raise UserError(Code.BAD_INPUT, message, "delayMs")
    if any(not 0 <= number <= MOST_A_MINUTE for number in numbers):
        message = f"A loopback device counts from 0 to {MOST_A_MINUTE}."
        raise UserError(Code.BAD_INPUT, message, "loopback")
    return asdict(told)


def _phone_number(value: str | None) -> dict[str, object]:
    if value is None:
        return {}
    if not _DIGITS.fullmatch(value):
        message = "phoneNumberId is the id that Meta gives the number: digits alone."
        raise UserError(Code.BAD_INPUT, message, "phoneNumberId")
    return {"phone_number_id": value}


def _url(value: str | None) -> dict[str, object]:
    if value is None:
        return {}
    if not _is_address(value):
        message = f"url is an http or https address of at most {MAX_URL} characters."
        raise UserError(Code.BAD_INPUT, message, "url")
    return {"url": value}


def _is_address(value: str) -> bool:
    if len(value) > MAX_URL or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return known and parts.username is None


def _secret(name: str, value: str) -> str:
    if len(value) > MAX_SECRET:
        message = f"{_camel(name)} has at most {MAX_SECRET} characters."
        raise UserError(Code.TOO_LONG, message, _camel(name))
    if not _VISIBLE.fullmatch(value):
        message = f"{_camel(name)} is made of visible ASCII characters."
        raise UserError(Code.BAD_INPUT, message, _camel(name))
    return value


def _checked_signing_secret(value: str) -> str:
    if not _SIGNING_SECRET.fullmatch(value):
        message = "signingSecret is whsec_ and 24 to 64 bytes in Base64."
        raise UserError(Code.BAD_INPUT, message, "signingSecret")
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
