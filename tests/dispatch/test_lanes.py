"""How a batch is shared among devices and priorities: the urgent first, and nobody never."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.lanes import Lane, shares
from models.device_limits import DeviceLimits
from models.ids import new_id
from models.schedules import Priority

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FREE = DeviceLimits()


def lane(priority: int, seconds: float = 0) -> Lane:
    """A lane whose head became due so many seconds after noon."""
    return Lane(new_id(), priority, NOON + timedelta(seconds=seconds), FREE)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10_000)), min_size=1, max_size=20),
    st.integers(0, 300),
)
def test_room_is_given_away_whole_and_to_nobody_twice(
    heads: list[tuple[int, int]], room: int
) -> None:
    lanes = [lane(priority, seconds) for priority, seconds in heads]
    given = shares(lanes, room)
    assert sum(given.values()) == (room if room else 0)
    assert all(count >= 1 for count in given.values())
    assert len(given) == min(len(lanes), room)


def test_urgent_lanes_get_most_and_low_ones_something() -> None:
    lanes = [lane(priority) for priority in Priority]
    given = list(shares(lanes, 100).values())
    assert given == sorted(given, reverse=True)
    assert given[0] > 50
    assert given[-1] >= 1


def test_a_lane_alone_gets_all() -> None:
    only = lane(Priority.LOW)
    assert shares([only], 100) == {only: 100}


def test_urgent_messages_are_ahead_of_low_ones_that_wait_a_little_longer() -> None:
    urgent, low = lane(Priority.CRITICAL, seconds=300), lane(Priority.LOW)
    assert list(shares([low, urgent], 1)) == [urgent]


def test_low_messages_come_first_when_they_have_waited_long() -> None:
    urgent, low = lane(Priority.CRITICAL, seconds=601), lane(Priority.LOW)
    assert list(shares([urgent, low], 1)) == [low]
