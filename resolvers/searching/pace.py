"""How large the next step of a search is."""

from dataclasses import dataclass

WALKED = 1_500
"""Messages that the first step reads. A word in one of 75 fills a page of 20."""
WALKED_APART = 200
"""The same in one conversation or of one sender, whose messages lie apart from one another."""
MOST_WALKED = 24_000
GROWTH = 4
MANY_MONTHS = 16
EVERYTHING = 12 * 10_000
FEW = 4
"""What has so few matches a month has no more in all times than can be read at once."""
QUICK = 0.03
SLOW = 0.1
"""Seconds of a step."""


@dataclass
class Pace:
    """How large the next step is, and whether it walks or asks the index.

    `apart`: the messages that it walks through do not lie beside one another. `unseen`: a walk that
    was not cut short found no match.
    """

    rows: int
    apart: bool = False
    walking: bool = True
    months: int = 2
    unseen: bool = False
    steps: int = 0

    def go_on_by_density(self, hits: int, needed: int) -> None:
        """Walk on if that is less to read than the matches of a month.

        A walk reads `rows / hits` messages for each match that is needed, one after the other. The
        index names all of a month's, the more the denser they are, and each is read from a place of
        its own: ten times as slow. Both take as long where the hits are the root of what is needed.
        Messages that lie apart are read as slowly by either, and the index names fewer.
        """
        if hits * hits > needed and not self.apart:
            self.rows = min(MOST_WALKED, max(self.rows, 2 * self.rows * needed // hits))
        else:
            self.walking, self.months, self.unseen = False, 1, hits == 0

    def go_on_by_time(self, seconds: float, hits: int, needed: int) -> None:
        """Choose how much comes next by how long the last step took, and what it found.

        No more months are asked for than will do if each has half as many matches as the last had:
        the index names all matches of a month, whether they are needed or not.
        """
        if seconds < QUICK:
            is_rare = hits <= FEW * self.months and (self.unseen or self.months > 1)
            grown = min(EVERYTHING, self.months * GROWTH)
            if is_rare and not self.walking:
                grown = EVERYTHING
            elif hits:
                grown = min(grown, 1 + 2 * needed * self.months // hits)
            self.months = grown
            self.rows = min(self.rows * GROWTH, MOST_WALKED)
        elif seconds > SLOW:
            self.months = max(1, min(self.months, MANY_MONTHS) // GROWTH)
            self.rows = max(WALKED, self.rows // GROWTH)
