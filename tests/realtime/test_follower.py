"""Following streams by seq: heard in any order, twice or never, events are told in order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from models.events import EventKind, Stream
from realtime.endings import Draining, FeedEnded, Reset
from realtime.events import LiveEvent
from realtime.follower import Ending, Follower
from realtime.journal import Entry, Span
from realtime.measures import HubStatistics
from realtime.ring import Ring

TENANT = uuid4()
START = datetime(2026, 1, 1, tzinfo=UTC)


class Ear:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.ends: list[FeedEnded] = []

    def push(self, event: LiveEvent) -> None:
        """Keep the seq."""
        self.seqs.append(event.seq)

    def end(self, ending: Ending) -> None:
        """Keep the reason."""
        self.ends.append(ending({}))


class Clock:
    """A present that stands still until it is moved."""

    present = START

    def __call__(self) -> datetime:
        return self.present


def an_event(stream_id: UUID, seq: int) -> LiveEvent:
    return LiveEvent(
        TENANT, stream_id, seq, Stream.CONVERSATION, EventKind.MESSAGE_ADDED, {}, START
    )


def an_entry(stream_id: UUID, seq: int) -> Entry:
    return Entry(stream_id, seq, an_event(stream_id, seq))


def follower(clock: Clock | None = None) -> Follower:
    following = Follower(Ring(100), HubStatistics(), clock or Clock())
    following.begin({}, [])
    return following


def fill(following: Follower, recorded: int, oldest: int = 1) -> None:
    """What the channel does about holes, over a journal that holds `oldest` to `recorded`."""
    for stream_id in tuple(following.holes):
        following.learn(dict.fromkeys(following.unknown([stream_id]), 0))
        for seq in range(oldest, recorded + 1):
            following.take(an_entry(stream_id, seq))
        following.release(stream_id)


def test_what_follows_is_told_at_once() -> None:
    following, stream_id, ear = follower(), uuid4(), Ear()
    following.add(ear, stream_id)
    for seq in (1, 2, 2, 1, 3):
        following.hear(an_event(stream_id, seq))
    assert ear.seqs == [1, 2, 3]
    assert not following.holes


def test_what_was_heard_before_the_beginning_waits_for_it() -> None:
    following = Follower(Ring(100), HubStatistics(), Clock())
    stream_id, ear = uuid4(), Ear()
    following.add(ear, None)
    for seq in (1, 2, 3):
        following.hear(an_event(stream_id, seq))
    assert ear.seqs == []
    following.begin({stream_id: Span(1, 2)}, [an_entry(stream_id, 1), an_entry(stream_id, 2)])
    assert ear.seqs == [3]
    assert following.ring.after(stream_id, 0) == [an_event(stream_id, seq) for seq in (1, 2, 3)]


def test_a_stream_that_went_on_unheard_is_found() -> None:
    following, known, unknown, ear = follower(), uuid4(), uuid4(), Ear()
    following.add(ear, None)
    following.hear(an_event(known, 1))
    following.compare({known: Span(1, 1), unknown: Span(4, 5)})
    assert following.holes == {unknown}
    assert following.positions([known, unknown]) == {known: 1, unknown: 3}


def test_what_was_heard_is_never_taken_for_old() -> None:
    following, stream_id, ear = follower(), uuid4(), Ear()
    following.add(ear, stream_id)
    following.hear(an_event(stream_id, 5))
    following.learn({stream_id: 5})
    following.release(stream_id)
    assert ear.seqs == [5]


def test_a_hole_that_cannot_be_filled_stays() -> None:
    following, stream_id, ear = follower(), uuid4(), Ear()
    following.add(ear, stream_id)
    following.hear(an_event(stream_id, 1))
    following.hear(an_event(stream_id, 5))
    fill(following, recorded=3)
    assert ear.seqs == [1, 2, 3]
    assert following.holes == {stream_id}
    fill(following, recorded=5)
    assert ear.seqs == [1, 2, 3, 4, 5]
    assert not following.holes


def test_events_that_are_kept_no_more_reset_those_who_missed_them() -> None:
    following, stream_id = follower(), uuid4()
    ear, everything, other = Ear(), Ear(), Ear()
    following.add(ear, stream_id)
    following.add(everything, None)
    following.add(other, uuid4())
    following.hear(an_event(stream_id, 1))
    following.hear(an_event(stream_id, 9))
    fill(following, recorded=9, oldest=8)
    assert [type(end) for end in (*ear.ends, *everything.ends)] == [Reset, Reset]
    assert other.ends == []


def test_an_event_of_a_newer_version_is_passed_over() -> None:
    following, stream_id, ear = follower(), uuid4(), Ear()
    following.add(ear, stream_id)
    following.hear(an_event(stream_id, 1))
    following.take(Entry(stream_id, 2, None))
    following.hear(an_event(stream_id, 3))
    assert ear.seqs == [1, 3]
    assert following.ring.after(stream_id, 1) is None


def test_quiet_streams_are_forgotten_but_not_those_with_listeners() -> None:
    clock = Clock()
    following, quiet, followed = follower(clock), uuid4(), uuid4()
    following.add(Ear(), followed)
    for stream_id in (quiet, followed):
        following.hear(an_event(stream_id, 1))
    following.forget(clock.present)
    assert following.unknown([quiet, followed]) == []
    following.forget(clock.present + timedelta(seconds=1))
    assert following.unknown([quiet, followed]) == [quiet]


def test_who_comes_after_the_end_is_ended() -> None:
    following, ear = follower(), Ear()
    following.end(Draining)
    following.add(ear, None)
    assert [type(end) for end in ear.ends] == [Draining]


@given(
    heard=st.lists(st.tuples(st.booleans(), st.integers(1, 12))),
    joins=st.integers(0, 12),
)
def test_whatever_is_heard_all_is_told_in_order(heard: list[tuple[bool, int]], joins: int) -> None:
    """Events arrive in any order, some twice, some never; holes are filled now and then."""
    following, stream_id, early, late = follower(), uuid4(), Ear(), Ear()
    following.add(early, stream_id)
    for step, (fills, seq) in enumerate(heard):
        if step == joins:
            following.add(late, None)
        following.hear(an_event(stream_id, seq))
        if fills:
            fill(following, recorded=max(seq for _, seq in heard[: step + 1]))
    following.compare({stream_id: Span(1, 12)})
    fill(following, recorded=12)
    assert early.seqs == list(range(1, 13))
    assert late.seqs == list(range(13 - len(late.seqs), 13))
