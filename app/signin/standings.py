"""What holders of credentials are now: asked of the database once, then remembered for a while."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from app.signin.caches import Cache, Clock
from app.signin.credentials import Standing
from models.database import Database, Row
from models.tenants import Role
from realtime.revocation import Holder, Revocation

ATTEMPTS = 3


class Term(NamedTuple):
    """For how long a standing lasts: until this time, or until any other is struck before."""

    mark: int
    until: float


class Batch:
    """Holders that are asked for in one statement, and what came of it."""

    def __init__(self) -> None:
        self.holders: set[Holder] = set()
        self.found: dict[Holder, Standing] | None = None
        self.failure: Exception | None = None


class Standings:
    """A bounded memory of standings, from which revocations strike.

    `seconds` bounds how long a revocation that was not heard goes unnoticed.
    """

    def __init__(
        self,
        database: Database,
        *,
        size: int = 10_000,
        seconds: float = 30,
        clock: Clock = time.monotonic,
    ) -> None:
        self._database = database
        self._cache: Cache[Holder, Standing] = Cache(size, seconds, clock)
        self._clock = clock
        self._forgotten = 0
        self._asking = asyncio.Lock()
        self._next = Batch()

    @property
    def mark(self) -> int:
        """To be read before asking the database: what is struck meanwhile is not remembered."""
        return self._forgotten

    def remember(self, holder: Holder, standing: Standing, mark: int) -> None:
        """Keep what the database said after `mark` was read."""
        if mark == self._forgotten:
            self._cache.put(holder, standing)

    def term(self, holder: Holder, standing: Standing | None) -> Term | None:
        """For how long what was just found lasts; None if it is not remembered, or no more."""
        if standing is None or self._cache.get(holder) is not standing:
            return None
        return Term(self._forgotten, self._cache.until(holder))

    def lasts(self, term: Term) -> bool:
        """Whether what was found then is still so, without another look for its holder."""
        return term.mark == self._forgotten and self._clock() < term.until

    async def find(self, holder: Holder) -> Standing | None:
        """The standing, remembered or asked for; None when there is no such user."""
        known = self._cache.get(holder)
        if known is not None:
            return known
        mark, found = self._forgotten, None
        for _ in range(ATTEMPTS):
            mark = self._forgotten
            found = await self._ask_together(holder)
            # What was struck while the database answered may be older than the revocation,
            # and a socket that is let in with it would have missed being cut.
            if mark == self._forgotten:
                break
        if found is not None:
            self.remember(holder, found, mark)
        return found

    async def _ask_together(self, holder: Holder) -> Standing | None:
        """Ask in one statement with all who come while another one is under way.

        When a server restarts thousands of sockets come to its peers at once.
        """
        batch = self._next
        batch.holders.add(holder)
        async with self._asking:
            if batch.found is None and batch.failure is None:
                # Who comes from here on is asked for next.
                self._next = Batch()
                try:
                    batch.found = await self.ask(list(batch.holders))
                except Exception as error:
                    batch.failure = error
        if batch.failure is not None:
            raise batch.failure
        assert batch.found is not None, "somebody of the batch has asked"
        return batch.found.get(holder)

    async def ask(self, holders: Sequence[Holder]) -> dict[Holder, Standing]:
        """The standings that the database knows, in one statement."""
        rows = await self._database.across_tenants(
            "parley_standings",
            [holder.tenant_id for holder in holders],
            [holder.user_id for holder in holders],
            [holder.session_id for holder in holders],
            [holder.key_id for holder in holders],
        )
        return {holder_in(row): standing_in(row) for row in rows}

    def strike(self, revocation: Revocation) -> None:
        """Forget whom a revocation concerns."""
        self._forgotten += 1
        self._cache.forget(revocation.concerns)

    def clear(self) -> None:
        """Forget everybody: revocations may have been missed."""
        self._forgotten += 1
        self._cache.clear()


def holder_in(row: Row) -> Holder:
    """The holder in a row of one of the functions that know all tenants."""
    return Holder(row.tenant_id, row.user_id, row.session_id, row.key_id)


def standing_in(row: Row) -> Standing:
    """The standing in such a row."""
    return Standing(Role(row.role), row.suspended, row.removed, row.ended)
