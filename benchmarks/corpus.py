"""Seeded chat exports of any size, streamed to disk, in several shapes.

    python -m benchmarks.corpus SHAPE MEGABYTES FILE

writes about so many megabytes (10^6 bytes) of a group chat; the same arguments always make
the same bytes. Shapes: `ios`, `android12`, `android24`, `german`, `japanese`,
`russian`. The texts are words drawn as in speech (few words often, many seldom), so that
a full-text index has realistic work; one message in twenty has several lines, one in thirty
is media, one in a hundred a system line.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

SEED = 8
START = datetime(2014, 3, 1, 8, 0)  # noqa: DTZ001 - wall times, as in an export
STEPS = 3, 9, 20, 45, 60, 90, 120
"""Seconds between messages: half a gigabyte of them takes nine years, and ends before today."""
VOCABULARY = 20_000
DRAWN = 1 << 16
WRITE_LINES = 10_000
NAMES = 12

_LATIN = "ba de ki lo mu na pe ri so ta ven gar mil tor sel pra chi lam bor nes quin dor"
_CYRILLIC = "ба де ки ло му на пе ри со та вен гар мил тор сел пра чи лам бор нес дор"
_JAPANESE = "さく かわ 山 東京 たべ まし 明日 友達 です ので 電話 駅 ありが 仕事 夏 新しい"
_SYLLABLES = {
    "latin": _LATIN.split(),
    "cyrillic": _CYRILLIC.split(),
    "japanese": _JAPANESE.split(),
}


@dataclass(frozen=True)
class CorpusShape:
    """How one telephone exports: its header, its script, its words for what is left out."""

    script: str
    space: str
    header: Callable[[datetime], str]
    notice: str
    media: str


def _marker(moment: datetime) -> str:
    return "PM" if moment.hour >= 12 else "AM"


def _twelve(moment: datetime) -> int:
    return moment.hour % 12 or 12


SHAPES = {
    "ios": CorpusShape(
        "latin",
        " ",
        lambda at: f"[{at:%d/%m/%Y, %H:%M:%S}] ",
        "\u200e{name} added {other}",
        "\u200eimage omitted",
    ),
    "android12": CorpusShape(
        "latin",
        " ",
        lambda at: f"{at.month}/{at.day}/{at:%y}, {_twelve(at)}:{at:%M}\u202f{_marker(at)} - ",
        "{name} added {other}",
        "<Media omitted>",
    ),
    "android24": CorpusShape(
        "latin",
        " ",
        lambda at: f"{at:%d/%m/%Y, %H:%M} - ",
        "{name} added {other}",
        "<Media omitted>",
    ),
    "german": CorpusShape(
        "latin",
        " ",
        lambda at: f"\u200e[{at:%d.%m.%y, %H:%M:%S}] ",
        "\u200e{name} hat {other} hinzugefügt",
        "\u200eBild weggelassen",
    ),
    "japanese": CorpusShape(
        "japanese",
        "",
        lambda at: f"[{at.year}/{at.month}/{at.day} {at:%H:%M:%S}] ",
        "\u200e{name} added {other}",
        "\u200e画像は含まれていません",
    ),
    "russian": CorpusShape(
        "cyrillic",
        " ",
        lambda at: f"{at:%d.%m.%Y, %H:%M} - ",
        "{name} добавил(а) {other}",
        "<Без медиафайлов>",
    ),
}


def corpus(shape: CorpusShape, size: int) -> Iterator[str]:
    """The lines of a chat of at least `size` bytes, each with its line end."""
    source = random.Random(SEED)
    words = itertools.cycle(_draw_words(source, shape.script))
    names = ["".join(_syllables(source, shape.script, 2)).title() for _ in range(NAMES)]
    at = START
    written = 0
    for number in itertools.count():
        at += timedelta(seconds=source.choice(STEPS))
        line = shape.header(at) + _message(shape, source, words, names, number) + "\n"
        yield line
        written += len(line) if line.isascii() else len(line.encode())
        if written >= size:
            return


def _message(
    shape: CorpusShape,
    source: random.Random,
    words: Iterator[str],
    names: list[str],
    number: int,
) -> str:
    name = names[source.randrange(NAMES)]
    if number % 100 == 0:
        other = names[source.randrange(NAMES)]
        notice = shape.notice.format(name=name, other=other)
        return f"{name}: {notice}" if notice.startswith("\u200e") else notice
    if number % 30 == 7:
        return f"{name}: {shape.media}"
    text = _sentence(shape, source, words)
    if number % 20 == 3:
        text += "\n" + _sentence(shape, source, words)
    if number % 10 == 1:
        text += " 😀"
    return f"{name}: {text}"


def _sentence(shape: CorpusShape, source: random.Random, words: Iterator[str]) -> str:
    return shape.space.join(itertools.islice(words, source.choice((1, 2, 3, 4, 6, 8, 11, 18, 30))))


def _syllables(source: random.Random, script: str, count: int) -> list[str]:
    return source.choices(_SYLLABLES[script], k=count)


def _draw_words(source: random.Random, script: str) -> list[str]:
    """A long list of words, each as often as its rank says (Zipf)."""
    vocabulary = ["".join(_syllables(source, script, 1 + rank % 3)) for rank in range(VOCABULARY)]
    weights = [1 / (rank + 3) for rank in range(VOCABULARY)]
    return source.choices(vocabulary, weights, k=DRAWN)


def write(path: Path, shape: CorpusShape, size: int) -> None:
    """Write a chat of about `size` bytes, a few thousand lines at a time."""
    lines = corpus(shape, size)
    with path.open("w", encoding="utf-8", newline="") as file:
        while batch := list(itertools.islice(lines, WRITE_LINES)):
            file.writelines(batch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("megabytes", type=float)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    write(arguments.file, SHAPES[arguments.shape], int(arguments.megabytes * 1_000_000))


if __name__ == "__main__":
    main()
