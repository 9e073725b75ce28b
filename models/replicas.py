"""Replicas of the primary, by streaming replication: which of them may be read, and by whom.

A position is a byte of the write-ahead log (an LSN) as a number. A replica shows what was committed
before the position that it has replayed. The positions are looked at a few times a second; between
two looks a replica is only taken for less far than it is.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from enum import StrEnum

import asyncpg
import structlog

from models.pools import PoolOptions, ReadPool

log = structlog.get_logger(__name__)

EVERY = 0.25
ANSWER_SECONDS = 2.0
TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

_WRITTEN = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint AS position"
_REPLAYED = """
    SELECT CASE WHEN pg_is_in_recovery()
        THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END AS position
"""


class ReplicaState(StrEnum):
    """What a replica is good for: OK ones are read."""

    OK = "ok"
    BEHIND = "behind"
    AWAY = "away"
    NO_REPLICA = "no replica"


class Replica:
    """One replica, as it was when it was looked at last. `lag` is in seconds."""

    def __init__(self, number: int, reads: ReadPool) -> None:
        self.number = number
        self.reads = reads
        self.position = 0
        self.lag = 0.0
        self.state = ReplicaState.AWAY

    def turn(self, state: ReplicaState) -> None:
        """Take it for this from now on; a change is told."""
        if state is not self.state:
            log.warning("replica", number=self.number, state=state.value, lag=round(self.lag, 1))
        self.state = state


class Replicas:
    """The replicas of one primary, watched from `start` to `stop`."""

    def __init__(
        self, primary: ReadPool, urls: Sequence[str], options: PoolOptions, *, max_lag: float
    ) -> None:
        """A replica that lacks what was written `max_lag` seconds ago is not read."""
        self.max_lag = max_lag
        self.all = [Replica(number, ReadPool(url, options)) for number, url in enumerate(urls, 1)]
        self.fallbacks = 0
        self._primary = primary
        # When the primary was where, the latest last.
        self._written: deque[tuple[float, int]] = deque()
        self._looked_at = 0.0
        self._turn = 0
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look at all of them, and watch them from now on; one that is away is no error."""
        for replica in self.all:
            await replica.reads.connect()
        await self.look()
        self._watching = asyncio.create_task(self._watch(), name="replicas")

    async def stop(self) -> None:
        """Close all connections to them."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        for replica in self.all:
            replica.reads.terminate()

    def choose(self, position: int = 0) -> Replica | None:
        """The next replica that has replayed a position; None: read the primary."""
        if time.monotonic() - self._looked_at > ANSWER_SECONDS + self.max_lag:
            return None
        able = [one for one in self.all if one.state is ReplicaState.OK]
        able = [one for one in able if one.position >= position]
        if not able:
            self.fallbacks += 1
            return None
        self._turn += 1
        return able[self._turn % len(able)]

    async def written(self) -> int:
        """The position up to which the primary has written: all that is committed is before it."""
        (row,) = await self._primary.ask(_WRITTEN)
        return int(row.position)

    async def look(self) -> None:
        """Ask the primary and every replica where they are."""
        moment = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._written.append((moment, await self.written()))
        except TROUBLE:
            # Nothing is written there either: the replicas stay what they are.
            log.debug("primary_not_asked")
        await asyncio.gather(*(self._look_at(replica) for replica in self.all))
        self._forget_old(moment)
        self._looked_at = time.monotonic()

    async def _look_at(self, replica: Replica) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                (row,) = await replica.reads.ask(_REPLAYED)
        except TROUBLE:
            replica.turn(ReplicaState.AWAY)
            return
        if row.position is None:
            replica.turn(ReplicaState.NO_REPLICA)
            return
        replica.position = row.position
        replica.lag = self._lag_of(row.position)
        late = replica.lag > self.max_lag
        replica.turn(ReplicaState.BEHIND if late else ReplicaState.OK)

    def _lag_of(self, position: int) -> float:
        """For how many seconds the primary has been beyond a position."""
        beyond = (moment for moment, written in self._written if written > position)
        first = next(beyond, None)
        return 0.0 if first is None else time.monotonic() - first

    def _forget_old(self, moment: float) -> None:
        """Beyond any lag that matters it is enough to know of one position."""
        most = ANSWER_SECONDS + 2 * self.max_lag
        while len(self._written) > 1 and moment - self._written[1][0] > most:
            self._written.popleft()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self.look()
