"""The recent events in memory: bounded, and never with a hole."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from models.events import EventKind, Stream
from realtime.events import LiveEvent
from realtime.ring import Ring

STREAMS = [uuid4() for _ in range(3)]


def an_event(stream_id: UUID, seq: int) -> LiveEvent:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    kind = EventKind.MESSAGE_ADDED
    return LiveEvent(uuid4(), stream_id, seq, Stream.CONVERSATION, kind, {}, made)


def seqs(ring: Ring, stream_id: UUID, after: int) -> list[int] | None:
    found = ring.after(stream_id, after)
    return None if found is None else [event.seq for event in found]


def test_it_reaches_back_as_far_as_it_goes() -> None:
    ring = Ring(3)
    for seq in range(1, 6):
        ring.add(an_event(STREAMS[0], seq))
    assert seqs(ring, STREAMS[0], 1) is None
    assert seqs(ring, STREAMS[0], 2) == [3, 4, 5]
    assert seqs(ring, STREAMS[0], 5) == []
    assert seqs(ring, STREAMS[0], 6) is None
    assert seqs(ring, STREAMS[1], 0) is None


def test_the_oldest_goes_whichever_stream_it_is_of() -> None:
    ring = Ring(3)
    ring.add(an_event(STREAMS[0], 1))
    for seq in (1, 2, 3):
        ring.add(an_event(STREAMS[1], seq))
    assert seqs(ring, STREAMS[0], 0) is None
    assert seqs(ring, STREAMS[1], 0) == [1, 2, 3]


@given(st.lists(st.tuples(st.sampled_from(STREAMS), st.integers(1, 6)), max_size=40))
def test_what_it_gives_has_no_hole(added: list[tuple[UUID, int]]) -> None:
    ring = Ring(5)
    for stream_id, seq in added:
        ring.add(an_event(stream_id, seq))
    total = 0
    for stream_id in STREAMS:
        for after in range(7):
            found = seqs(ring, stream_id, after)
            assert found is None or found == list(range(after + 1, after + 1 + len(found)))
        kept = [found for after in range(7) if (found := seqs(ring, stream_id, after))]
        total += max(map(len, kept), default=0)
    assert total <= 5
