"""Where a name ends and the text begins."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from importing.formats.marks import plain_name
from importing.formats.phrasebook import phrasebook
from importing.records import ArchiveError, ErrorCode

MAX_NAME = 100
"""Characters of a name; what is longer is the text of a system line."""
MAX_AUTHORS = 20_000
"""Names of one chat; the largest groups have some thousand members."""
_LONG_NAME_TEXTS = 3

_quotes = re.compile('["“”„«»‟「」『』]').findall
_colon = re.compile(
    r"(?P<before>[ \u00a0]?)(?P<colon>(?<!\d)[:：](?!//)|[:：](?![\d/]))(?P<after>[ \u00a0]?)"
)
"""A colon with the spaces around it; none of a time (10:30) or a link."""


def learn_author_end(texts: Iterable[str]) -> str:
    """What stands between author and text, from what follows the headers: mostly `: `,
    sometimes `:` or ` : `."""
    ends: Counter[str] = Counter()
    for text in texts:
        first = text.partition("\n")[0]
        found = _colon.search(first)
        if found:
            bare = found.end() == len(first) and not found["before"]
            spaced = f"{found['before']}{found['colon']}{found['after']}".replace("\u00a0", " ")
            ends[": " if bare and found["colon"] == ":" else spaced] += 1
    return ends.most_common(1)[0][0] if ends else ": "


def learn_colon_names(texts: Iterable[str], end: str) -> dict[str, str]:
    """Names that hold the separator itself (`Dr: Smith`): the part before it → the rest.

    A name is taken to be longer if everything that it seems to have written starts with one
    and the same label, in at least three different texts, and nobody else uses that label.
    """
    labels: defaultdict[str, set[str]] = defaultdict(set)
    users: defaultdict[str, set[str]] = defaultdict(set)
    different: defaultdict[str, set[str]] = defaultdict(set)
    for text in texts:
        name, colon, body = text.partition("\n")[0].partition(end)
        if colon:
            label, second, said = body.partition(end)
            label = label if second and len(label) <= MAX_NAME else ""
            labels[name].add(label)
            users[label].add(name)
            different[name].add(said)
    return {
        name: label
        for name, (label, *others) in labels.items()
        if label
        and not others
        and len(users[label]) == 1
        and len(different[name]) >= _LONG_NAME_TEXTS
    }


class KnownNames(dict[str, str | None]):
    """Names as written → names as people compare them; None for one not met before.

    Holds only the names of those whose text starts at the first separator.
    """

    def __missing__(self, written: str) -> None:
        return None


class Authors:
    """Splits what follows a header into author and text."""

    def __init__(self, end: str, colon_names: Mapping[str, str]) -> None:
        self._end = end
        self._bare_end = end.rstrip()
        self._colon_names = colon_names
        self._speaks_of_notice = re.compile(
            "|".join(map(re.escape, phrasebook().notice_parts))
        ).search
        self.known = KnownNames()

    def split(self, rest: str) -> tuple[str | None, str]:
        """Author and text; no author for a system line."""
        written, end, body = rest.partition(self._end)
        known = self.known[written]
        if end and known is not None:
            return known, body
        if not end:
            written, end, body = self._empty_body(rest)
        label = self._colon_names.get(written)
        if label is not None and body.startswith(label + self._end):
            return plain_name(written + self._end + label), body[len(label + self._end) :]
        if not end or not self._is_name(written):
            return None, rest
        name = plain_name(written)
        if label is None:
            self._remember(written, name)
        return name, body

    def _empty_body(self, rest: str) -> tuple[str, str, str]:
        """`Ana:` where an editor cut the space at the end of the line."""
        first, newline, body = rest.partition("\n")
        if first.endswith(self._bare_end):
            return first.removesuffix(self._bare_end), self._bare_end, newline + body
        return rest, "", ""

    def _is_name(self, written: str) -> bool:
        """Whether this can be a name, and is not the start of a system line with a colon in
        it: too long, with an open quotation mark, or with words only system lines have."""
        return (
            len(written) <= MAX_NAME
            and "\n" not in written
            and len(_quotes(written)) % 2 == 0
            and self._speaks_of_notice(written) is None
            and bool(plain_name(written))
        )

    def _remember(self, written: str, name: str) -> None:
        if len(self.known) >= MAX_AUTHORS:
            raise ArchiveError(
                ErrorCode.TOO_MANY_AUTHORS,
                f"More than {MAX_AUTHORS} people seem to write in this chat, so it is none, or "
                "its lines are mixed up. Export the chat again.",
            )
        self.known[written] = name
