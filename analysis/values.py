"""Typed values of templates: what each type takes, and how a language writes it.

Numbers, dates and amounts are written by the few conventions below; a language that is not listed
gets ISO 8601 and plain digits, which nobody misreads. A DATETIME stays one until it is known in
whose time zone it is read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias
from urllib.parse import urlsplit

from models.audience import VariableType

MAX_TEXT = 4_096
MAX_URL = 2_048
MAX_DIGITS = 24

# What is ready to be put into a text, but for the zone of a time.
Written: TypeAlias = str | datetime

_CURRENCY = re.compile(r"[A-Z]{3}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UNSEEMLY = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]")
# Currencies of ISO 4217 whose smaller unit is not a hundredth.
_WHOLE = frozenset(
    {
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"),
        *("VND", "VUV", "XAF", "XOF", "XPF"),
    }
)
_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


@dataclass(frozen=True, slots=True)
class Style:
    """How a language writes numbers and dates; `day` has the fields d, m and y."""

    group: str
    point: str
    day: str
    currency_first: bool = False


_ISO = Style("", ".", "{y:04}-{m:02}-{d:02}")
_STYLES = {
    "ar": Style(",", ".", "{d:02}/{m:02}/{y:04}"),
    "de": Style(".", ",", "{d:02}.{m:02}.{y:04}"),
    "en": Style(",", ".", "{d:02}/{m:02}/{y:04}", currency_first=True),
    "en-us": Style(",", ".", "{m:02}/{d:02}/{y:04}", currency_first=True),
    "es": Style(".", ",", "{d:02}/{m:02}/{y:04}"),
    "es-mx": Style(",", ".", "{d:02}/{m:02}/{y:04}", currency_first=True),
    "fr": Style("\u202f", ",", "{d:02}/{m:02}/{y:04}"),
    "hi": Style(",", ".", "{d:02}/{m:02}/{y:04}", currency_first=True),
    "it": Style(".", ",", "{d:02}/{m:02}/{y:04}"),
    "nl": Style(".", ",", "{d:02}-{m:02}-{y:04}", currency_first=True),
    "pl": Style("\u00a0", ",", "{d:02}.{m:02}.{y:04}"),
    "pt": Style(".", ",", "{d:02}/{m:02}/{y:04}"),
    "ru": Style("\u00a0", ",", "{d:02}.{m:02}.{y:04}"),
    "tr": Style(".", ",", "{d:02}.{m:02}.{y:04}"),
}


class BadValue(ValueError):  # noqa: N818 - it reads as what was found
    """The value is not of the type; the message says what is wanted."""


def style_of(language: str) -> Style:
    """The conventions of a language tag such as `pt-BR`, or those of its language."""
    tag = language.lower().replace("_", "-")
    return _STYLES.get(tag) or _STYLES.get(tag.split("-", maxsplit=1)[0]) or _ISO


def written(kind: VariableType, value: object, style: Style) -> Written:
    """A value from JSON in the style's writing. Raises BadValue."""
    return _WRITERS[kind](value, style)


def written_moment(moment: datetime, style: Style) -> str:
    """A time as the clocks of its own zone show it."""
    return f"{_day(moment, style)} {moment:%H:%M}"


def _text(value: object, _style: Style) -> str:
    if not isinstance(value, str):
        raise BadValue("a text is wanted")
    if len(value) > MAX_TEXT:
        raise BadValue(f"it has {len(value)} characters; at most {MAX_TEXT} fit")
    if _UNSTORABLE.search(value):
        raise BadValue("it holds a NUL or half a surrogate pair")
    return value


def _number(value: object, style: Style) -> str:
    return _grouped(_decimal(value), style)


def _currency(value: object, style: Style) -> str:
    """An amount of money, as {"amount": "12.50", "currency": "EUR"}."""
    if not isinstance(value, Mapping) or set(value) != {"amount", "currency"}:
        raise BadValue('an amount is wanted, as {"amount": "12.50", "currency": "EUR"}')
    code = value["currency"]
    if not isinstance(code, str) or not _CURRENCY.fullmatch(code):
        raise BadValue("currency is a code of ISO 4217, such as EUR")
    amount = _decimal(value["amount"])
    decimals = 0 if code in _WHOLE else 3 if code in _THOUSANDTHS else 2
    exact = round(amount, decimals)
    if exact != amount:
        raise BadValue(f"{code} has {decimals} decimals")
    shown = _grouped(exact, style)
    return f"{code}\u00a0{shown}" if style.currency_first else f"{shown}\u00a0{code}"


def _date(value: object, style: Style) -> str:
    try:
        if isinstance(value, str):
            return _day(date.fromisoformat(value), style)
    except ValueError:
        pass
    raise BadValue("a day is wanted, such as 2026-03-05")


def _datetime(value: object, _style: Style) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    # At the ends of the calendar some zones have no such day.
    if moment is None or moment.tzinfo is None or not 1 < moment.year < 9999:
        raise BadValue("a time with its offset is wanted, such as 2026-03-05T14:30:00+01:00")
    return moment


def _url(value: object, _style: Style) -> str:
    if not isinstance(value, str) or len(value) > MAX_URL or _UNSEEMLY.search(value):
        raise BadValue(f"a web address of at most {MAX_URL} characters is wanted")
    try:
        parts = urlsplit(value)
        complete = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        complete = False
    if not complete:
        raise BadValue("a web address is wanted, such as https://example.org/a")
    return value


_WRITERS: dict[VariableType, Callable[[object, Style], Written]] = {
    VariableType.TEXT: _text,
    VariableType.NUMBER: _number,
    VariableType.CURRENCY: _currency,
    VariableType.DATE: _date,
    VariableType.DATETIME: _datetime,
    VariableType.URL: _url,
}


def _decimal(value: object) -> Decimal:
    """A number of JSON, or its decimal digits as a text, where no digit may be lost."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadValue("a number is wanted")
    text = str(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise BadValue("a number is wanted, such as 1234.5") from None
    if not number.is_finite() or len(text) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise BadValue(f"a number of at most {MAX_DIGITS} digits is wanted")
    return number


def _grouped(number: Decimal, style: Style) -> str:
    whole, _, fraction = f"{number:,f}".partition(".")
    shown = whole.replace(",", style.group)
    return f"{shown}{style.point}{fraction}" if fraction else shown


def _day(day: date, style: Style) -> str:
    return style.day.format(d=day.day, m=day.month, y=day.year)
