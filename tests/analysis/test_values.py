"""Typed values of templates, as languages write them."""

from datetime import datetime

import pytest

from analysis.values import BadValue, style_of, written, written_moment
from models.audience import VariableType as Type

EUROS = {"amount": "1234567.5", "currency": "EUR"}


@pytest.mark.parametrize(
    ("kind", "value", "language", "text"),
    [
        (Type.TEXT, "a {{b}}", "en", "a {{b}}"),
        (Type.NUMBER, 1234567.5, "en", "1,234,567.5"),
        (Type.NUMBER, -1234, "de", "-1.234"),
        (Type.NUMBER, "1234567.50", "fr-CA", "1\u202f234\u202f567,50"),
        (Type.NUMBER, "1e3", "en", "1,000"),
        (Type.NUMBER, 1234.5, "xx", "1234.5"),
        (Type.CURRENCY, EUROS, "de", "1.234.567,50\u00a0EUR"),
        (Type.CURRENCY, EUROS, "en_GB", "EUR\u00a01,234,567.50"),
        (Type.CURRENCY, {"amount": 980, "currency": "JPY"}, "en", "JPY\u00a0980"),
        (Type.CURRENCY, {"amount": "1.005", "currency": "KWD"}, "en", "KWD\u00a01.005"),
        (Type.DATE, "2026-03-05", "en-US", "03/05/2026"),
        (Type.DATE, "2026-03-05", "en-GB", "05/03/2026"),
        (Type.DATE, "2026-03-05", "pt-BR", "05/03/2026"),
        (Type.DATE, "2026-03-05", "xx", "2026-03-05"),
        (Type.URL, "https://example.org/a?b=c#d", "en", "https://example.org/a?b=c#d"),
    ],
)
def test_value_is_written_as_the_language_does(
    kind: Type, value: object, language: str, text: str
) -> None:
    assert written(kind, value, style_of(language)) == text


def test_time_waits_for_its_reader() -> None:
    style = style_of("es")
    moment = written(Type.DATETIME, "2026-03-05T14:30:00+01:00", style)
    assert isinstance(moment, datetime)
    assert written_moment(moment, style) == "05/03/2026 14:30"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Type.TEXT, 1),
        (Type.TEXT, "x" * 4_097),
        (Type.TEXT, "\x00"),
        (Type.TEXT, "\ud83d"),
        (Type.NUMBER, True),
        (Type.NUMBER, "many"),
        (Type.NUMBER, "NaN"),
        (Type.NUMBER, float("inf")),
        (Type.NUMBER, "1e400"),
        (Type.NUMBER, "9" * 25),
        (Type.NUMBER, None),
        (Type.CURRENCY, "12.50 EUR"),
        (Type.CURRENCY, {"amount": 1}),
        (Type.CURRENCY, {"amount": 1, "currency": "eur"}),
        (Type.CURRENCY, {"amount": 1, "currency": 978}),
        (Type.CURRENCY, {"amount": "0.5", "currency": "JPY"}),
        (Type.CURRENCY, {"amount": "1.005", "currency": "EUR"}),
        (Type.DATE, "5 March 2026"),
        (Type.DATE, "2026-02-30"),
        (Type.DATE, 20260305),
        (Type.DATETIME, "2026-03-05T14:30:00"),
        (Type.DATETIME, "2026-03-05T25:30:00Z"),
        (Type.DATETIME, "0001-01-01T00:00:00Z"),
        (Type.DATETIME, 0),
        (Type.URL, "javascript:alert(1)"),
        (Type.URL, "https://"),
        (Type.URL, "https://[half"),
        (Type.URL, "/a"),
        (Type.URL, "https://example.org/a b"),
        (Type.URL, "https://example.org/" + "x" * 2_048),
        (Type.URL, {}),
    ],
)
def test_value_of_another_type_is_refused(kind: Type, value: object) -> None:
    with pytest.raises(BadValue):
        written(kind, value, style_of("en"))


def test_as_many_digits_as_fit_are_all_kept() -> None:
    digits = "9" * 24
    assert written(Type.NUMBER, digits, style_of("xx")) == digits
    amount = {"amount": digits, "currency": "KWD"}
    assert written(Type.CURRENCY, amount, style_of("xx")) == f"{digits}.000\u00a0KWD"
