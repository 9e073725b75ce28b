"""Joining and leaving: what a feed gives, from where, and how it ends."""

import asyncio
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from models.database import Database
from models.events import EventKind
from realtime.bus import Bus, encode_events, events_channel
from realtime.endings import Draining, FeedEnded, Reset, TooManyFeeds, TooSlow
from realtime.events import LiveEvent
from realtime.hub import Hub
from tests.realtime.conftest import MakeHub
from tests.realtime.town import PATIENCE, Town, take


async def test_a_commit_in_one_process_reaches_the_feeds_of_another(hub: Hub, town: Town) -> None:
    here, elsewhere = await town.conversation(), await town.conversation()
    async with (
        hub.join(town.tenant_id, here) as feed,
        hub.join(town.tenant_id) as everything,
    ):
        await town.write(elsewhere)
        await town.write(here)
        event = await anext(feed)
        assert (event.stream_id, event.seq, event.kind) == (here, 1, EventKind.MESSAGE_ADDED)
        assert event.id_of("message_id") is not None
        assert [(await anext(everything)).stream_id for _ in range(2)] == [elsewhere, here]


async def test_a_feed_begins_where_its_stream_stands(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    await town.write(conversation, 3)
    async with hub.join(town.tenant_id, conversation) as feed:
        assert await feed.known(1) == []
        assert feed.cursors == {conversation: 3}
        await town.write(conversation)
        assert await take(feed, 1) == [4]
        assert feed.cursors == {conversation: 4}


async def test_another_tenant_hears_nothing(hub: Hub, town: Town, redis: Redis) -> None:
    conversation, stranger = await town.conversation(), uuid4()
    async with hub.join(stranger, conversation) as feed, hub.join(town.tenant_id) as ours:
        await town.write(conversation)
        event = await anext(ours)
        # Not even when a message comes by the wrong channel.
        await redis.publish(events_channel(stranger), encode_events([event]))
        async with hub.join(town.tenant_id, conversation, 0) as replay:
            assert await take(replay, 1) == [1]
        assert await feed.known(1) == []
        assert hub.statistics.events_in == 1


async def test_messages_that_are_no_events_are_counted_and_skipped(
    hub: Hub, town: Town, redis: Redis
) -> None:
    conversation = await town.conversation()
    async with hub.join(town.tenant_id, conversation) as feed:
        for message in (b"\xff\xfe", "no json", "[]", '{"seq": 1}', '{"kind": "UNHEARD_OF"}\n17'):
            await redis.publish(events_channel(town.tenant_id), message)
        await town.write(conversation)
        assert await take(feed, 1) == [1]
    assert hub.statistics.unreadable == 5


async def test_missed_events_come_first(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    await town.write(conversation, 5)
    async with hub.join(town.tenant_id, conversation, after=2) as feed:
        await town.write(conversation, 2)
        assert await take(feed, 5) == [3, 4, 5, 6, 7]
        assert await feed.known(1) == []


async def test_what_is_there_is_taken_together(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    await town.write(conversation, 3)
    async with hub.join(town.tenant_id, conversation, after=1) as feed:
        assert [event.seq for event in await feed.known(10)] == [2, 3]
        assert await feed.known(10) == []
        waiting = asyncio.ensure_future(feed.batch(2))
        await town.write(conversation, 3)
        events = await waiting
        while len(events) < 3:
            events += await feed.batch(2)
        assert [event.seq for event in events] == [4, 5, 6]


async def test_a_feed_of_everything_may_begin_after_some_cursors(hub: Hub, town: Town) -> None:
    known, other = await town.conversation(), await town.conversation()
    await town.write(known, 3)
    await town.write(other, 3)
    async with hub.join(town.tenant_id, after={known: 1}) as feed:
        await town.write(other)
        await town.write(known)
        given = [await anext(feed) for _ in range(4)]
    assert [event.seq for event in given if event.stream_id == known] == [2, 3, 4]
    assert [event.seq for event in given if event.stream_id == other] == [4]


@pytest.mark.parametrize("after", [-1, {uuid4(): 1}, {}])
async def test_cursors_that_do_not_fit_are_refused(
    hub: Hub, tenant: UUID, after: int | dict[UUID, int]
) -> None:
    with pytest.raises(ValueError, match="seq"):
        async with hub.join(tenant, uuid4(), after):
            pass


async def test_everything_has_no_single_cursor(hub: Hub, tenant: UUID) -> None:
    with pytest.raises(ValueError, match="by stream"):
        async with hub.join(tenant, after=1):
            pass
    with pytest.raises(ValueError, match="at most 1000"):
        async with hub.join(tenant, after={uuid4(): 1 for _ in range(1_001)}):
            pass


async def test_those_who_come_back_are_served_from_memory(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    async with hub.join(town.tenant_id, conversation) as feed:
        await town.write(conversation, 3)
        await take(feed, 3)
        async with hub.join(town.tenant_id, conversation, after=1) as back:
            assert await take(back, 2) == [2, 3]
    assert (hub.statistics.replays_ring, hub.statistics.replays_table) == (1, 0)


async def test_a_fresh_process_remembers_what_just_happened(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    await town.write(conversation, 3)
    async with hub.join(town.tenant_id, conversation, after=1) as feed:
        assert await take(feed, 2) == [2, 3]
    assert (hub.statistics.replays_ring, hub.statistics.replays_table) == (1, 0)


async def test_who_is_up_to_date_costs_no_replay(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    await town.write_unheard(conversation, 3)
    await town.age(conversation)
    async with hub.join(town.tenant_id, conversation, after=3) as feed:
        assert await feed.known(1) == []
    assert (hub.statistics.replays_ring, hub.statistics.replays_table) == (0, 0)


async def test_what_memory_does_not_reach_is_read_page_by_page(
    make_hub: MakeHub, town: Town
) -> None:
    hub = await make_hub(ring=2, page=10)
    conversation = await town.conversation()
    await town.write(conversation, 25)
    async with hub.join(town.tenant_id, conversation, after=0) as feed:
        assert await take(feed, 25) == list(range(1, 26))
    assert hub.statistics.replays_table == 3


async def test_a_long_replay_ends_no_feed(make_hub: MakeHub, town: Town) -> None:
    hub = await make_hub(ring=1, page=5, queue=3)
    conversation = await town.conversation()
    await town.write(conversation, 20)
    async with hub.join(town.tenant_id, conversation, after=0) as feed:
        given = await take(feed, 7)
        # More than the feed's queue holds, while its reader is in the middle of the past.
        await town.write(conversation, 10)
        async with hub.join(town.tenant_id, conversation, after=29) as other:
            assert await take(other, 1) == [30]
        given += await take(feed, 23)
    assert given == list(range(1, 31))
    assert hub.statistics.dropped_slow == 0


async def test_a_cursor_older_than_what_is_kept_is_told(make_hub: MakeHub, town: Town) -> None:
    hub = await make_hub(ring=1)
    conversation = await town.conversation()
    await town.write_unheard(conversation, 5)
    await town.discard(conversation, 3)
    async with hub.join(town.tenant_id, conversation, after=1) as feed:
        with pytest.raises(Reset) as reset:
            await take(feed, 1)
        assert reset.value.stream_id == conversation
    async with hub.join(town.tenant_id, conversation, after=3) as feed:
        assert await take(feed, 2) == [4, 5]
    assert hub.statistics.resets == 1


async def test_a_cursor_of_which_nothing_is_kept_is_told(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    await town.write_unheard(conversation, 5)
    await town.discard(conversation, 5)
    async with hub.join(town.tenant_id, conversation, after=4) as feed:
        with pytest.raises(Reset):
            await take(feed, 1)
    async with hub.join(town.tenant_id, conversation, after=5) as feed:
        await town.write(conversation)
        assert await take(feed, 1) == [6]


async def test_a_cursor_from_the_future_is_told(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    await town.write(conversation, 2)
    for after in (3, 10**12):
        async with hub.join(town.tenant_id, conversation, after) as feed:
            with pytest.raises(Reset):
                await take(feed, 1)


async def test_a_slow_reader_is_told_where_it_was(make_hub: MakeHub, town: Town) -> None:
    hub = await make_hub(queue=5)
    conversation = await town.conversation()
    async with (
        hub.join(town.tenant_id, conversation) as slow,
        hub.join(town.tenant_id) as slow_everywhere,
        hub.join(town.tenant_id, conversation) as quick,
    ):
        await town.write(conversation, 2)
        assert await take(slow, 2) == await take(slow_everywhere, 2) == await take(quick, 2)
        for seq in range(3, 9):
            await town.write(conversation)
            assert await take(quick, 1) == [seq]
        with pytest.raises(TooSlow) as ended:
            await take(slow, 1)
        with pytest.raises(TooSlow) as ended_everywhere:
            await take(slow_everywhere, 1)
        assert ended.value.cursors == ended_everywhere.value.cursors == {conversation: 2}
        async with hub.join(town.tenant_id, after=ended.value.cursors) as back:
            assert await take(back, 6) == [3, 4, 5, 6, 7, 8]
    assert hub.statistics.dropped_slow == 2


async def test_stopping_ends_every_feed_at_once(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    await town.write(conversation, 2)
    async with (
        hub.join(town.tenant_id, conversation) as feed,
        hub.join(town.tenant_id) as everything,
    ):
        readers = [asyncio.ensure_future(anext(reader)) for reader in (feed, everything)]
        await asyncio.sleep(0)
        await hub.stop()
        async with asyncio.timeout(PATIENCE):
            ends = await asyncio.gather(*readers, return_exceptions=True)
        assert [type(end) for end in ends] == [Draining, Draining]
        assert isinstance(ends[0], Draining)
        assert ends[0].cursors == {conversation: 2}
    with pytest.raises(Draining):
        async with hub.join(town.tenant_id):
            pass


async def test_stopping_ends_those_who_are_about_to_join(hub: Hub, tenant: UUID) -> None:
    async def read() -> None:
        async with hub.join(tenant, uuid4()) as feed:
            await anext(feed)

    for steps in range(12):
        task = asyncio.create_task(read())
        for _ in range(steps):
            await asyncio.sleep(0)
        if steps == 11:
            await hub.stop()
        else:
            task.cancel()
        async with asyncio.timeout(PATIENCE):
            [end] = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(end, Draining if steps == 11 else asyncio.CancelledError)
    assert (hub.statistics.feeds, hub.statistics.channels) == (0, 0)


async def test_a_process_holds_so_many_feeds(make_hub: MakeHub, tenant: UUID) -> None:
    hub = await make_hub(feeds=1)
    async with hub.join(tenant):
        with pytest.raises(TooManyFeeds):
            async with hub.join(tenant):
                pass
    async with hub.join(tenant):
        pass


async def test_a_tenant_has_one_subscription_while_it_has_feeds(
    hub: Hub, bus: Bus, redis: Redis, town: Town
) -> None:
    conversation = await town.conversation()
    channel = events_channel(town.tenant_id)
    joined, leave = asyncio.Barrier(51), asyncio.Event()
    got: list[list[int]] = []

    async def read() -> None:
        async with hub.join(town.tenant_id, conversation) as feed:
            await joined.wait()
            got.append(await take(feed, 1))
            await leave.wait()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(50):
            tasks.create_task(read())
        await joined.wait()
        assert (hub.statistics.feeds, hub.statistics.channels) == (50, 1)
        assert await redis.pubsub_numsub(channel) == [(channel.encode(), 1)]
        await town.write(conversation)
        leave.set()
    assert got == [[1]] * 50
    assert (hub.statistics.feeds, hub.statistics.channels) == (0, 0)
    await asyncio.sleep(0)
    await bus.settled()
    assert await redis.pubsub_numsub(channel) == [(channel.encode(), 0)]


async def test_a_function_may_listen(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    await town.write(conversation, 2)
    heard: asyncio.Queue[LiveEvent] = asyncio.Queue()
    ends: list[FeedEnded] = []

    def refuse(event: LiveEvent) -> None:
        raise ValueError(event.seq)

    async with (
        hub.listen(town.tenant_id, refuse, ends.append),
        hub.listen(town.tenant_id, heard.put_nowait, ends.append, conversation) as seq,
    ):
        assert seq == 2
        await town.write(conversation)
        async with asyncio.timeout(PATIENCE):
            assert (await heard.get()).seq == 3
        await hub.stop()
    assert [type(end) for end in ends] == [Draining, Draining]


async def test_without_a_database_joining_fails_and_works_again_later(
    database_url: str, bus: Bus, town: Town
) -> None:
    conversation = await town.conversation()
    database = Database(database_url, pool_min=0, pool_max=2)
    hub = Hub(database, bus)
    await hub.start()
    with pytest.raises(AssertionError, match="connect"):
        async with hub.join(town.tenant_id):
            pass
    assert (hub.statistics.feeds, hub.statistics.channels) == (0, 0)
    await database.connect()
    async with hub.join(town.tenant_id) as feed:
        await town.write(conversation)
        assert await take(feed, 1) == [1]
    await hub.stop()
    await database.close()


async def test_the_time_from_record_to_delivery_is_measured(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    async with hub.join(town.tenant_id, conversation) as feed:
        await town.write(conversation, 3)
        await take(feed, 3)
    assert sum(hub.statistics.lag.counts) == hub.statistics.events_in == 3
    assert hub.statistics.lag.total > 0
