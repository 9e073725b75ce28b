"""The limits that the WhatsApp Cloud API sets to a phone number, by a clock that tests move."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

THROUGHPUT, PAIR, NEW_RECIPIENTS = 130429, 131056, 131048
DAY = 24 * 3600.0


@dataclass
class CloudLimits:
    """Messages a second; to one recipient one each `pair_seconds`, of which `pair_burst` may be
    borrowed; and so many recipients a rolling day who had none in it (None: any number).

    `clock` gives seconds. Meta names no code for the last; here it is that of a sender who writes
    to more people than he may.
    """

    clock: Callable[[], float] = monotonic
    a_second: int = 1_000
    pair_seconds: float = 6.0
    pair_burst: int = 45
    new_a_day: int | None = None
    _taken_at: deque[float] = field(default_factory=deque)
    # When each recipient's borrowed messages are paid back, and when they first had one.
    _paid_at: dict[str, float] = field(default_factory=dict)
    _first_at: dict[str, float] = field(default_factory=dict)

    def refuse(self, recipient: str) -> int | None:
        """The code of the limit that a message to the recipient meets; None takes it."""
        present = self.clock()
        while self._taken_at and self._taken_at[0] <= present - 1:
            self._taken_at.popleft()
        self._first_at = {who: at for who, at in self._first_at.items() if at > present - DAY}
        paid_at = max(self._paid_at.get(recipient, present), present)
        if len(self._taken_at) >= self.a_second:
            return THROUGHPUT
        if paid_at - present > self.pair_seconds * (self.pair_burst - 1):
            return PAIR
        is_new = recipient not in self._first_at
        if is_new and self.new_a_day is not None and len(self._first_at) >= self.new_a_day:
            return NEW_RECIPIENTS
        self._taken_at.append(present)
        self._paid_at[recipient] = paid_at + self.pair_seconds
        self._first_at.setdefault(recipient, present)
        return None
