"""One talk of five messages, in every header that telephones are known to write.

The messages: a plain one; one of several lines, one of which looks like a header of another
shape; one at noon with a colon; one at midnight; a system line with a colon.
"""

import io
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from importing.formats.whatsapp import learn, read
from importing.records import Kind, Report

ZONE = ZoneInfo("Europe/Madrid")
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
DEVANAGARI_DIGITS = str.maketrans("0123456789", "०१२३४५६७८९")

LONG_BODY = "first line\nsecond line: with a colon\n\n2016-04-29 10:30:00 is no header"
NOTICE = 'Ana changed the subject to "Friday: drinks"'
TALK = [
    (datetime(2026, 6, 13, 21, 5, 7, tzinfo=ZONE), "Ana", "hola 👋"),
    (datetime(2026, 6, 13, 21, 6, 9, tzinfo=ZONE), "Bob Smith", LONG_BODY),
    (datetime(2026, 6, 14, 12, 0, 59, tzinfo=ZONE), "Ana", "note: bring water"),
    (datetime(2026, 6, 15, 0, 0, 1, tzinfo=ZONE), "Bob Smith", "12:30 - or later"),
    (datetime(2026, 7, 1, 9, 30, 0, tzinfo=ZONE), None, NOTICE),
]


class Variant(NamedTuple):
    """A header: `{d} {m} {y} {yy}` make the date, `{H}` or `{h}` with `{ap}`, `{M}`
    and `{S}` the time; `{end}` ends the name."""

    header: str
    markers: tuple[str, str] | None = None
    digits: dict[int, str] | None = None
    end: str = ": "


