"""What each of a few items of a query means, said anew by hand.

Nothing of the search is used: no parser, no tokens. It knows only the words that `library` writes.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache

from analysis.search.matching import MessageFacts
from models.languages import language_of
from models.messages import MessageKind

Holds = Callable[[MessageFacts], bool]

WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "HANGUL")


def folded(text: str) -> str:
    """Without case, accents, and forms that look alike."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", letters))


@cache
def units(text: str) -> list[str]:
    """The words; what is written without spaces stays as it stands between two."""
    found: list[str] = []
    for piece in folded(text).split():
        names = [unicodedata.name(character, "") for character in piece]
        is_one = any(name.startswith(WITHOUT_SPACES) for name in names)
        found.extend([piece] if is_one else re.findall(r"[^\W_]+|[🎉👍]", piece))
    return found


def is_unspaced(unit: str) -> bool:
    return unicodedata.name(unit[0], "").startswith(WITHOUT_SPACES)


def phrase(text: str, *, prefix: bool = False) -> Callable[[str], bool]:
    """Whether these units follow one another; the ends of what has no spaces may go on."""
    wanted = units(text)

    def fits(unit: str, number: int) -> bool:
        want, last = wanted[number], len(wanted) - 1
        if not is_unspaced(want):
            return unit.startswith(want) if prefix and number == last else unit == want
        if not is_unspaced(unit):
            return False
        if number == last:
            return want in unit if number == 0 else unit.startswith(want)
        return unit.endswith(want) if number == 0 else unit == want

    def holds(body: str) -> bool:
        there = units(body)
        starts = range(len(there) - len(wanted) + 1)
        return any(all(fits(there[at + n], n) for n in range(len(wanted))) for at in starts)

    return holds


def _body(text: str, *, prefix: bool = False) -> Holds:
    holds = phrase(text, prefix=prefix)
    return lambda message: holds(message.body)


def _sender(text: str) -> Holds:
    holds = phrase(text)
    return lambda message: holds(message.sender_name)


def _title(text: str) -> Holds:
    holds = phrase(text)
    return lambda message: holds(message.conversation_title)


def _between(since: datetime | None, until: datetime | None) -> Holds:
    return lambda message: (
        (since is None or message.sent_at >= since) and (until is None or message.sent_at < until)
    )


def _kinds(*kinds: MessageKind) -> Holds:
    return lambda message: message.kind in kinds


def _language(code: str) -> Holds:
    return lambda message: language_of(message.body) == code


def _day(month: int, day: int = 1) -> datetime:
    return datetime(2024, month, day, tzinfo=UTC)


WORDS: Sequence[str] = (
    *("lunch", "cafe", "CAFÉ", "strasse", "pizza", "елка", "東京", "京", "タワ", "ภาษา", "국어"),
    *(
        "inv-20231",
        "20231",
        "12e3x",
        "a.org",
        "🎉",
        "👍",
        "nao",
        "سلام",
        *("the", "of", "to", "ok", "monday"),
        "ガ",
        "a",
        "absent",
    ),
)
PHRASES = ("the the", "a to", "cafe the", "東京タワー a", "the 京")
ITEMS: dict[str, Holds] = {
    **{word: _body(word) for word in WORDS},
    **{f'"{text}"': _body(text) for text in PHRASES},
    "pizz*": _body("pizz", prefix=True),
    '"to piz"*': _body("to piz", prefix=True),
    "from:ana": _sender("ana"),
    'from:"ana maria"': _sender("ana maria"),
    "from:東京": _sender("東京"),
    "from:me": lambda message: message.from_viewer,
    "in:trip": _title("trip"),
    "in:strasse": _title("strasse"),
    "in:work": _title("work"),
    "has:link": lambda message: "https://" in message.body,
    "has:image": _kinds(MessageKind.IMAGE),
    "has:media": _kinds(MessageKind.IMAGE, MessageKind.GIF),
    "has:reaction": lambda message: message.reacted,
    "kind:text": _kinds(MessageKind.TEXT),
    "kind:location": _kinds(MessageKind.LOCATION),
    "is:edited": lambda message: message.edited,
    "is:bookmarked": lambda message: message.bookmarked,
    **{f"lang:{code}": _language(code) for code in ("de", "en", "ru", "zh")},
    "on:2024-03": _between(_day(3), _day(4)),
    "on:2024-05-17": _between(_day(5, 17), _day(5, 18)),
    "before:2024-04": _between(None, _day(4)),
    "after:2024-07": _between(_day(8), None),
    "after:2024-02-28": _between(_day(2, 29), None),
}
"""Each item as a query has it, and whether it holds of a message."""
