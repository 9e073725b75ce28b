"""The bus between two processes, on a real Valkey that is also killed, frozen and lied to."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from asyncpg.pgproto import pgproto
from redis.asyncio import Redis

from models.events import EventKind, Stream
from realtime.bus import (
    EVENTS_IN_A_MESSAGE,
    Bus,
    decode_events,
    encode_events,
    events_channel,
    signal_channel,
)
from realtime.events import LiveEvent
from tests.realtime.town import PATIENCE, Valkey, changed, connected


class Inbox:
    """Keeps the messages of a subscription."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[str] = asyncio.Queue()

    def __call__(self, message: str) -> None:
        self._messages.put_nowait(message)

    async def next(self) -> str:
        """The next message."""
        async with asyncio.timeout(PATIENCE):
            return await self._messages.get()

    @property
    def empty(self) -> bool:
        """Whether every message was taken."""
        return self._messages.empty()


def an_event(tenant_id: UUID, seq: int = 1) -> LiveEvent:
    return LiveEvent(
        tenant_id=tenant_id,
        stream_id=uuid4(),
        seq=seq,
        stream=Stream.CONVERSATION,
        kind=EventKind.MESSAGE_ADDED,
        payload={"message_id": str(uuid4())},
        created_at=datetime.now(UTC),
    )


async def test_one_process_rings_and_another_hears(writers_bus: Bus, bus: Bus) -> None:
    tenant_id, inbox = uuid4(), Inbox()
    events = [an_event(tenant_id), an_event(tenant_id, 2)]
    async with bus.subscription(events_channel(tenant_id), inbox):
        await writers_bus.ring(events)
        assert decode_events(await inbox.next()) == (events, 0)


async def test_ids_of_the_database_driver_travel() -> None:
    tenant_id = uuid4()
    event = an_event(pgproto.UUID(tenant_id.hex))
    assert decode_events(encode_events([event]))[0][0].tenant_id == tenant_id


async def test_a_tenants_channel_is_its_own(writers_bus: Bus, bus: Bus) -> None:
    ours, theirs = uuid4(), uuid4()
    inbox, other = Inbox(), Inbox()
    async with (
        bus.subscription(events_channel(ours), inbox),
        bus.subscription(events_channel(theirs), other),
    ):
        await writers_bus.ring([an_event(theirs), an_event(ours)])
        assert decode_events(await inbox.next())[0][0].tenant_id == ours
        assert decode_events(await other.next())[0][0].tenant_id == theirs
        assert inbox.empty
        assert other.empty


async def test_too_much_at_once_becomes_a_look_into_the_journal(writers_bus: Bus, bus: Bus) -> None:
    tenant_id, inbox = uuid4(), Inbox()
    async with bus.subscription(events_channel(tenant_id), inbox):
        await writers_bus.ring([an_event(tenant_id)] * (EVENTS_IN_A_MESSAGE + 1))
        assert await inbox.next() == ""
    assert writers_bus.statistics.looks == 1


async def test_what_cannot_be_encoded_becomes_a_look_too(writers_bus: Bus, bus: Bus) -> None:
    tenant_id, inbox = uuid4(), Inbox()
    odd = an_event(tenant_id)
    object.__setattr__(odd, "payload", {"count": 2**70})
    async with bus.subscription(events_channel(tenant_id), inbox):
        await writers_bus.ring([odd])
        assert await inbox.next() == ""


async def test_concurrent_first_subscribers_share_one_subscription(
    writers_bus: Bus, bus: Bus, redis: Redis
) -> None:
    channel = events_channel(uuid4())
    inboxes = [Inbox() for _ in range(50)]
    entered, leave = asyncio.Barrier(51), asyncio.Event()

    async def subscribe(inbox: Inbox) -> None:
        async with bus.subscription(channel, inbox):
            await entered.wait()
            await leave.wait()

    async with asyncio.TaskGroup() as tasks:
        for inbox in inboxes:
            tasks.create_task(subscribe(inbox))
        await entered.wait()
        assert await redis.pubsub_numsub(channel) == [(channel.encode(), 1)]
        await redis.publish(channel, "hello")
        assert [await inbox.next() for inbox in inboxes] == ["hello"] * 50
        leave.set()
    await bus.settled()
    assert await redis.pubsub_numsub(channel) == [(channel.encode(), 0)]


