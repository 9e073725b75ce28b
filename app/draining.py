"""Letting clients go before the server stops, whichever process model uvicorn runs in."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def drained_before_stopping(drain: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """At the first SIGTERM or SIGINT run `drain`, and only then uvicorn's own handler, which cuts
    what is left. A second signal goes to uvicorn at once.

    Enter it within the event loop of the main thread, after uvicorn set its handlers.
    """
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    tasks: list[asyncio.Future[None]] = []

    async def drain_then_stop(number: int) -> None:
        try:
            await drain()
        finally:
            hand_on(number, None)

    def hand_on(number: int, frame: FrameType | None) -> None:
        handler = handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    def handle(number: int, frame: FrameType | None) -> None:
        if tasks:
            hand_on(number, frame)
        else:
            loop.call_soon_threadsafe(
                lambda: tasks.append(asyncio.ensure_future(drain_then_stop(number)))
            )

    for number in SIGNALS:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
