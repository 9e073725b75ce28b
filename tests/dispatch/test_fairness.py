"""Slots and turns between tenants."""

import asyncio
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dispatch.fairness import Slots, in_turn

tenant_ids = st.integers(min_value=1, max_value=9).map(lambda n: UUID(int=n))
A, B = UUID(int=1), UUID(int=2)


def slots(capacity: int) -> tuple[Slots, asyncio.Event]:
    freed = asyncio.Event()
    return Slots(capacity, freed), freed


@given(st.lists(tenant_ids, unique=True), st.none() | tenant_ids)
def test_a_round_goes_on_after_the_tenant_served_last(
    tenants: list[UUID], last: UUID | None
) -> None:
    turns = in_turn(tenants, last)
    assert sorted(turns) == sorted(tenants)
    ahead = [tenant for tenant in turns if last is None or tenant > last]
    assert turns == sorted(ahead) + sorted(set(tenants) - set(ahead))


@given(
    st.integers(min_value=1, max_value=20),
    st.lists(st.tuples(tenant_ids, st.integers(0, 20), st.integers(1, 20))),
)
def test_no_more_is_held_than_there_is_and_than_a_tenants_share(
    capacity: int, wishes: list[tuple[UUID, int, int]]
) -> None:
    held, _ = slots(capacity)
    for tenant, wanted, share in wishes:
        before = held.held[tenant]
        granted = held.reserve(tenant, wanted, share)
        assert 0 <= granted <= wanted
        assert held.held[tenant] <= max(before, share)
        assert held.held.total() <= capacity


async def test_a_busy_tenant_leaves_room_for_the_next() -> None:
    held, _ = slots(10)
    assert held.reserve(A, 100, share=5) == 5
    assert held.reserve(A, 100, share=5) == 0
    assert held.reserve(B, 100, share=5) == 5
    assert held.reserve(B, 1, share=100) == 0


async def test_slots_are_not_taken_one_by_one() -> None:
    held, freed = slots(8)
    assert held.reserve(A, 8, share=8) == 8
    held.want()
    held.release(A, 1)
    assert not freed.is_set()
    assert held.reserve(A, 8, share=8) == 0
    held.release(A, 1)
    assert freed.is_set()
    assert held.reserve(A, 8, share=8) == 2


async def test_a_release_tells_who_wanted_more_once() -> None:
    held, freed = slots(2)
    held.reserve(A, 2, share=2)
    held.release(A, 1)
    assert not freed.is_set()
    held.want()
    held.release(A, 1)
    assert freed.is_set()
    await held.settled()
    assert not held.held
