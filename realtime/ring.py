"""The last events of a tenant, in memory, for those who come back after a short cut."""

from collections import deque
from itertools import islice
from uuid import UUID

from realtime.events import LiveEvent


class Ring:
    """At most `limit` events; those of one stream follow each other without a hole."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._streams: dict[UUID, deque[LiveEvent]] = {}
        self._order: deque[UUID] = deque()

    def add(self, event: LiveEvent) -> None:
        """Keep an event; what was kept of its stream goes if it does not lead up to it."""
        kept = self._streams.setdefault(event.stream_id, deque())
        if kept and kept[-1].seq != event.seq - 1:
            kept.clear()
        kept.append(event)
        self._order.append(event.stream_id)
        if len(self._order) > self._limit:
            self._drop_oldest()

    def after(self, stream_id: UUID, seq: int) -> list[LiveEvent] | None:
        """The events of a stream after `seq`; None if the ring does not reach back to it."""
        kept = self._streams.get(stream_id)
        if not kept or not kept[0].seq - 1 <= seq <= kept[-1].seq:
            return None
        return list(islice(kept, seq + 1 - kept[0].seq, None))

    def _drop_oldest(self) -> None:
        stream_id = self._order.popleft()
        kept = self._streams.get(stream_id)
        if kept:
            kept.popleft()
        if not kept:
            self._streams.pop(stream_id, None)
