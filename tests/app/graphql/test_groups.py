"""Sockets and event streams that are told the same."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from app.graphql.groups import Group
from app.graphql.listening import Listener
from app.graphql.sharing import Payload, Sharing, SubscriptionFailed
from tests.app.graphql.small_schema import cursor_of
from tests.app.graphql.test_slow_consumers import IMPATIENT, SIZE, reluctant, rest, subscribe
from tests.app.graphql.world import Dialled, Serve, World

SHARED = """
    subscription ($after: Int) {
        shared(channel: "a", after: $after) { number cursor lastEventId }
    }
"""
LARGE = f'subscription {{ shared(channel: "a") {{ cursor padding(size: {SIZE}) }} }}'
SHARING: dict[str, Any] = {"sharing": Sharing(differs=lambda _prepared: False, cursor_of=cursor_of)}


def told(identifier: str, number: int) -> dict[str, Any]:
    tick = {"number": number, "cursor": f"c{number}", "lastEventId": None}
    return {"id": identifier, "type": "next", "payload": {"data": {"shared": tick}}}


CHANGED = asyncio.Event()


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets CHANGED when members come and go."""
    for name in ("add", "remove"):
        original = getattr(Group, name)

        def change(*arguments: Any, original: Any = original) -> None:
            original(*arguments)
            CHANGED.set()

        monkeypatch.setattr(Group, name, change)


async def seated(world: World, count: int) -> None:
    """Wait until so many members sit in groups."""
    async with asyncio.timeout(60):
        while world.service.groups.statistics.members != count:
            CHANGED.clear()
            await CHANGED.wait()


async def join(world: World, socket: Dialled, identifier: str, **variables: int) -> None:
    before = world.service.groups.statistics.members
    await socket.subscribe(identifier, SHARED, variables=variables)
    await seated(world, before + 1)


async def test_one_execution_goes_to_all_with_their_own_ids(serve: Serve) -> None:
    async with (
        serve(SHARING) as world,
        world.signed_in() as first,
        world.signed_in() as second,
    ):
        await join(world, first, "1")
        await join(world, first, "two")
        await join(world, second, "1")
        await world.channels["a"].listeners(1)
        await world.channels["a"].publish(7)
        assert await first.receive() == told("1", 7)
        assert await first.receive() == told("two", 7)
        assert await second.receive() == told("1", 7)
        statistics = world.service.groups.statistics
        assert (statistics.groups, statistics.executions, statistics.frames) == (1, 1, 3)
        assert sum(statistics.lag.counts) == 3


async def test_members_come_and_go(serve: Serve) -> None:
    async with serve(SHARING) as world, world.signed_in() as socket:
        channel = world.channels["a"]
        await join(world, socket, "1")
        await join(world, socket, "2")
        await socket.send({"id": "1", "type": "complete"})
        await seated(world, 1)
        await channel.publish(1)
        assert await socket.receive() == told("2", 1)
        await join(world, socket, "1")
        await channel.publish(2)
        assert [await socket.receive() for _ in range(2)] == [told("2", 2), told("1", 2)]
        assert world.registry.operation_count == 2
        for identifier in ("1", "2"):
            await socket.send({"id": identifier, "type": "complete"})
        await channel.listeners(0)
        assert world.service.groups.statistics.groups == 0


async def test_disconnect_ends_the_group(serve: Serve) -> None:
    async with serve(SHARING) as world:
        async with world.signed_in() as socket:
            await join(world, socket, "1")
        await world.channels["a"].listeners(0)
        await world.gone()
        statistics = world.service.groups.statistics
        assert (statistics.groups, statistics.members) == (0, 0)


async def test_who_is_cut_off_hears_nothing_more(serve: Serve) -> None:
    async with serve(SHARING) as world:
        world.sign_in("t", "ben")
        async with world.signed_in("t") as ben, world.signed_in() as other:
            await join(world, ben, "1")
            await join(world, other, "1")
            cut = world.registry.cut(lambda info: info.identity == "ben", "MEMBER_REMOVED")
            # At once, not at the next event.
            assert (cut, world.service.groups.statistics.members) == (1, 1)
            await world.channels["a"].publish(1)
            assert await other.receive() == told("1", 1)
            assert await ben.closed() == (4403, "MEMBER_REMOVED")
            assert world.service.groups.statistics.frames == 1