AM_PM = ("AM", "PM")
VARIANTS = {
    # Android, 24 hours
    "android": Variant("{d:02}/{m:02}/{y}, {H:02}:{M:02} - "),
    "android two-digit year": Variant("{d:02}/{m:02}/{yy}, {H:02}:{M:02} - "),
    "android no padding": Variant("{d}/{m}/{y}, {H}:{M:02} - "),
    "android dots": Variant("{d:02}.{m:02}.{y}, {H:02}:{M:02} - "),
    "android dots, two-digit year": Variant("{d:02}.{m:02}.{yy}, {H:02}:{M:02} - "),
    "android hyphens": Variant("{d:02}-{m:02}-{y}, {H:02}:{M:02} - "),
    "android hyphens, two-digit year": Variant("{d:02}-{m:02}-{yy}, {H:02}:{M:02} - "),
    "android no comma": Variant("{d:02}/{m:02}/{y} {H:02}:{M:02} - "),
    "android no comma, short": Variant("{d}/{m}/{yy} {H}:{M:02} - "),
    "android dot in the time": Variant("{d:02}/{m:02}/{yy} {H:02}.{M:02} - "),
    "android en dash": Variant("{d:02}/{m:02}/{y}, {H:02}:{M:02} – "),
    "android em dash": Variant("{d:02}/{m:02}/{y}, {H:02}:{M:02} — "),
    "android seconds": Variant("{d:02}/{m:02}/{y}, {H:02}:{M:02}:{S:02} - "),
    "android month first": Variant("{m}/{d}/{yy}, {H:02}:{M:02} - "),
    "android month first, padded": Variant("{m:02}/{d:02}/{y}, {H:02}:{M:02} - "),
    "android month first, dots": Variant("{m}.{d}.{y}, {H:02}:{M:02} - "),
    "android month first, hyphens": Variant("{m:02}-{d:02}-{y}, {H:02}:{M:02} - "),
    "android year first": Variant("{y}/{m:02}/{d:02}, {H:02}:{M:02} - "),
    "android year first, hyphens": Variant("{y}-{m:02}-{d:02} {H:02}:{M:02} - "),
    "android year first, dots": Variant("{y}.{m:02}.{d:02}. {H:02}:{M:02} - "),
    "android two-digit year first": Variant("{yy}/{m:02}/{d:02} {H:02}:{M:02} - "),
    "android two-digit year first, hyphens": Variant("{yy}-{m:02}-{d:02}, {H:02}:{M:02} - "),
    "android year, day, month": Variant("{y}-{d:02}-{m:02}, {H:02}:{M:02} - "),
    "android year, day, month, slashes": Variant("{y}/{d}/{m}, {H}:{M:02} - "),
    "android finnish": Variant("{d}.{m}.{y} klo {H}.{M:02} - "),
    "android croatian": Variant("{d:02}. {m:02}. {y}. {H:02}:{M:02} - "),
    "android czech": Variant("{d}. {m}. {y} {H}:{M:02} - "),
    "android word behind the time": Variant("{d:02}.{m:02}.{y}, {H:02}:{M:02} Uhr - "),
    "android french canadian": Variant("{y}-{m:02}-{d:02} {H:02}h{M:02} - "),
    "android no space before the dash": Variant("{d:02}/{m:02}/{y}, {H:02}:{M:02}- "),
    "android narrow space in the date": Variant("{d}.\u202f{m}.\u202f{y}, {H:02}:{M:02} - "),
    # Android, 12 hours
    "android 12 h": Variant("{m}/{d}/{yy}, {h}:{M:02} {ap} - ", AM_PM),
    "android 12 h, narrow space": Variant("{m}/{d}/{yy}, {h}:{M:02}\u202f{ap} - ", AM_PM),
    "android 12 h, thin space": Variant("{d}/{m}/{y}, {h}:{M:02}\u2009{ap} - ", AM_PM),
    "android 12 h, no space": Variant("{d}/{m}/{y}, {h}:{M:02}{ap} - ", ("am", "pm")),
    "android 12 h, lower case": Variant("{d:02}/{m:02}/{y}, {h}:{M:02} {ap} - ", ("am", "pm")),
    "android 12 h, dots": Variant("{d:02}/{m:02}/{y}, {h}:{M:02} {ap} - ", ("a.m.", "p.m.")),
    "android 12 h, hyphens": Variant("{d:02}-{m:02}-{y}, {h:02}.{M:02} {ap} - ", AM_PM),
    "android 12 h, year first": Variant("{y}/{m:02}/{d:02}, {h}:{M:02} {ap} - ", ("am", "pm")),
    "android spanish": Variant("{d}/{m}/{y} {h}:{M:02}\u202f{ap} - ", ("a.\u00a0m.", "p.\u00a0m.")),
    "android spanish, plain spaces": Variant(
        "{d}/{m}/{yy}, {h}:{M:02} {ap} - ", ("a. m.", "p. m.")
    ),
    "android german halves": Variant("{d:02}.{m:02}.{yy}, {h}:{M:02} {ap} - ", ("vorm.", "nachm.")),
    "android turkish": Variant("{d:02}.{m:02}.{y} {ap} {h}:{M:02} - ", ("ÖÖ", "ÖS")),
    "android turkish, behind": Variant("{d:02}.{m:02}.{y}, {h}:{M:02} {ap} - ", ("ÖÖ", "ÖS")),
    "android greek": Variant("{d}/{m}/{y}, {h}:{M:02} {ap} - ", ("π.μ.", "μ.μ.")),
    "android finnish 12 h": Variant("{d}.{m}.{y} klo {h}.{M:02} {ap} - ", ("ap.", "ip.")),
    "android arabic": Variant("{d}/{m}/{y}، {h}:{M:02} {ap} - ", ("ص", "م"), ARABIC_DIGITS),
    "android arabic, marks": Variant(
        "\u200f{d}\u200f/{m}\u200f/{y}، {h}:{M:02} {ap} - ", ("ص", "م"), ARABIC_DIGITS
    ),
    "android arabic, latin digits": Variant("{d}/{m}/{y}, {h}:{M:02} {ap} - ", ("ص", "م")),
    "android persian": Variant("{y}/{m}/{d}،\u200f {H}:{M:02} - ", None, PERSIAN_DIGITS),
    "android hindi": Variant("{d}/{m}/{yy}, {h}:{M:02} {ap} - ", AM_PM, DEVANAGARI_DIGITS),
    "android hindi words": Variant("{d}/{m}/{yy}, {h}:{M:02} {ap} - ", ("पूर्वाह्न", "अपराह्न")),
    "android punjabi": Variant("{d}/{m}/{y}, {h}:{M:02} {ap} - ", ("ਪੂ.ਦੁ.", "ਬਾ.ਦੁ.")),
    "android tamil": Variant("{d}/{m}/{y}, {ap} {h}:{M:02} - ", ("முற்பகல்", "பிற்பகல்")),
    "ios marathi": Variant("[{d}/{m}/{yy}, {h}:{M:02}:{S:02} {ap}] ", ("म.पू.", "म.उ.")),
    "android 12 h, letter in the time": Variant("{y}-{m:02}-{d:02} {h}h{M:02} {ap} - ", AM_PM),
    "android chinese": Variant("{y}/{m}/{d} {ap}{h}:{M:02} - ", ("上午", "下午")),
    "android japanese": Variant("{y}/{m:02}/{d:02} {ap}{h}:{M:02} - ", ("午前", "午後")),
    "android korean": Variant("{y}. {m}. {d}. {ap} {h}:{M:02} - ", ("오전", "오후")),
    # iPhone
    "ios": Variant("[{d:02}/{m:02}/{y}, {H:02}:{M:02}:{S:02}] "),
    "ios german": Variant("\u200e[{d:02}.{m:02}.{yy}, {H:02}:{M:02}:{S:02}] "),
    "ios no comma": Variant("[{d}/{m}/{yy} {H}:{M:02}:{S:02}] "),
    "ios dutch": Variant("[{d:02}-{m:02}-{y} {H:02}:{M:02}:{S:02}] "),
    "ios dots in the time": Variant("[{d:02}.{m:02}.{yy} {H:02}.{M:02}.{S:02}] "),
    "ios month first": Variant("[{m}/{d}/{yy}, {h}:{M:02}:{S:02} {ap}] ", AM_PM),
    "ios narrow space": Variant("[{m}/{d}/{yy}, {h}:{M:02}:{S:02}\u202f{ap}] ", AM_PM),
    "ios year first": Variant("[{y}-{m:02}-{d:02}, {H:02}:{M:02}:{S:02}] "),
    "ios year first, narrow space": Variant(
        "[{y}-{m:02}-{d:02}, {h}:{M:02}:{S:02}\u202f{ap}] ", ("a.m.", "p.m.")
    ),
    "ios spanish": Variant("[{d}/{m}/{yy}, {h}:{M:02}:{S:02} {ap}] ", ("a. m.", "p. m.")),
    "ios chinese": Variant("[{y}/{m}/{d} {ap}{h}:{M:02}:{S:02}] ", ("上午", "下午")),
    "ios japanese": Variant("[{y}/{m:02}/{d:02} {H}:{M:02}:{S:02}] "),
    "ios korean": Variant("[{y}. {m}. {d}. {ap} {h}:{M:02}:{S:02}] ", ("오전", "오후")),
    "ios no seconds": Variant("[{d:02}/{m:02}/{y}, {H:02}:{M:02}] "),
    "ios no space before the name": Variant("[{d:02}/{m:02}/{y}, {H:02}:{M:02}:{S:02}]"),
    "ios arabic": Variant(
        "\u200f[{d}\u200f/{m}\u200f/{y}، {h}:{M:02}:{S:02} {ap}] ", ("ص", "م"), ARABIC_DIGITS
    ),
    "round brackets": Variant("({d:02}/{m:02}/{y}, {H:02}:{M:02}:{S:02}) "),
    # old ones, and neighbours
    "old ios": Variant("{m}/{d}/{yy}, {h}:{M:02}:{S:02} {ap}: ", AM_PM),
    "old ios, dots": Variant("{d:02}.{m:02}.{yy} {H:02}.{M:02}.{S:02}: "),
    "old ios, 24 h": Variant("{d:02}/{m:02}/{yy}, {H:02}:{M:02}:{S:02}: "),
    "old, no separator": Variant("{d:02}-{m:02}-{yy} {H:02}:{M:02}:{S:02} "),
    "korean talk": Variant("{y}년 {m}월 {d}일 {ap} {h}:{M:02}, ", ("오전", "오후"), None, " : "),
    "no space behind the name": Variant("{d:02}/{m:02}/{y}, {H:02}:{M:02} - ", end=":"),
    "byte order mark in front": Variant("\ufeff[{d:02}/{m:02}/{y}, {H:02}:{M:02}:{S:02}] "),
}


