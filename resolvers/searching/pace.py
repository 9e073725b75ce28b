"""How far the steps of a search walk before they ask the index."""

from dataclasses import dataclass

WALKED = 400
"""Messages that a step compares first. A word in one of 20 fills a page of 20."""
WALKED_BLINDLY, MOST_WALKED = 1_500, 24_000
"""The same, and the most, where the index does not know what is asked for."""
MONTHS = 2
"""Calendar months within which a step walks. Fewer are fewer partitions to open."""
EVERYTHING = 12 * 10_000
GROWTH = 4
QUICK, SLOW = 0.03, 0.1
"""Seconds of a step."""


@dataclass
class Pace:
    """How many messages the next step walks through, and within how many calendar months."""

    rows: int
    months: int = MONTHS
    steps: int = 0

    def go_on_by_time(self, seconds: float) -> None:
        """Choose how much comes next by how long the last step took."""
        if seconds < QUICK:
            self.months = min(EVERYTHING, self.months * GROWTH)
            self.rows = min(self.rows * GROWTH, MOST_WALKED)
        elif seconds > SLOW:
            self.months = max(1, self.months // GROWTH)
            self.rows = max(WALKED_BLINDLY, self.rows // GROWTH)
