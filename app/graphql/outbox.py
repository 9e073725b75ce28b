"""What goes out on a socket: straight to it while it keeps up, else through a bounded queue."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import Any, NamedTuple

from starlette.types import Message, Send

from app.graphql.limits import Limits


class Entry(NamedTuple):
    """A message in the queue; `on_write` is called as it is handed to the server."""

    message: Message
    size: int
    on_write: Callable[[], None] | None = None


class Outbox:
    """Sends in order, from anywhere in the event loop and without waiting.

    The server's `send` is a coroutine that suspends only when the socket's buffer is full.
    So it is advanced by hand: where it ends at once, which is the rule, the frame has cost
    no task and no queue. Where it suspends, a task takes it over, and what follows queues
    behind it. The first frame beyond the limits of the queue calls `on_full`; it and all
    others beyond them are dropped.
    """

    __slots__ = (
        "_ended",
        "_limits",
        "_on_full",
        "_overflowed",
        "_queue",
        "_queued",
        "_send",
        "_writer",
    )

    def __init__(self, send: Send, limits: Limits, on_full: Callable[[], None]) -> None:
        self._send = send
        self._limits = limits
        self._on_full = on_full
        self._overflowed = False
        # Nothing more is taken: the socket is being closed, or its client has gone.
        self._ended = False
        self._queue: deque[Entry] | None = None
        self._queued = 0
        self._writer: asyncio.Task[None] | None = None

    @property
    def queued_bytes(self) -> int:
        return self._queued

    def put_text(self, text: str, on_write: Callable[[], None] | None = None) -> bool:
        """Send a text frame; its size is counted in characters.

        True if the server has taken it at once. Otherwise `on_write` is called if and when it
        does: it may wait, or be dropped.
        """
        message = {"type": "websocket.send", "text": text}
        if self._queue is None:
            return self._write(message)
        if self._ended:
            return False
        size = len(text)
        if self._has_room(size):
            self._enqueue(Entry(message, size, on_write))
        else:
            self._overflow()
        return False

    async def keep_pace(self) -> None:
        """Wait, where half the queue is taken, until all of it has gone out.

        So one that produces quickly, as a replay does, goes at the pace of its client. If the
        client does not read that much in `stall_seconds` it has fallen behind: `on_full`.
        """
        writer = self._writer
        if writer is None or self._has_room(self._limits.send_queue_bytes // 2):
            return
        done, _ = await asyncio.wait([writer], timeout=self._limits.stall_seconds)
        if not done:
            self._overflow()

    def put_close(self, code: int, reason: str) -> None:
        """Close the socket after what is queued."""
        message = {"type": "websocket.close", "code": code, "reason": reason}
        if self._queue is None:
            self._write(message)
        elif not self._ended:
            self._enqueue(Entry(message, 0))
        self._ended = True

    def clear(self) -> None:
        """Drop what is queued. The one frame that the server has taken still goes out."""
        if self._queue is not None:
            self._queue.clear()
            self._queued = 0

    async def stop(self) -> None:
        """Give up on what has not gone out."""
        self._ended = True
        self.clear()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.wait([self._writer])

    def _has_room(self, size: int) -> bool:
        """One frame may always wait, however large it is."""
        frames, limits = len(self._queue or ()), self._limits
        return frames == 0 or (
            frames < limits.send_queue_frames and self._queued + size <= limits.send_queue_bytes
        )

    def _overflow(self) -> None:
        if not self._overflowed:
            self._overflowed = True
            self._on_full()

    def _enqueue(self, entry: Entry) -> None:
        assert self._queue is not None, "a writer is at work"
        self._queue.append(entry)
        self._queued += entry.size

    def _write(self, message: Message) -> bool:
        if self._ended:
            return False
        sending = iter(self._send(message).__await__())
        try:
            waiting = next(sending)
        except StopIteration:
            return True
        except Exception:
            # The client has gone, which the reader of the socket is told as well.
            self._ended = True
            return False
        self._queue = queue = deque[Entry]()
        self._writer = asyncio.create_task(self._catch_up(_Remainder(waiting, sending), queue))
        return True

    async def _catch_up(self, begun: Awaitable[None], queue: deque[Entry]) -> None:
        try:
            await begun
            while queue:
                entry = queue.popleft()
                self._queued -= entry.size
                if entry.on_write is not None:
                    entry.on_write()
                await self._send(entry.message)
        except Exception:
            self._ended = True
        finally:
            self._queue = self._writer = None
            self._queued = 0


class _Remainder:
    """What is left of an awaitable that has been advanced to its first suspension."""

    __slots__ = ("_rest", "_waiting")

    def __init__(self, waiting: Any, rest: Iterator[Any]) -> None:
        self._waiting = waiting
        self._rest = rest

    def __await__(self) -> Generator[Any, Any, None]:
        yield self._waiting
        yield from self._rest
