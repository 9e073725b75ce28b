"""Presence over many devices and processes, some of which die."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from realtime.bus import Bus, signal_channel
from realtime.endings import Draining
from realtime.presence import Presence, PresenceLimits, TooManyPresent
from realtime.presence_room import PresenceChange, PresenceFeed, PresenceKind
from tests.realtime.town import PATIENCE, Valkey, changed, connected

CAME, LEFT, TYPING = PresenceKind.CAME, PresenceKind.LEFT, PresenceKind.TYPING
TENANT, PLACE = uuid4(), uuid4()

MakePresence = Callable[..., Awaitable[Presence]]


@pytest.fixture
async def make_presence(redis_url: str) -> AsyncIterator[MakePresence]:
    """Starts the presence of one more process, on a bus of its own unless one is given."""
    async with AsyncExitStack() as stack:

        async def make(
            on: Bus | None = None, clock: Callable[[], float] = time.monotonic, **limits: Any
        ) -> Presence:
            if on is None:
                on = await stack.enter_async_context(connected(redis_url))
            presence = Presence(on, limits=PresenceLimits(**limits), clock=clock)
            await presence.start()
            stack.push_async_callback(presence.stop)
            return presence

        yield make


async def next_changes(feed: PresenceFeed, count: int) -> list[tuple[UUID, PresenceKind]]:
    told: list[PresenceChange] = []
    async with asyncio.timeout(PATIENCE):
        while len(told) < count:
            told += await feed.batch()
    return [(change.user_id, change.kind) for change in told]


async def next_change(feed: PresenceFeed) -> tuple[UUID, PresenceKind]:
    [change] = await next_changes(feed, 1)
    return change


async def test_who_comes_and_leaves_is_told_in_other_processes(make_presence: MakePresence) -> None:
    here, there, user = await make_presence(), await make_presence(), uuid4()
    with there.watch(TENANT, PLACE) as feed:
        with here.here(TENANT, PLACE, user):
            assert await next_change(feed) == (user, CAME)
        assert await next_change(feed) == (user, LEFT)


async def test_who_was_there_before_is_told_first(make_presence: MakePresence) -> None:
    here, there = await make_presence(), await make_presence()
    ours, theirs = uuid4(), uuid4()
    with (
        here.here(TENANT, PLACE, theirs),
        there.here(TENANT, PLACE, ours),
        there.watch(TENANT, PLACE) as feed,
    ):
        assert await next_changes(feed, 2) == [(ours, CAME), (theirs, CAME)]


async def test_a_user_is_present_as_long_as_one_device_is(make_presence: MakePresence) -> None:
    here, there, user, other = await make_presence(), await make_presence(), uuid4(), uuid4()
    with there.watch(TENANT, PLACE) as feed, ExitStack() as phone:
        phone.enter_context(here.here(TENANT, PLACE, user))
        assert await next_change(feed) == (user, CAME)
        with here.here(TENANT, PLACE, user), there.here(TENANT, PLACE, user):
            phone.close()
            with here.here(TENANT, PLACE, other):
                assert await next_change(feed) == (other, CAME)
            assert await next_change(feed) == (other, LEFT)
        assert await next_change(feed) == (user, LEFT)


async def test_another_conversation_or_tenant_hears_nothing(make_presence: MakePresence) -> None:
    here, there, user, last = await make_presence(), await make_presence(), uuid4(), uuid4()
    with (
        there.watch(TENANT, PLACE) as feed,
        here.here(TENANT, uuid4(), user),
        here.here(uuid4(), PLACE, user),
        here.here(TENANT, PLACE, last),
    ):
        assert await next_change(feed) == (last, CAME)


async def test_who_was_present_through_a_dead_process_is_gone(
    make_presence: MakePresence, valkey: Valkey
) -> None:
    user, other, seconds = uuid4(), uuid4(), [0.0]
    async with connected(valkey.url) as bus:
        there = await make_presence(on=bus, clock=lambda: seconds[0], beat_interval=0.02)
        dying = Bus(valkey.url)
        await dying.connect()
        here = await make_presence(on=dying)
        with there.watch(TENANT, PLACE) as feed, here.here(TENANT, PLACE, user):
            assert await next_change(feed) == (user, CAME)
            await dying.close()
            # Whatever it said before has been heard when this comes round.
            assert await there.tell_typing(TENANT, PLACE, other)
            assert await next_change(feed) == (other, TYPING)
            seconds[0] += 20
            assert await next_change(feed) == (user, LEFT)


async def test_stopping_ends_feeds_here_and_presence_there(make_presence: MakePresence) -> None:
    here, there, user = await make_presence(), await make_presence(), uuid4()
    with (
        there.watch(TENANT, PLACE) as feed,
        here.watch(TENANT, PLACE) as own,
        here.here(TENANT, PLACE, user),
    ):
        assert await next_change(feed) == await next_change(own) == (user, CAME)
        await here.stop()
        assert await next_change(feed) == (user, LEFT)
        with pytest.raises(Draining):
            await next_change(own)


async def test_a_gap_is_made_up_for(make_presence: MakePresence, valkey: Valkey) -> None:
    user = uuid4()
    async with connected(valkey.url) as one, connected(valkey.url) as two:
        here, there = await make_presence(on=one), await make_presence(on=two)
        with there.watch(TENANT, PLACE) as feed:
            await valkey.kill()
            await asyncio.gather(*(changed(bus, listening=False) for bus in (one, two)))
            with here.here(TENANT, PLACE, user):
                await valkey.start()
                assert await next_change(feed) == (user, CAME)
            assert await next_change(feed) == (user, LEFT)


async def test_typing_is_told_now_and_then(bus: Bus, make_presence: MakePresence) -> None:
    there, user, seconds = await make_presence(), uuid4(), [0.0]
    here = Presence(bus, clock=lambda: seconds[0])
    with there.watch(TENANT, PLACE) as feed:
        assert await here.tell_typing(TENANT, PLACE, user)
        assert await next_change(feed) == (user, TYPING)
        assert not await here.tell_typing(TENANT, PLACE, user)
        assert await here.tell_typing(TENANT, uuid4(), user)
        seconds[0] += 2
        assert await here.tell_typing(TENANT, PLACE, user)
        assert await next_change(feed) == (user, TYPING)


async def test_messages_that_are_none_are_skipped(
    make_presence: MakePresence, redis: Redis
) -> None:
    here, there, user = await make_presence(), await make_presence(), uuid4()
    with there.watch(TENANT, PLACE) as feed:
        for message in (b"\xff", "no json", "17", "[]", '["a", [1], null, null, false]'):
            await redis.publish(signal_channel("presence"), message)
        with here.here(TENANT, PLACE, user):
            assert await next_change(feed) == (user, CAME)


async def test_so_many_users_are_told(make_presence: MakePresence) -> None:
    here, user = await make_presence(users=1), uuid4()
    with here.here(TENANT, PLACE, user), here.here(TENANT, PLACE, user):
        another = here.here(TENANT, PLACE, uuid4())
        with pytest.raises(TooManyPresent):
            another.__enter__()


async def test_a_slow_reader_misses_steps_but_not_the_state() -> None:
    ours, user, typist = uuid4(), uuid4(), uuid4()
    feed = PresenceFeed([ours], place=7)
    steps = [(user, kind) for kind in (CAME, LEFT, CAME, LEFT, CAME)]
    for place, (whose, kind) in enumerate([*steps, (ours, LEFT), *[(typist, TYPING)] * 3], 8):
        feed.push(PresenceChange(whose, kind, place))
    assert await next_changes(feed, 3) == [(user, CAME), (ours, LEFT), (typist, TYPING)]
    assert feed.place == 16
