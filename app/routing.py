"""Which queries read a replica: those of users who have not written anything that it lacks.

After each change the primary's position is kept in Redis under the user, by whichever process made
it and before it is answered; a query of theirs, in whichever process, reads only what has replayed
that. While Redis cannot be asked, and for as long after as a replica may lag, everything is read
from the primary: nobody knows who has written.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from graphql import OperationType
from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.graphql.documents import Prepared
from app.graphql.executor import Variables
from app.graphql.incremental import Result
from app.graphql.service import GraphQLService, Outcome
from models.replicas import TROUBLE, Replica, Replicas
from resolvers.context import Context, Viewer

log = structlog.get_logger(__name__)

WAIT_SECONDS = 0.25
# Longer than it takes to notice that a replica lags, beside the lag itself.
MARGIN_SECONDS = 10
PREFIX = "parley:written:"

# A position never moves back, whichever of two changes gets here first.
KEEP = """
local known = tonumber(redis.call('GET', KEYS[1]) or '0')
redis.call('SET', KEYS[1], string.format('%.0f', math.max(known, tonumber(ARGV[1]))), 'PX', ARGV[2])
"""


class RecentWrites:
    """How far the primary was when each user changed something last, for a short time."""

    def __init__(self, redis_url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis_url = redis_url
        self._clock = clock
        self._redis: Redis | None = None
        self._replicas: Replicas | None = None
        self._blind_until = 0.0

    @asynccontextmanager
    async def routing(self, replicas: Replicas | None) -> AsyncIterator[None]:
        """Read these replicas while the block lasts."""
        if replicas is None:
            yield
            return
        # A command that is tried again would hide that Redis was away, and forgot.
        redis = Redis.from_url(
            self._redis_url,
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis, self._replicas = redis, replicas
        try:
            yield
        finally:
            self._redis = self._replicas = None
            await redis.aclose()

    async def wrote(self, viewer: Viewer) -> None:
        """Note that all the viewer's changes so far are before where the primary is now."""
        redis, replicas = self._redis, self._replicas
        if redis is None or replicas is None:
            return
        milliseconds = int(self._lifetime(replicas) * 1_000)
        try:
            position = await replicas.written()
        except TROUBLE as error:
            # The change is committed: it must not fail for this.
            self._go_blind(error)
            return
        await self._ask(lambda: redis.eval(KEEP, 1, _key(viewer), position, milliseconds))

    async def replica_for(self, viewer: Viewer) -> Replica | None:
        """A replica that has all that the viewer wrote; None: the primary."""
        redis, replicas = self._redis, self._replicas
        if redis is None or replicas is None or self._clock() < self._blind_until:
            return None
        answer = await self._ask(lambda: redis.get(_key(viewer)))
        if self._clock() < self._blind_until:
            return None
        return replicas.choose(int(answer) if answer is not None else 0)

    async def _ask(self, command: Callable[[], Awaitable[Any]]) -> Any:
        """The answer of Redis. Where there is none the primary alone is read for a while."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await command()
        except (RedisError, OSError) as error:  # TimeoutError is one of the latter
            self._go_blind(error)
            return None

    def _go_blind(self, error: Exception) -> None:
        """Read the primary alone, until any replica has all that somebody may have written."""
        assert self._replicas is not None, "routing"
        log.warning("writes_not_shared", error=type(error).__name__)
        self._blind_until = self._clock() + self._lifetime(self._replicas)

    def _lifetime(self, replicas: Replicas) -> float:
        """After so many seconds a replica that is read has it all."""
        return replicas.max_lag + MARGIN_SECONDS


class RoutedService(GraphQLService):
    """The service whose queries read replicas. Mutations and subscriptions read the primary."""

    def __init__(self, *arguments: Any, recent: RecentWrites, **options: Any) -> None:
        """The others are those of `GraphQLService`."""
        super().__init__(*arguments, **options)
        self._recent = recent

    async def execute(
        self, prepared: Prepared, context: object, variables: Variables | None
    ) -> Result:
        """Raises like `GraphQLService.execute`."""
        assert isinstance(context, Context), "the application's doors give these"
        asker, kind = context.asker, prepared.kind
        if kind is OperationType.QUERY and isinstance(asker, Viewer):
            context.read.use(await self._recent.replica_for(asker))
        result = await super().execute(prepared, context, variables)
        if kind is OperationType.MUTATION:
            await self._note(context)
        return result

    async def run(
        self,
        prepared: Prepared,
        variables: Variables | None,
        context_for: Callable[[], object],
    ) -> Outcome:
        """Raises like `GraphQLService.run`."""
        outcome = await super().run(prepared, variables, context_for)
        if prepared.incremental and prepared.kind is OperationType.MUTATION:
            # It did not come by way of `execute`.
            await self._note(context_for())
        return outcome

    async def _note(self, context: object) -> None:
        assert isinstance(context, Context), "the application's doors give these"
        if isinstance(context.asker, Viewer):
            await self._recent.wrote(context.asker)


def _key(viewer: Viewer) -> str:
    return PREFIX + viewer.account