async def test_what_was_missed_is_not_told_twice(serve: Serve) -> None:
    async with (
        serve(SHARING) as world,
        world.signed_in() as here,
        world.signed_in() as there,
    ):
        await join(world, here, "1")
        await join(world, there, "1", after=4)
        # A cursor is no reason for a group of one's own.
        assert world.service.groups.statistics.groups == 1
        assert await there.receive() == told("1", 5)
        for number in (4, 5, 6):
            await world.channels["a"].publish(number)
        assert [await here.receive() for _ in range(3)] == [told("1", n) for n in (4, 5, 6)]
        assert await there.receive() == told("1", 6)


async def test_end_of_the_line_is_told_to_each(serve: Serve) -> None:
    async with serve(SHARING) as world, world.signed_in() as socket:
        await join(world, socket, "1")
        await join(world, socket, "2")
        await world.channels["a"].finish()
        ends = [await socket.receive() for _ in range(2)]
        assert [(end["type"], end["id"]) for end in ends] == [("error", "1"), ("error", "2")]
        assert ends[0]["payload"][0]["extensions"]["code"] == "INTERNAL_ERROR"
        assert world.service.groups.statistics.dropped == {"ended": 2}
        # The ids are free, and a new group begins.
        await join(world, socket, "1")
        await world.channels["a"].publish(1)
        assert await socket.receive() == told("1", 1)


async def test_slow_one_falls_out_alone(serve: Serve) -> None:
    async with (
        serve(SHARING, send_queue_frames=20, **IMPATIENT) as world,
        world.signed_in() as good,
        reluctant(world) as slow,
    ):
        await good.subscribe("1", LARGE)
        await subscribe(slow, "1", LARGE)
        await seated(world, 2)
        for number in range(200):
            await world.channels["a"].publish(number)
            message = await good.receive()
            assert message["payload"]["data"]["shared"]["cursor"] == f"c{number}"
        await seated(world, 1)
        *results, error = await rest(slow)
        cursors = [result["payload"]["data"]["shared"]["cursor"] for result in results]
        assert cursors == [f"c{number}" for number in range(len(cursors))]
        assert error["payload"][0]["extensions"] == {
            "code": "SLOW_CONSUMER",
            "cursor": cursors[-1],
        }
        assert slow.close_code == 1013


async def test_restart_tells_members_their_cursors(serve: Serve) -> None:
    async with serve(SHARING) as world, world.signed_in() as socket:
        await join(world, socket, "1")
        await world.channels["a"].publish(3)
        assert await socket.receive() == told("1", 3)
        draining = asyncio.create_task(world.registry.drain(0.1))
        ping = await socket.receive()
        assert ping["payload"] == {"code": "SERVER_RESTARTING", "cursors": {"1": "c3"}}
        assert await socket.closed() == (1012, "SERVER_RESTARTING")
        await draining


async def test_event_streams_sit_with_sockets(serve: Serve) -> None:
    async with serve(SHARING) as world, world.signed_in() as socket, world.client() as client:
        await join(world, socket, "1")
        asked = {"query": SHARED, "variables": {"after": 0}}
        headers = {"accept": "text/event-stream"}
        async with client.stream("POST", "/graphql", json=asked, headers=headers) as response:
            lines = response.aiter_lines()
            assert [await anext(lines) for _ in range(2)] == ["id: c1", "event: next"]
            await seated(world, 2)
            assert world.service.groups.statistics.groups == 1
            await world.channels["a"].publish(2)
            async for line in lines:
                if line == "id: c2":
                    break
        await seated(world, 1)


class Seated:
    """A subscription that has nothing of before, and seats at once."""

    def __init__(self) -> None:
        self.left = False

    async def until_seated(self, member: Any) -> AsyncGenerator[Payload, None]:
        yield Payload("{}", "c0")
        member.sit(self)

    def leave(self) -> None:
        self.left = True


async def test_listener_who_does_not_take_is_let_go(serve: Serve) -> None:
    async with serve(send_queue_frames=2) as world:
        listener = Listener(world.service, object)
    subscription: Any = Seated()
    payloads = listener.payloads(subscription)
    assert (await anext(payloads)).cursor == "c0"
    waiting = asyncio.ensure_future(anext(payloads))
    await asyncio.sleep(0)
    for number in range(1, 5):
        listener.deliver(Payload("{}", f"c{number}"))
    assert subscription.left
    taken = [(await waiting).cursor, (await anext(payloads)).cursor]
    assert taken == ["c1", "c2"]
    with pytest.raises(SubscriptionFailed) as failed:
        await anext(payloads)
    (error,) = failed.value.result["errors"]
    assert error["extensions"]["code"] == "SLOW_CONSUMER"