def render_header(variant: Variant, at: datetime) -> str:
    header = variant.header.format(
        d=at.day,
        m=at.month,
        y=at.year,
        yy=f"{at:%y}",
        H=at.hour,
        h=at.hour % 12 or 12,
        M=at.minute,
        S=at.second,
        ap=variant.markers[at.hour >= 12] if variant.markers else "",
    )
    return header.translate(variant.digits or {})


def render(variant: Variant) -> str:
    lines = []
    for at, author, body in TALK:
        name = f"{author}{variant.end}" if author else ""
        lines.append(f"{render_header(variant, at)}{name}{body}\n")
    return "".join(lines)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())
def test_variant_reads_back(variant: Variant, line_end: str) -> None:
    chat = io.BytesIO(render(variant).replace("\n", line_end).encode())
    report = Report()

    detection = learn(chat)
    messages = list(read(chat, detection, ZONE, report=report))

    with_seconds = "{S" in variant.header
    expected = [
        (at if with_seconds else at.replace(second=0), author, body) for at, author, body in TALK
    ]
    assert [(m.sent_at, m.author, m.body) for m in messages] == expected
    assert [m.line for m in messages] == [1, 2, 6, 7, 8]
    assert [m.kind for m in messages] == [Kind.TEXT] * 4 + [Kind.NOTICE]
    assert report.rejected_count == 0
    assert not detection.evidence.guessed


def test_there_are_enough_variants() -> None:
    assert len(VARIANTS) >= 60