async def test_a_cancelled_subscriber_does_not_disturb_another(bus: Bus, redis: Redis) -> None:
    channel, inbox = events_channel(uuid4()), Inbox()

    async def subscribe() -> None:
        async with bus.subscription(channel, Inbox()):
            await asyncio.Event().wait()

    for rounds in range(10):
        task = asyncio.create_task(subscribe())
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        async with bus.subscription(channel, inbox):
            await asyncio.gather(task, return_exceptions=True)
            await redis.publish(channel, "hello")
            assert await inbox.next() == "hello"


async def test_bytes_that_are_no_text_are_skipped(bus: Bus, redis: Redis) -> None:
    channel, inbox = events_channel(uuid4()), Inbox()
    async with bus.subscription(channel, inbox):
        await redis.publish(channel, b"\xff\xfe\x00")
        await redis.publish(channel, "hello")
        assert await inbox.next() == "hello"
    assert bus.listening


async def test_a_receiver_that_raises_does_not_stop_the_others(bus: Bus, redis: Redis) -> None:
    def refuse(_message: str) -> None:
        raise ValueError("not now")

    channel, inbox = events_channel(uuid4()), Inbox()
    async with bus.subscription(channel, refuse), bus.subscription(channel, inbox):
        await redis.publish(channel, "first")
        await redis.publish(channel, "second")
        assert [await inbox.next(), await inbox.next()] == ["first", "second"]


async def test_signals_reach_other_processes(writers_bus: Bus, bus: Bus) -> None:
    inbox = Inbox()
    async with bus.subscription(signal_channel("revoked"), inbox):
        assert await writers_bus.signal("revoked", "session 1")
        assert await inbox.next() == "session 1"
    with pytest.raises(ValueError, match="8192 bytes"):
        await writers_bus.signal("revoked", "x" * 8_193)


async def test_without_redis_it_connects_and_recovers_by_itself(
    resting_valkey: Valkey,
) -> None:
    tenant_id, inbox = uuid4(), Inbox()
    async with connected(resting_valkey.url) as bus:
        assert not bus.listening
        assert not await bus.signal("revoked", "session 1")
        async with bus.subscription(events_channel(tenant_id), inbox):
            assert not await bus.settled()
            await bus.ring([an_event(tenant_id)])
            await resting_valkey.start()
            await changed(bus, listening=True)
            await bus.ring([an_event(tenant_id)])
            # Where the publisher has not noticed yet, the details are dropped.
            message = await inbox.next()
            assert message == "" or decode_events(message)[1] == 0


async def test_every_subscription_is_back_after_a_kill(valkey: Valkey) -> None:
    channels = [events_channel(uuid4()) for _ in range(20)]
    inbox = Inbox()
    async with connected(valkey.url) as bus, asyncio.TaskGroup() as tasks:
        leave = asyncio.Event()

        async def subscribe(channel: str) -> None:
            async with bus.subscription(channel, inbox):
                await leave.wait()

        for channel in channels:
            tasks.create_task(subscribe(channel))
        for kills in range(1, 4):
            await valkey.kill()
            await changed(bus, listening=False)
            assert bus.statistics.gaps == kills
            await valkey.start()
            await changed(bus, listening=True)
            async with Redis.from_url(valkey.url) as redis:
                for channel in channels:
                    await redis.publish(channel, channel)
            assert [await inbox.next() for _ in channels] == channels
        leave.set()


async def test_a_redis_that_hangs_is_taken_for_dead(valkey: Valkey) -> None:
    async with connected(valkey.url, ping_interval=0.05) as bus:
        await changed(bus, listening=True)
        valkey.freeze()
        await changed(bus, listening=False)
        valkey.thaw()
        await changed(bus, listening=True)


async def test_closing_publishes_what_is_waiting(bus: Bus, redis_url: str) -> None:
    tenant_id, inbox = uuid4(), Inbox()
    async with bus.subscription(events_channel(tenant_id), inbox):
        async with connected(redis_url) as writer:
            await writer.ring([an_event(tenant_id)])
        assert len(decode_events(await inbox.next())[0]) == 1


async def test_a_bus_may_be_closed_before_its_subscriptions(redis_url: str) -> None:
    bus = Bus(redis_url)
    await bus.connect()
    async with bus.subscription(events_channel(uuid4()), Inbox()):
        await bus.close()
    assert not bus.listening
