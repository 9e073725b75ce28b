"""Nothing is lost, doubled or out of order, whatever was not heard."""

import asyncio
import random
from collections import defaultdict
from contextlib import AsyncExitStack
from uuid import UUID

import asyncpg

from models.database import Database, Reader
from realtime.bus import Bus
from realtime.feed import Feed
from realtime.hub import Hub
from realtime.measures import HubLimits
from tests.realtime.conftest import MakeHub
from tests.realtime.town import PATIENCE, Town, Valkey, changed, connected, take


async def test_the_next_event_shows_a_hole(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    async with hub.join(town.tenant_id, conversation) as feed:
        await town.write(conversation)
        await town.write_unheard(conversation, 2)
        await town.write(conversation)
        assert await take(feed, 4) == [1, 2, 3, 4]
    assert hub.statistics.holes_read == 1


async def test_a_hole_in_a_stream_not_heard_of_before_is_found(hub: Hub, town: Town) -> None:
    quiet = await town.conversation()
    await town.write_unheard(quiet, 3)
    await town.age(quiet)
    async with hub.join(town.tenant_id) as everything:
        await town.write_unheard(quiet)
        await town.write(quiet)
        assert await take(everything, 2) == [4, 5]


async def test_an_old_stream_goes_on_where_it_stood(hub: Hub, town: Town) -> None:
    quiet, pruned = await town.conversation(), await town.conversation()
    await town.write_unheard(quiet, 3)
    await town.age(quiet)
    await town.write_unheard(pruned, 3)
    await town.discard(pruned, 3)
    async with hub.join(town.tenant_id) as everything:
        await town.write(quiet)
        await town.write(pruned)
        assert sorted(await take(everything, 2)) == [4, 4]


async def test_a_bell_that_never_rang_is_made_up_for(make_hub: MakeHub, town: Town) -> None:
    hub = await make_hub(sweep_interval=0.01)
    conversation, quiet = await town.conversation(), await town.conversation()
    await town.write_unheard(quiet)
    await town.age(quiet)
    async with (
        hub.join(town.tenant_id, conversation) as feed,
        hub.join(town.tenant_id) as everything,
    ):
        await town.write_unheard(conversation, 2)
        await town.write_unheard(quiet)
        assert await take(feed, 2) == [1, 2]
        assert sorted(await take(everything, 3)) == [1, 2, 2]


async def test_a_bulk_goes_by_way_of_the_journal(hub: Hub, town: Town) -> None:
    conversation = await town.conversation()
    async with hub.join(town.tenant_id, conversation) as feed:
        await town.write(conversation, 600)
        assert await take(feed, 600) == list(range(1, 601))


async def test_without_redis_the_journal_is_polled(
    make_hub: MakeHub,
    valkey: Valkey,
    database: Database,
    owner: "asyncpg.Pool[asyncpg.Record]",
    tenant: UUID,
) -> None:
    async with connected(valkey.url) as reading, connected(valkey.url) as writing:
        hub = await make_hub(on=reading, poll_interval=0.01)
        town = Town(database, writing, owner, tenant)
        conversation = await town.conversation()
        async with hub.join(tenant, conversation) as feed:
            await valkey.kill()
            await town.write(conversation)
            assert await take(feed, 1) == [1]
            async with hub.join(tenant, conversation, after=0) as late:
                await town.write(conversation)
                assert await take(late, 2) == [1, 2]
            assert await take(feed, 1) == [2]
            await valkey.start()
            await changed(reading, listening=True)
            await changed(writing, listening=True)
            await town.write(conversation)
            assert await take(feed, 1) == [3]


async def test_what_happened_during_a_gap_is_read_when_it_is_over(
    make_hub: MakeHub, valkey: Valkey, town: Town
) -> None:
    async with connected(valkey.url) as bus:
        hub = await make_hub(on=bus, poll_interval=3600, sweep_interval=3600)
        conversation = await town.conversation()
        async with hub.join(town.tenant_id, conversation) as feed:
            await valkey.kill()
            await changed(bus, listening=False)
            await town.write_unheard(conversation, 3)
            await valkey.start()
            assert await take(feed, 3) == [1, 2, 3]


async def read_until(feed: Feed, last: dict[UUID, int]) -> list[tuple[UUID, int]]:
    """What a feed gives until it gave the last event of each stream."""
    given = []
    waiting = dict(last)
    async with asyncio.timeout(2 * PATIENCE):
        while waiting:
            event = await anext(feed)
            given.append((event.stream_id, event.seq))
            if waiting.get(event.stream_id) == event.seq:
                del waiting[event.stream_id]
    return given


async def test_joining_in_a_storm_of_commits(make_hub: MakeHub, town: Town) -> None:
    """20 writers of 50 events each; readers who join at any moment, after any event."""
    hub = await make_hub(ring=50, page=40, sweep_interval=0.05)
    chance = random.Random(2)
    conversations = [await town.conversation() for _ in range(5)]
    per_conversation = 4 * 50
    written: dict[UUID, int] = defaultdict(int)
    rounds = asyncio.Condition()

    async def write(conversation: UUID, mute: bool) -> None:
        left = 50
        while left:
            count = min(left, chance.randint(1, 5))
            left -= count
            lost = mute and chance.random() < 0.2
            await (town.write_unheard if lost else town.write)(conversation, count)
            async with rounds:
                written[conversation] += count
                rounds.notify_all()

    async def read(conversation: UUID, moment: int, cursor: float) -> None:
        async with rounds:
            await rounds.wait_for(lambda: written[conversation] >= moment)
        after = int(written[conversation] * cursor)
        async with hub.join(town.tenant_id, conversation, after) as feed:
            given = await read_until(feed, {conversation: per_conversation})
        assert given == await town.recorded(conversation, after=after)

    async def read_live() -> None:
        async with hub.join(town.tenant_id) as feed:
            given = await read_until(feed, dict.fromkeys(conversations, per_conversation))
        for conversation in conversations:
            seqs = [seq for stream_id, seq in given if stream_id == conversation]
            assert seqs == list(range(seqs[0], per_conversation + 1))

    async with asyncio.TaskGroup() as tasks:
        for number, conversation in enumerate(conversations):
            for _ in range(4):
                tasks.create_task(write(conversation, mute=number % 2 == 1))
            for _ in range(8):
                moment = chance.randrange(per_conversation)
                tasks.create_task(read(conversation, moment, chance.random()))
        for _ in range(3):
            tasks.create_task(read_live())


async def stay(hub: Hub, town: Town, conversation: UUID, total: int) -> None:
    """Read all of a conversation in one feed."""
    async with hub.join(town.tenant_id, conversation, 0) as feed:
        given = await read_until(feed, {conversation: total})
    assert given == await town.recorded(conversation)


async def come_and_go(hubs: list[Hub], town: Town, conversation: UUID, total: int) -> None:
    """Read all of a conversation in many feeds of either process."""
    given: list[int] = []
    while len(given) < total:
        async with random.choice(hubs).join(town.tenant_id, conversation, len(given)) as feed:
            given += await take(feed, min(random.randint(1, 40), total - len(given)))
    assert given == list(range(1, total + 1))


async def read_everything(hub: Hub, town: Town, conversations: list[UUID], total: int) -> None:
    """Read all of all conversations in one feed."""
    async with hub.join(town.tenant_id, after=dict.fromkeys(conversations, 0)) as feed:
        given = await read_until(feed, dict.fromkeys(conversations, total))
    assert sorted(given) == await town.recorded(*conversations)
    for conversation in conversations:
        seqs = [seq for stream_id, seq in given if stream_id == conversation]
        assert seqs == sorted(seqs)


async def write_one_by_one(town: Town, conversation: UUID, total: int) -> None:
    """Commit so many messages."""
    for _ in range(total):
        await town.write(conversation)


async def kill_and_restart(valkey: Valkey, buses: list[Bus], times: int) -> None:
    """Each time until everyone has noticed."""
    for _ in range(times):
        await valkey.kill()
        await asyncio.gather(*(changed(bus, listening=False) for bus in buses))
        await valkey.start()
        await asyncio.gather(*(changed(bus, listening=True) for bus in buses))


async def test_nothing_is_lost_while_redis_is_killed_again_and_again(
    make_hub: MakeHub,
    valkey: Valkey,
    database: Database,
    owner: "asyncpg.Pool[asyncpg.Record]",
    tenant: UUID,
) -> None:
    """Two processes read, a third writes; readers stay, or leave and come back by cursor."""
    total = 120
    async with AsyncExitStack() as stack:
        buses = [await stack.enter_async_context(connected(valkey.url)) for _ in range(3)]
        hubs = [await make_hub(on=bus, poll_interval=0.02, ring=30) for bus in buses[:2]]
        town = Town(database, buses[2], owner, tenant)
        conversations = [await town.conversation() for _ in range(3)]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(kill_and_restart(valkey, buses, 5))
            for conversation in conversations:
                tasks.create_task(write_one_by_one(town, conversation, total))
                tasks.create_task(come_and_go(hubs, town, conversation, total))
                for hub in hubs:
                    tasks.create_task(stay(hub, town, conversation, total))
            for hub in hubs:
                tasks.create_task(read_everything(hub, town, conversations, total))
        assert all(hub.statistics.feeds == hub.statistics.channels == 0 for hub in hubs)


class Unplugged(Database):
    """A database that can be taken away."""

    plugged = True

    def reader(self, tenant_id: UUID) -> Reader:
        """Reads, unless unplugged."""
        if not self.plugged:
            raise ConnectionRefusedError("unplugged")
        return super().reader(tenant_id)


async def test_a_hole_waits_for_the_database(database_url: str, bus: Bus, town: Town) -> None:
    database = Unplugged(database_url, pool_min=1, pool_max=2)
    await database.connect()
    hub = Hub(database, bus, limits=HubLimits(poll_interval=0.01, sweep_interval=3600))
    await hub.start()
    holed, whole = await town.conversation(), await town.conversation()
    async with hub.join(town.tenant_id) as feed:
        database.plugged = False
        await town.write_unheard(holed)
        await town.write(holed)
        await town.write(whole)
        event = await anext(feed)
        assert (event.stream_id, event.seq) == (whole, 1)
        database.plugged = True
        assert await take(feed, 2) == [1, 2]
    await hub.stop()
    await database.close()
