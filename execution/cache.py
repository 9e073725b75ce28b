"""Which compiled operations are kept, and which documents are worth compiling."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from graphql import DocumentNode

from execution.operation import CompiledOperation

__all__ = ["CompileBudget", "CompiledCache", "Entry", "Sightings"]

BYTES_PER_ENTRY: Final = 4_000
BYTES_PER_SOURCE_CHARACTER: Final = 14
BYTES_PER_DOCUMENT_CHARACTER: Final = 150
"""What compiled operations and syntax trees take: measured with tracemalloc, rounded up."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a document: its compiled operation, or the reason why it has none."""

    document: DocumentNode | None
    operation: CompiledOperation | None
    reason: str = ""

    @property
    def bytes(self) -> int:
        """An estimate of the memory that the entry may come to keep alive."""
        text = self.document.loc.end if self.document and self.document.loc else 0
        source = self.operation.source_limit if self.operation else 0
        return (
            BYTES_PER_ENTRY
            + BYTES_PER_DOCUMENT_CHARACTER * text
            + BYTES_PER_SOURCE_CHARACTER * source
        )


class CompiledCache:
    """Entries by key, up to a number of bytes; the one used longest ago goes first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, tuple[Entry, int]] = OrderedDict()
        self.bytes = 0
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Entry | None:
        """Return the entry, which is then the one used last."""
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, entry: Entry) -> None:
        """Keep the entry, unless it is larger than all that may be kept."""
        self.drop(key)
        size = entry.bytes
        if size > self._max_bytes:
            return
        self._entries[key] = entry, size
        self.bytes += size
        while self.bytes > self._max_bytes:
            _, (_, size) = self._entries.popitem(last=False)
            self.bytes -= size
            self.evicted += 1

    def drop(self, key: Hashable) -> None:
        """Forget the entry if there is one."""
        _, size = self._entries.pop(key, (None, 0))
        self.bytes -= size


class Sightings:
    """The keys seen lately, as hashes: what comes once is not worth compiling or keeping.

    A key that has the hash of another counts as seen, which does no harm.
    """

    def __init__(self, max_keys: int = 20_000) -> None:
        self._max_keys = max_keys
        self._seen: OrderedDict[int, None] = OrderedDict()

    def seen_before(self, key: Hashable) -> bool:
        """Return whether the key has been seen; from now on it has."""
        hashed = hash(key)
        if hashed in self._seen:
            self._seen.move_to_end(hashed)
            return True
        self._seen[hashed] = None
        if len(self._seen) > self._max_keys:
            self._seen.popitem(last=False)
        return False


class CompileBudget:
    """A share of the time that may be spent on compiling, with some saved up for a start.

    However many documents come twice and never again, compiling them costs no more than that.
    """

    def __init__(
        self, share: float = 0.05, saved: float = 1.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._share = share
        self._most = self._left = saved
        self._clock = clock
        self._since = clock()

    def allows(self) -> bool:
        """Return whether something may be compiled now."""
        now = self._clock()
        self._left = min(self._most, self._left + self._share * (now - self._since))
        self._since = now
        return self._left > 0

    def spend(self, seconds: float) -> None:
        """Take note of the time that a compilation took."""
        self._left -= seconds
