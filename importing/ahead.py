"""Work that blocks goes on in a thread, one piece ahead of its use."""

import asyncio
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")


class ReadAhead(Generic[Item]):
    """The items of a generator, each made in a thread.

        async with ReadAhead(items) as ahead:
            async for item in ahead:
                ...

    The next item is begun by `go_on`, to be called where the loop is about to wait for something
    else. Not earlier: a thread that computes keeps the event loop from every step by milliseconds.
    Without a call it is begun when it is asked for. Leaving waits for the thread and closes the
    generator.
    """

    def __init__(self, items: Generator[Item]) -> None:
        self._items = items
        # Always the same thread: each has memory of its own, which it keeps.
        self._thread = ThreadPoolExecutor(1, "read ahead")
        self._next: asyncio.Future[Item | None] | None = None

    def go_on(self) -> None:
        """Begin the next item, unless it is begun."""
        if self._next is None:
            loop = asyncio.get_running_loop()
            self._next = loop.run_in_executor(self._thread, next, self._items, None)

    async def __aenter__(self) -> Self:
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        self.go_on()
        assert self._next is not None
        # Cancelling would not stop the thread, only lose sight of it.
        item = await asyncio.shield(self._next)
        self._next = None
        if item is None:
            raise StopAsyncIteration
        return item

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        try:
            if self._next is not None:
                await asyncio.gather(self._next, return_exceptions=True)
            await asyncio.get_running_loop().run_in_executor(self._thread, self._items.close)
        finally:
            self._thread.shutdown(wait=False)
