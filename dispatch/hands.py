"""The tasks that see claims through: as many as there are calls that are waited for."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from dispatch.claiming import Claim


class Hands:
    """Tasks of a group; `see_through` is what they do with each claim, and raises nothing.

    A hand goes on from claim to claim. Only when it has to wait does another one take what is left:
    an outlet that answers at once costs no task a message, and a slow one holds up no other.
    """

    def __init__(
        self, tasks: asyncio.TaskGroup, see_through: Callable[[Claim], Awaitable[None]]
    ) -> None:
        self._tasks = tasks
        self._see_through = see_through
        self._claims: deque[Claim] = deque()
        self._one_is_coming = False

    def begin(self, claims: Iterable[Claim]) -> None:
        """Have claims seen through, in their order as far as nothing has to be waited for."""
        self._claims.extend(claims)
        self._call_one()

    def _call_one(self) -> None:
        if self._claims and not self._one_is_coming:
            self._one_is_coming = True
            self._tasks.create_task(self._work())

    async def _work(self) -> None:
        self._one_is_coming = False
        while self._claims:
            claim = self._claims.popleft()
            # It begins when this one waits, or finds nothing to do.
            self._call_one()
            await self._see_through(claim)
