"""One tenant's turn: a bounded batch of each duty that is due."""

from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from dispatch.claiming import Claim, claim_unknown
from dispatch.duties import Duty
from dispatch.expiring import expire_due
from dispatch.firing import fire
from dispatch.guarding import Guard
from dispatch.hearing import Hearing
from dispatch.limiting import RatePolicy
from dispatch.setting_aside import fire_one_by_one
from dispatch.showing import show_due
from dispatch.taking import claim_due
from dispatch.tools import Tools
from models.database import ScopedConnection
from realtime.unit_of_work import unit_of_work

Begin = Callable[[Sequence[Claim]], None]
Claiming = Callable[[int], Awaitable[list[Claim]]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What every turn keeps to: how much of each duty, how long claims are held, which rates."""

    batch: int
    lease: timedelta
    rates: RatePolicy


class Turn:
    """Of one tenant, which may hold `share` slots; `begin` is called with what it claims.

    `claimed` is how many deliveries that were. `held_up`: what is in the worker's hands kept it
    from taking more, be it for want of slots or of calls that its devices take at once.
    """

    def __init__(
        self,
        tools: Tools,
        guard: Guard,
        terms: Terms,
        tenant_id: UUID,
        *,
        share: int,
        begin: Begin,
    ) -> None:
        self._tools = tools
        self._guard = guard
        self._terms = terms
        self._tenant_id = tenant_id
        self._share = share
        self._begin = begin
        self._hearing = Hearing(tools)
        self._fired = 0
        self.claimed = 0
        self.held_up = False

    async def work(self, duties: Set[Duty]) -> int:
        """Do them one after the other; how much was taken up. One that fails rests."""
        doers = {
            Duty.FIRE: self._fire,
            Duty.EXPIRE: self._expire,
            Duty.HEAR: self._hear,
            Duty.LOOK: self._look,
            Duty.SEND: self._send,
            Duty.SHOW: self._show,
        }
        done = 0
        for duty, do in doers.items():
            if duty in duties:
                with self._guard.over(self._tenant_id, duty):
                    done += await do()
        return done

    async def _fire(self) -> int:
        """Fire, and take of what is due then.

        It is one transaction, and one wait for the disk. Others are woken where there may be more.
        """
        try:
            taken = await self._take(self._fire_and_claim)
        except Exception:
            # One that cannot be fired keeps the others from it. Whose fault it is, that tells.
            taken = 0
            self._fired = await fire_one_by_one(self._tools, self._tenant_id, self._terms.batch)
        self._tools.statistics.fired += self._fired
        return self._fired + taken

    async def _fire_and_claim(self, room: int) -> list[Claim]:
        tools = self._tools
        async with unit_of_work(tools.database, tools.bell, self._tenant_id) as work:
            fired = await fire(work, tools.clock(), self._terms.batch)
            claims = await self._claim_due(await work.driver(), room) if room else []
        self._fired = fired
        if len(claims) == room:
            tools.database.wake_workers()
        return claims

    async def _expire(self) -> int:
        tools = self._tools
        return await expire_due(
            tools.database, tools.bell, self._tenant_id, tools.clock(), self._terms.batch
        )

    async def _hear(self) -> int:
        return await self._hearing.hear(self._tenant_id)

    async def _look(self) -> int:
        return await self._take(self._claim_unknown)

    async def _send(self) -> int:
        # Who fired has taken what there was.
        return 0 if self._fired else await self._take(self._claim_queued)

    async def _show(self) -> int:
        tools = self._tools
        return await show_due(
            tools.database, tools.bell, self._tenant_id, tools.clock(), self._terms.batch
        )

    async def _take(self, claim: Claiming) -> int:
        """Claim as many as there are slots for, be it none, and begin with each."""
        tools, slots, batch = self._tools, self._tools.slots, self._terms.batch
        granted = slots.reserve(self._tenant_id, batch, self._share)
        claims: list[Claim] = []
        try:
            claims = await claim(granted)
        finally:
            slots.release(self._tenant_id, granted - len(claims))
        held_up = not claims and (not granted or slots.held[self._tenant_id] > 0)
        if (held_up and granted) or 0 < len(claims) == granted < batch:
            slots.want()
        self.held_up |= held_up
        tools.statistics.claimed += len(claims)
        self.claimed += len(claims)
        self._begin(claims)
        return len(claims)

    async def _claim_unknown(self, room: int) -> list[Claim]:
        if not room:
            return []
        present = self._tools.clock()
        return await claim_unknown(
            self._tools.database, self._tenant_id, present, present + self._terms.lease, room
        )

    async def _claim_queued(self, room: int) -> list[Claim]:
        if not room:
            return []
        async with self._tools.database.connection(self._tenant_id) as connection:
            return await self._claim_due(connection, room)

    async def _claim_due(self, connection: ScopedConnection, room: int) -> list[Claim]:
        present, terms = self._tools.clock(), self._terms
        return await claim_due(connection, present, present + terms.lease, room, rates=terms.rates)
