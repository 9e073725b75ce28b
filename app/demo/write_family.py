"""Writes the demo chat: a family's year as an Android export of WhatsApp.

    python -m app.demo.write_family

makes `WhatsApp Chat with Lindner family.txt` beside this file, the same on every run: what
is said stands in `scenes/`, and when and in which variant is drawn from a fixed seed.

A scene starts with `== 2026-05-30 07:15` (once, at that time) or `== weekday 07:05 x8`
(on eight days of that sort: weekday, saturday, sunday, any); `aligned` behind that keeps
to the first alternative of every line, or to the second, …  The lines of a scene:

`Name: text`   a message; `[one|two]` is one of these, `{slot}` a word of `slots.toml`
`+ text`       one more line of the message before
`* text`       a system line
`<media>`      as the whole text: media left out
`@photo text`, `@doc name`, `@contact name`   an attached file, with a caption
`@deleted` as the whole text, `@edited` at its end
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
OUTPUT = FOLDER / "WhatsApp Chat with Lindner family.txt"
SEED = 20251121
FIRST = datetime(2025, 11, 22)  # noqa: DTZ001 - wall times, as in an export
DAYS = 362

_choice = re.compile(r"\[([^\[\]]+)\]")
_slot = re.compile(r"\{(\w+)\}")
_SORTS = {"weekday": range(5), "saturday": (5,), "sunday": (6,), "any": range(7)}


@dataclass
class Scene:
    """A short talk and when it takes place."""

    heading: str
    lines: list[str] = field(default_factory=list)


class Line(NamedTuple):
    """A message of the chat; no author for a system line."""

    sent_at: datetime
    author: str | None
    text: str


def read_scenes() -> list[Scene]:
    """All scenes, in the order of the files and of their lines."""
    scenes: list[Scene] = []
    for file in sorted((FOLDER / "scenes").glob("*.txt")):
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("== "):
                scenes.append(Scene(line.removeprefix("== ")))
            elif line:
                scenes[-1].lines.append(line)
    return scenes


class Writer:
    """Plays scenes; every choice comes from one seeded source."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._slots = tomllib.loads((FOLDER / "scenes" / "slots.toml").read_text("utf-8"))
        self._recent: dict[str, list[str]] = {}
        self._files: dict[str, int] = {}

    def chat(self, scenes: list[Scene]) -> list[Line]:
        """Every scene at its times, oldest message first."""
        starts = [(start, scene) for scene in scenes for start in self._starts(scene.heading)]
        starts.sort(key=lambda pair: pair[0])
        lines = [line for start, scene in starts for line in self._play(start, scene)]
        return sorted(lines, key=lambda line: line.sent_at)

    def _starts(self, heading: str) -> list[datetime]:
        day, clock, *times = heading.split()
        if day not in _SORTS:
            return [datetime.fromisoformat(f"{day} {clock}")]
        hour, minute = map(int, clock.split(":"))
        days = [FIRST + timedelta(days=number) for number in range(DAYS)]
        fitting = [start for start in days if start.weekday() in _SORTS[day]]
        count = int(times[0].removeprefix("x"))
        return [
            start + timedelta(hours=hour, minutes=minute + self._random.randint(-20, 40))
            for start in self._random.sample(fitting, count)
        ]

    def _play(self, start: datetime, scene: Scene) -> Iterator[Line]:
        words: dict[str, str] = {}
        take = self._draw(scene.heading, ["0", "1", "2"]) if "aligned" in scene.heading else None
        at = start
        for index, lines in enumerate(_messages(scene.lines)):
            if index:
                at += timedelta(seconds=self._random.choice((8, 15, 25, 40, 70, 130, 240)))
            text = "\n".join(self._fill(line, words, take) for line in lines)
            if text.startswith("* "):
                yield Line(at, None, text.removeprefix("* "))
            else:
                author, _, body = text.partition(": ")
                yield Line(at, author, self._mark(body, at))

    def _fill(self, text: str, words: dict[str, str], take: str | None) -> str:
        """Draw the alternatives (or take those of one number), then the words; a word stays
        the same within a scene."""

        def choose(found: re.Match[str]) -> str:
            options = found[1].split("|")
            return self._draw(found[1], options) if take is None else options[int(take)]

        text = _choice.sub(choose, text)
        for name in _slot.findall(text):
            if name not in words:
                words[name] = self._draw(name, self._slots[name])
        return _slot.sub(lambda found: words[found[1]], text)

    def _draw(self, what: str, options: list[str]) -> str:
        """One of the options, and none again before all have had their turn."""
        left = self._recent.get(what) or self._random.sample(options, len(options))
        self._recent[what] = left[1:]
        return left[0]

    def _mark(self, body: str, at: datetime) -> str:
        """The body as WhatsApp writes it: media, files, deleted and edited messages."""
        if body == "<media>":
            return "<Media omitted>"
        if body == "@deleted":
            return "This message was deleted"
        if body.endswith(" @edited"):
            return body.removesuffix("@edited") + "<This message was edited>"
        if body.startswith("@photo "):
            return f"{self._photo_name(at)} (file attached)\n{body.removeprefix('@photo ')}"
        if body.startswith(("@doc ", "@contact ")):
            return f"{body.partition(' ')[2]} (file attached)"
        return body

    def _photo_name(self, at: datetime) -> str:
        day = f"{at:%Y%m%d}"
        number = self._files.get(day, 0)
        self._files[day] = number + 1
        return f"IMG-{day}-WA{number:04d}.jpg"


def _messages(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each message."""
    message: list[str] = []
    for line in lines:
        if line.startswith("+ "):
            message.append(line.removeprefix("+ "))
            continue
        if message:
            yield message
        message = [line]
    yield message


def render(lines: list[Line]) -> str:
    """The chat as Android exports it in Europe: `22/11/2025, 18:05 - Maya: Hello`."""
    return "".join(
        f"{line.sent_at:%d/%m/%Y, %H:%M} - {f'{line.author}: ' if line.author else ''}{line.text}\n"
        for line in lines
    )


def family_chat() -> str:
    """The whole text of the demo chat."""
    return render(Writer(SEED).chat(read_scenes()))


if __name__ == "__main__":
    OUTPUT.write_text(family_chat(), "utf-8", newline="\n")
