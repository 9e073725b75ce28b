"""Tasks that overlap, and end one behind the other."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeAlias

Before: TypeAlias = Callable[[], Awaitable[None]]
"""Waits for the task that was begun before; raises what that raised."""


class Turns:
    """Tasks in the order in which they were begun.

        async with Turns() as turns:
            await turns.at_most(1)
            turns.begin(work)

    Leaving cancels those that are left, and waits for their end.
    """

    def __init__(self) -> None:
        self._tasks: deque[asyncio.Task[None]] = deque()

    def begin(self, work: Callable[[Before], Coroutine[Any, Any, None]]) -> None:
        """Begin a task, which is told how to wait for the one before it."""
        before = self._tasks[-1] if self._tasks else None

        async def wait() -> None:
            if before is not None:
                # Who is cancelled while waiting leaves the other alone.
                await asyncio.shield(before)

        self._tasks.append(asyncio.create_task(work(wait)))

    async def at_most(self, count: int) -> None:
        """Wait until no more tasks than these are under way. Raises what the others raised."""
        while len(self._tasks) > count:
            await self._tasks[0]
            self._tasks.popleft()

    async def drop(self) -> None:
        """Cancel all tasks and wait for their end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self.drop()
