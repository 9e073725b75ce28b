"""Following the streams of a tenant by seq, so that listeners see no hole and nothing twice.

Pure bookkeeping: what was heard or read goes in, listeners are told, and `holes` says what has to
be read. How streams are followed that were not heard of yet is in docs/decisions/realtime-holes.md.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from realtime.endings import FeedEnded, Reset
from realtime.events import LiveEvent
from realtime.journal import Entry, Span
from realtime.measures import HubStatistics
from realtime.ring import Ring

# Events of one stream that wait for a hole before them to be filled; others are read again.
_HELD = 1_000

Ending = Callable[[Mapping[UUID, int]], FeedEnded]


class Listener(Protocol):
    """Who is told of a tenant's events, those of a stream in the order of their seqs."""

    def push(self, event: LiveEvent) -> None:
        """Take an event; must be quick and must not raise."""
        ...

    def end(self, ending: Ending) -> None:
        """There will be no more; `ending` makes the reason from the last seqs by stream."""
        ...


class Track:
    """One stream: everything up to `seq` was told; None as long as that is not known.

    `listeners` are those of this stream alone.
    """

    __slots__ = ("held", "listeners", "seq", "told_at")

    def __init__(self) -> None:
        self.seq: int | None = None
        self.told_at: datetime | None = None
        self.held: list[LiveEvent] = []
        self.listeners: dict[Listener, None] = {}

    def start(self, seq: int) -> int:
        """Start an unknown stream at `seq`, or before what was heard of it; gives its position."""
        if self.seq is None:
            self.seq = min([seq, *(event.seq - 1 for event in self.held)])
        return self.seq

    def can_be_forgotten(self, floor: datetime) -> bool:
        """Whether its position can be looked up again without a difference."""
        quiet = self.told_at is None or self.told_at < floor
        return quiet and not self.held and not self.listeners


class Follower:
    """The streams and the listeners of one tenant."""

    def __init__(
        self, ring: Ring, statistics: HubStatistics, clock: Callable[[], datetime]
    ) -> None:
        self.ring = ring
        self.holes: set[UUID] = set()
        self._statistics = statistics
        self._clock = clock
        self._begun = False
        self._ending: Ending | None = None
        self._tracks: dict[UUID, Track] = {}
        self._everything: dict[Listener, None] = {}

    def add(self, listener: Listener, stream_id: UUID | None) -> None:
        """Tell a listener of one stream, or of all, from now on."""
        self._listeners_of(stream_id)[listener] = None
        if self._ending is not None:
            listener.end(self._ending)

    def remove(self, listener: Listener, stream_id: UUID | None) -> None:
        """Tell a listener no more."""
        self._listeners_of(stream_id).pop(listener, None)

    def end(self, ending: Ending) -> None:
        """End every listener, and those that come later."""
        self._ending = ending
        alone = [listener for track in self._tracks.values() for listener in track.listeners]
        for listener in (*self._everything, *alone):
            listener.end(ending)

    def begin(self, spans: Mapping[UUID, Span], recent: Iterable[Entry]) -> None:
        """Start from what is recorded: what was heard meanwhile is told as far as it follows."""
        self._begun = True
        for stream_id, span in spans.items():
            track = self.track(stream_id)
            track.seq = span.last
            track.told_at = self._clock()
        for entry in recent:
            span = spans.get(entry.stream_id, Span(0, 0))
            if entry.event is not None and entry.seq <= span.last:
                self.ring.add(entry.event)
        for stream_id in tuple(self.holes):
            self.release(stream_id)

    def hear(self, event: LiveEvent) -> None:
        """Tell an event that follows what was told; hold it back where something is missing."""
        track = self.track(event.stream_id)
        if track.seq is None and event.seq == 1 and self._begun:
            track.seq = 0
        if track.seq is not None and event.seq == track.seq + 1:
            self._tell(track, event)
        elif track.seq is None or event.seq > track.seq:
            if len(track.held) < _HELD:
                track.held.append(event)
            self.holes.add(event.stream_id)

    def take(self, entry: Entry) -> None:
        """Tell an entry read from the journal, unless it was told before."""
        track = self.track(entry.stream_id)
        assert track.seq is not None, "learn the position first"
        if entry.seq <= track.seq:
            return
        if entry.seq != track.seq + 1:
            self._reset(entry.stream_id, track)
        if entry.event is None:
            track.seq = entry.seq
        else:
            self._tell(track, entry.event)

    def release(self, stream_id: UUID) -> None:
        """Tell what was held back, as far as it follows now; the hole stays if some does not."""
        track = self.track(stream_id)
        held, track.held = track.held, []
        self.holes.discard(stream_id)
        for event in sorted(held, key=lambda event: event.seq):
            self.hear(event)

    def compare(self, spans: Mapping[UUID, Span]) -> None:
        """Find the streams that went on unheard, given all that was recorded since the floor."""
        for stream_id, span in spans.items():
            track = self.track(stream_id)
            if track.start(span.first - 1) < span.last:
                self.holes.add(stream_id)

    def unknown(self, stream_ids: Iterable[UUID]) -> list[UUID]:
        """Those streams whose positions have to be learned."""
        return [stream_id for stream_id in stream_ids if self.track(stream_id).seq is None]

    def learn(self, positions: Mapping[UUID, int]) -> None:
        """Start unknown streams at the last seq that was recorded before the floor."""
        for stream_id, seq in positions.items():
            self.track(stream_id).start(seq)

    def positions(self, stream_ids: Iterable[UUID]) -> dict[UUID, int]:
        """The last seqs told of these streams, which must have been learned."""
        return {stream_id: self.track(stream_id).seq or 0 for stream_id in stream_ids}

    def forget(self, floor: datetime) -> None:
        """Drop what can be looked up again, so that quiet streams cost no memory."""
        for stream_id, track in tuple(self._tracks.items()):
            if track.can_be_forgotten(floor):
                del self._tracks[stream_id]

    def track(self, stream_id: UUID) -> Track:
        """How far a stream was followed."""
        track = self._tracks.get(stream_id)
        if track is None:
            track = self._tracks[stream_id] = Track()
        return track

    def _listeners_of(self, stream_id: UUID | None) -> dict[Listener, None]:
        return self._everything if stream_id is None else self.track(stream_id).listeners

    def _tell(self, track: Track, event: LiveEvent) -> None:
        track.seq = event.seq
        track.told_at = self._clock()
        self.ring.add(event)
        self._statistics.events_in += 1
        self._statistics.lag.observe((track.told_at - event.created_at).total_seconds())
        for listener in (*track.listeners, *self._everything):
            listener.push(event)

    def _reset(self, stream_id: UUID, track: Track) -> None:
        self._statistics.resets += 1
        for listener in (*track.listeners, *self._everything):
            listener.end(lambda _: Reset(stream_id))
