"""A member of a group who takes its payloads one by one, from a bounded queue."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from app.graphql.errors import TransportCode, coded
from app.graphql.incremental import Result
from app.graphql.joining import Subscription
from app.graphql.service import GraphQLService
from app.graphql.sharing import LeavesGroup, Payload, SubscriptionFailed


class Listener:
    """Waits for its reader up to `Limits.send_queue_frames`, and fails with SLOW_CONSUMER then."""

    def __init__(self, service: GraphQLService, context_for: Callable[[], object]) -> None:
        """`context_for` gives a context for one execution on this listener's behalf."""
        self.context = context_for
        self._service = service
        self._most = service.limits.send_queue_frames
        self._queue: deque[Payload] = deque()
        self._arrived = asyncio.Event()
        self._seat: LeavesGroup | None = None
        self._over = False
        self._failure: Result | None = None
        self._cursor: str | None = None

    async def payloads(self, subscription: Subscription) -> AsyncGenerator[Payload, None]:
        """What was missed, and then what happens. Raises SubscriptionFailed."""
        try:
            async with aclosing(subscription.until_seated(self)) as missed:
                async for payload in missed:
                    self._cursor = payload.cursor
                    yield payload
            while self._seat is not None and (self._queue or not self._over):
                if not self._queue:
                    self._arrived.clear()
                    await self._arrived.wait()
                    continue
                payload = self._queue.popleft()
                self._cursor = payload.cursor
                payload.note_written()
                yield payload
            if self._failure is not None:
                raise SubscriptionFailed(self._failure)
        finally:
            if self._seat is not None:
                self._seat.leave()

    def sit(self, seat: LeavesGroup) -> None:
        """Note the seat."""
        self._seat = seat

    def deliver(self, payload: Payload) -> bool:
        """Let it wait for the reader."""
        if len(self._queue) < self._most:
            self._queue.append(payload)
            self._arrived.set()
        elif self._seat is not None:
            self._seat.leave()
            self.finish(self._too_slow())
        return False

    def finish(self, failure: Result | None) -> None:
        """End after what waits."""
        self._over, self._failure = True, failure
        self._arrived.set()

    def _too_slow(self) -> Result:
        known = {} if self._cursor is None else {"cursor": self._cursor}
        message = "Results came faster than they were read. Resume from the cursor."
        return self._service.refusal([coded(TransportCode.SLOW_CONSUMER, message, **known)])
