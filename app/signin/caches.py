"""Bounded memories: of verified credentials, and of addresses that guess."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Clock = Callable[[], float]


class Cache(Generic[K, V]):
    """At most `size` values, the least recently used going first, each for `seconds`."""

    def __init__(self, size: int, seconds: float, clock: Clock = time.monotonic) -> None:
        self._size = size
        self._seconds = seconds
        self._clock = clock
        self._held: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: K) -> V | None:
        """The value, unless it is not there or too old."""
        found = self._held.get(key)
        if found is None:
            return None
        until, value = found
        if until <= self._clock():
            del self._held[key]
            return None
        self._held.move_to_end(key)
        return value

    def until(self, key: K) -> float:
        """Until when the value is kept at most, by the clock; 0 where there is none."""
        found = self._held.get(key)
        return 0 if found is None else found[0]

    def put(self, key: K, value: V) -> None:
        """Keep a value, and let go of what has become too much."""
        self._held[key] = (self._clock() + self._seconds, value)
        self._held.move_to_end(key)
        while len(self._held) > self._size:
            self._held.popitem(last=False)

    def forget(self, chosen: Callable[[K], bool]) -> None:
        """Let go of every key that `chosen` names."""
        for key in [key for key in self._held if chosen(key)]:
            del self._held[key]

    def clear(self) -> None:
        """Let go of everything."""
        self._held.clear()


class Attempts:
    """How often each address guessed within a window; at most `addresses` are remembered.

    Only guesses that cost a statement count: well-formed secrets that nobody was given.
    """

    def __init__(
        self,
        most: int = 20,
        seconds: float = 60,
        addresses: int = 10_000,
        clock: Clock = time.monotonic,
    ) -> None:
        self._most = most
        self._windows: Cache[str, list[None]] = Cache(addresses, seconds, clock)

    def exhausted(self, address: str | None) -> bool:
        """Whether the address has guessed too often."""
        return len(self._windows.get(address or "") or ()) >= self._most

    def failed(self, address: str | None) -> None:
        """Count a wrong guess."""
        window = self._windows.get(address or "")
        if window is None:
            window = []
            self._windows.put(address or "", window)
        window.append(None)
