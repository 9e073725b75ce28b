"""The way out of a socket, against a server whose buffer a test opens and closes."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message

from app.graphql.limits import Limits
from app.graphql.outbox import Outbox


class Peer:
    """Takes messages while it is open, as a server's `send` does."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.open = asyncio.Event()
        self.open.set()
        self.gone = False
        self.full = 0

    async def send(self, message: Message) -> None:
        await self.open.wait()
        if self.gone:
            raise OSError("the client has gone")
        self.taken.append(message.get("text", message.get("code")))

    def on_full(self) -> None:
        self.full += 1

    def outbox(self, **limits: Any) -> Outbox:
        return Outbox(self.send, Limits(**limits), self.on_full)


def writers() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if "_catch_up" in repr(task.get_coro())]


async def settle() -> None:
    """Let the outbox's task end, if there is one."""
    if tasks := writers():
        await asyncio.wait(tasks)


async def test_a_peer_that_keeps_up_needs_no_task() -> None:
    peer = Peer()
    outbox = peer.outbox()
    outbox.put_text("a")
    outbox.put_text("b")
    assert peer.taken == ["a", "b"]
    assert writers() == []


async def test_a_peer_that_falls_behind_gets_everything_in_order() -> None:
    peer = Peer()
    outbox = peer.outbox()
    outbox.put_text("a")
    peer.open.clear()
    for text in "bcd":
        outbox.put_text(text)
    outbox.put_close(1000, "done")
    outbox.put_text("too late")
    assert (peer.taken, outbox.queued_bytes) == (["a"], 2)
    peer.open.set()
    await settle()
    assert (peer.taken, outbox.queued_bytes) == (["a", "b", "c", "d", 1000], 0)


async def test_a_peer_that_stays_behind_while_more_comes() -> None:
    peer = Peer()
    outbox = peer.outbox()
    peer.open.clear()
    outbox.put_text("a")
    for text in "bcd":
        await asyncio.sleep(0)
        outbox.put_text(text)
    peer.open.set()
    await settle()
    assert peer.taken == ["a", "b", "c", "d"]


async def test_it_goes_straight_again_after_catching_up() -> None:
    peer = Peer()
    outbox = peer.outbox()
    peer.open.clear()
    outbox.put_text("a")
    peer.open.set()
    await settle()
    outbox.put_text("b")
    assert peer.taken == ["a", "b"]


async def test_a_frame_beyond_the_bound_waits_alone() -> None:
    peer = Peer()
    outbox = peer.outbox(send_queue_bytes=1)
    peer.open.clear()
    for text in ("a", "large", "b"):
        outbox.put_text(text)
    assert (peer.full, outbox.queued_bytes) == (1, 5)
    await outbox.stop()


@pytest.mark.parametrize("limits", [{"send_queue_frames": 2}, {"send_queue_bytes": 2}])
async def test_the_queue_is_bounded(limits: dict[str, int]) -> None:
    peer = Peer()
    outbox = peer.outbox(**limits)
    peer.open.clear()
    for text in "abc":
        outbox.put_text(text)
    assert (peer.full, outbox.queued_bytes) == (0, 2)
    for text in "def":
        outbox.put_text(text)
    assert (peer.full, outbox.queued_bytes) == (1, 2)
    outbox.clear()
    outbox.put_text("z")
    peer.open.set()
    await settle()
    assert peer.taken == ["a", "z"]


async def test_what_was_written_is_told_as_it_happens() -> None:
    peer = Peer()
    outbox = peer.outbox()
    late: list[str] = []
    assert outbox.put_text("a", lambda: late.append("a"))
    peer.open.clear()
    # The server has "b" as well, and will send it whatever happens to the queue.
    assert outbox.put_text("b", lambda: late.append("b"))
    assert not outbox.put_text("c", lambda: late.append("c"))
    assert late == []
    peer.open.set()
    await settle()
    assert late == ["c"]


async def test_a_quick_producer_waits_for_its_peer() -> None:
    peer = Peer()
    outbox = peer.outbox(send_queue_bytes=4)
    peer.open.clear()
    await outbox.keep_pace()
    outbox.put_text("a")
    outbox.put_text("bc")
    await outbox.keep_pace()
    outbox.put_text("d")
    pacing = asyncio.create_task(outbox.keep_pace())
    await asyncio.sleep(0)
    assert not pacing.done()
    peer.open.set()
    await pacing
    assert (peer.taken, peer.full) == (["a", "bc", "d"], 0)


async def test_a_peer_that_stalls_has_fallen_behind() -> None:
    peer = Peer()
    outbox = peer.outbox(send_queue_frames=1, stall_seconds=0.01)
    peer.open.clear()
    outbox.put_text("a")
    outbox.put_text("b")
    await outbox.keep_pace()
    assert peer.full == 1
    await outbox.stop()


@pytest.mark.parametrize("behind", [False, True])
async def test_a_peer_that_has_gone(behind: bool) -> None:
    peer = Peer()
    outbox = peer.outbox()
    peer.gone = True
    if behind:
        peer.open.clear()
    outbox.put_text("a")
    outbox.put_text("b")
    peer.open.set()
    await settle()
    outbox.put_text("c")
    assert (peer.taken, outbox.queued_bytes) == ([], 0)


async def test_stopping_gives_up_on_what_waits() -> None:
    peer = Peer()
    outbox = peer.outbox()
    peer.open.clear()
    outbox.put_text("a")
    outbox.put_text("b")
    await outbox.stop()
    peer.open.set()
    await asyncio.sleep(0)
    assert (peer.taken, writers()) == ([], [])
