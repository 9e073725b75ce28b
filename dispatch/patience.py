"""How long calls of outlets may take."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class _Call:
    """A call that a task waits for until `ends_at`, by the clock of the loop."""

    __slots__ = ("ends_at", "given_up", "task")

    def __init__(self, task: asyncio.Task[Any], ends_at: float) -> None:
        self.task = task
        self.ends_at = ends_at
        self.given_up = False


class Patience:
    """Bounds calls, each by the same `length`, with one timer for all that are under way.

    A timer for each, as `asyncio.timeout` has it, takes longer to set and unset than a quick
    outlet to answer. Here the first call that began is the first to end, and the only one that the
    timer is for.
    """

    def __init__(self, length: timedelta) -> None:
        self._seconds = length.total_seconds()
        self._calls: dict[_Call, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, answer: Awaitable[Answer]) -> Answer:
        """The answer, if it comes in time; raises TimeoutError if not."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        call, cancelling = _Call(task, loop.time() + self._seconds), task.cancelling()
        self._calls[call] = None
        if self._timer is None:
            self._timer = loop.call_at(call.ends_at, self._give_up)
        try:
            return await answer
        except asyncio.CancelledError:
            # Who cancels it from outside means more than this call.
            if call.given_up and task.uncancel() <= cancelling:
                raise TimeoutError from None
            raise
        finally:
            self._calls.pop(call, None)

    def _give_up(self) -> None:
        """End the calls whose time is over, and set the timer for the next one."""
        self._timer = None
        loop = asyncio.get_running_loop()
        for call in list(self._calls):
            if call.ends_at > loop.time():
                self._timer = loop.call_at(call.ends_at, self._give_up)
                return
            del self._calls[call]
            call.given_up = True
            call.task.cancel()
