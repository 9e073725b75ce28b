"""Workers are woken after a commit, by a notification of its own."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

CHANNEL = "parley_work"
WAKE = f"SELECT set_config('synchronous_commit', 'off', true), pg_notify('{CHANNEL}', '')"
"""Tells every worker that there is something to do.

PostgreSQL lets one transaction after the other commit that notifies, each with its wait for the
disk. This one has nothing to keep and does not wait.
"""
WAKES_LATER = "parley.wakes_later"
"""The setting that keeps the triggers of a transaction from notifying, being 'yes'."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("models")


class Waker:
    """Wakes the workers soon; calls that come while it does so share the next notification.

    Where a notification is lost, with this process or its database, workers look by themselves
    before long.
    """

    def __init__(self, notify: Callable[[], Awaitable[object]]) -> None:
        self._notify = notify
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Have the workers woken. Waits for nothing and raises nothing."""
        self._wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="waker of workers")

    async def settled(self) -> None:
        """Wait until all who are to be woken have been told."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._wanted:
            self._wanted = False
            try:
                await self._notify()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as trouble:
                log.warning("workers_not_woken", error=repr(trouble))
