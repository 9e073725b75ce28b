"""A subscription that goes on where it was cut: nothing missed, nothing twice."""

import asyncio
import random
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

import httpx
from gql.transport.exceptions import TransportError, TransportQueryError
from websockets.exceptions import WebSocketException

from parley_client.generated.transport import closed_with, codes_of

PASSING = frozenset(
    {
        "DRAINING",
        "INTERNAL",
        "INTERNAL_ERROR",
        "RATE_LIMITED",
        "SERVER_RESTARTING",
        "SLOW_CONSUMER",
        "TIMED_OUT",
        "TOO_MANY",
        "TOO_MANY_FEEDS",
        "TOO_MANY_OPERATIONS",
        "TOO_SLOW",
    }
)
"""Codes of docs/errors.md that pass by themselves; with any other the next try ends alike."""
TROUBLE = (TransportError, WebSocketException, httpx.HTTPError, OSError, TimeoutError)
FAULTS = frozenset({4400, 4401, 4406, 4409, 4429})
"""Close codes that say that a client breaks the protocol."""
REMEMBERED = 1_000
"""How many cursors are remembered: more than can be told again after a cut."""


class ResumableEvent(Protocol):
    """What every event of Parley has."""

    @property
    def cursor(self) -> str:
        """Its place in its stream."""


ResultT = TypeVar("ResultT")
EventT = TypeVar("EventT", bound=ResumableEvent)
Refetch = Callable[[], Awaitable[str | None]]


@dataclass
class Backoff:
    """How long to wait before the next try: twice as long each time, and at random, so that the
    clients of a server that restarts do not all come back at once. In seconds."""

    first: float = 0.25
    longest: float = 30.0
    _next: float = 0.0

    def reset(self) -> None:
        """It works again."""
        self._next = 0.0

    async def wait(self) -> None:
        """Sleep for between half of the time and all of it."""
        self._next = min(self.longest, max(self.first, 2 * self._next))
        await asyncio.sleep(self._next * random.uniform(0.5, 1.0))


class Place:
    """Where a subscription stands: the cursor to go on after, and what was told already."""

    def __init__(self, after: str | None) -> None:
        self.after = after
        self._told = OrderedDict.fromkeys([after] if after else [])

    def take(self, event: ResumableEvent) -> bool:
        """Whether an event is new; if so, it is told now, and the place is after it."""
        if getattr(event, "typename__", None) == "ResetEvent":
            # Nothing counts that was told before: the server may have been restored.
            self._told.clear()
        elif event.cursor in self._told:
            return False
        self._told[event.cursor] = None
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        self.after = event.cursor
        return True


async def endless(
    subscribe: Callable[[str | None], AsyncIterator[ResultT]],
    pick: Callable[[ResultT], EventT],
    after: str | None = None,
    *,
    refetch: Refetch | None = None,
    backoff: Backoff | None = None,
) -> AsyncIterator[EventT]:
    """The events of a subscription after a cursor, or from now on, for good.

    `subscribe` begins it after a cursor, and `pick` takes the event out of a result. `refetch` is
    called when what came after the cursor is not kept (`RESET`): it fetches the state anew and
    gives the cursor to go on after, or None for "from now on". What it raises ends the
    subscription.

    Raises gql's errors for what trying again does not mend, `RESET` too where there is no
    `refetch`; and TokenRefusedError when there is no token that the server takes.
    """
    place = Place(after)
    pause = backoff or Backoff()
    while True:
        try:
            # Leaving the loop closes the socket at once.
            results = cast("AsyncGenerator[ResultT]", subscribe(place.after))
            async with aclosing(results):
                async for result in results:
                    event = pick(result)
                    if place.take(event):
                        pause.reset()
                        yield event
        except TROUBLE as error:
            if refetch is not None and "RESET" in codes_of(error):
                place = Place(await refetch())
            elif not passes(error):
                raise
        await pause.wait()


def passes(error: Exception) -> bool:
    """Whether trying again may mend it: a lost network does, a subscription that is wrong not."""
    if isinstance(error, TransportQueryError):
        return codes_of(error) <= PASSING
    code, _ = closed_with(error)
    return code not in FAULTS
