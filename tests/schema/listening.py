"""Subscriptions as a test hears them, of a group or not."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import orjson

from app.graphql.incremental import Result
from app.graphql.joining import Subscription
from app.graphql.listening import Listener
from app.graphql.service import GraphQLService
from app.graphql.sharing import LeavesGroup, Payload, SubscriptionFailed


class WatchedListener(Listener):
    """Tells `came` when it has something of before, and when it sits in a group."""

    def __init__(
        self,
        service: GraphQLService,
        context: Callable[[], object],
        came: Callable[[], None],
    ) -> None:
        super().__init__(service, context)
        self._came = came

    async def payloads(self, subscription: Subscription) -> AsyncGenerator[Payload, None]:
        async with aclosing(super().payloads(subscription)) as payloads:
            async for payload in payloads:
                if self._seat is None:
                    self._came()
                yield payload

    def sit(self, seat: LeavesGroup) -> None:
        super().sit(seat)
        self._came()


async def results_of(
    outcome: AsyncGenerator[Result, None] | Subscription,
    service: GraphQLService,
    context: Callable[[], object],
    came: Callable[[], None] = lambda: None,
) -> AsyncGenerator[dict[str, Any], None]:
    """The results of a subscription; a failure is the last of them."""
    if not isinstance(outcome, Subscription):
        async with aclosing(outcome):
            async for result in outcome:
                yield result
        return
    listener = WatchedListener(service, context, came)
    try:
        async with aclosing(listener.payloads(outcome)) as payloads:
            async for payload in payloads:
                yield orjson.loads(payload.text)
    except SubscriptionFailed as failed:
        yield failed.result
