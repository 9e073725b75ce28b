"""A subscription that goes on where it was cut: nothing missed, nothing twice."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

import httpx
from gql.transport.exceptions import TransportError
from websockets.exceptions import WebSocketException

from parley_client.generated import ConversationEvents, ParleyClient
from parley_client.generated import (
    ConversationEventsConversationEventsConversationEvent as OtherEvent,
)
from parley_client.generated import (
    ConversationEventsConversationEventsMessageAddedEvent as MessageAdded,
)
from parley_client.generated import (
    ConversationEventsConversationEventsMessageDeletedEvent as MessageDeleted,
)
from parley_client.generated import (
    ConversationEventsConversationEventsMessageEditedEvent as MessageEdited,
)
from parley_client.generated.transport import codes_of

Event = MessageAdded | MessageEdited | MessageDeleted | OtherEvent

FINAL = frozenset({"BAD_CURSOR", "BAD_ID", "FORBIDDEN", "NOT_FOUND"})
"""Codes that no second try changes; docs/errors.md lists them all."""
TROUBLE = (TransportError, WebSocketException, httpx.HTTPError, OSError, TimeoutError)


@dataclass
class Backoff:
    """How long to wait before the next try: twice as long each time, and at random, so that the
    clients of a server that restarts do not all come back at once."""

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


async def resume(
    client: ParleyClient,
    conversation_id: str,
    after: str | None = None,
    *,
    backoff: Backoff | None = None,
) -> AsyncIterator[Event]:
    """The events of a conversation after a cursor, or from now on, for good.

    Keep `event.cursor` when you have dealt with an event: after a restart of yours it is where you
    go on. A `ResetEvent` says that what came after the cursor is not kept: refetch the
    conversation; the events after it come by themselves.

    Raises gql's TransportQueryError for what trying again does not mend.
    """
    pause = backoff or Backoff()
    while True:
        try:
            results = client.conversation_events(conversation_id, after)
            # Leaving the loop closes the socket at once.
            async with aclosing(cast("AsyncGenerator[ConversationEvents]", results)):
                async for result in results:
                    event = result.conversation_events
                    if event.cursor == after:
                        continue
                    after = event.cursor
                    pause.reset()
                    yield event
        except TROUBLE as error:
            if codes_of(error) & FINAL:
                raise
        await pause.wait()
