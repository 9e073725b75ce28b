"""Rounds: every tenant with due work gets a turn, a bounded batch each, round robin."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from dispatch.claiming import Claim, claim_unknown
from dispatch.expiring import expire_due
from dispatch.fairness import in_turn
from dispatch.firing import fire
from dispatch.guarding import Guard
from dispatch.hearing import Hearing
from dispatch.limiting import RatePolicy
from dispatch.rescue import RESCUE, Rescuer
from dispatch.setting_aside import fire_one_by_one
from dispatch.showing import show_due
from dispatch.taking import claim_due
from dispatch.tools import DATABASE_TROUBLE, Tools
from models.database import Row, ScopedConnection
from realtime.unit_of_work import unit_of_work

TURNS_AT_ONCE = 4
DUTIES = ("fire", "expire", "hear", "look", "send", "show", "collect")

Begin = Callable[[Sequence[Claim]], None]
Collect = Callable[[UUID], None]
Claiming = Callable[[UUID, int], Awaitable[list[Claim]]]
Duty = Callable[[Row], Awaitable[int]]


class Rounds:
    """Finds the tenants with due work. `begin` is called with claims, each of which has its slot.

    `looked_at` is the present of the last round: what was due then had its turn. `collect` is
    called with each tenant that has files to be fetched; `rescuer` is told where leases are over.
    """

    def __init__(
        self,
        tools: Tools,
        guard: Guard,
        rescuer: Rescuer,
        *,
        batch: int,
        lease: timedelta,
        rates: RatePolicy,
    ) -> None:
        self._tools = tools
        self._guard = guard
        self._rescuer = rescuer
        self._batch = batch
        self._lease = lease
        self._rates = rates
        self._hearing = Hearing(tools)
        self.looked_at = tools.clock()
        self._turns = asyncio.Semaphore(TURNS_AT_ONCE)
        self._last_served: UUID | None = None

    async def round(self, begin: Begin, collect: Collect) -> int:
        """One turn for each tenant; how many schedules and deliveries were taken up."""
        tools = self._tools
        self.looked_at = tools.statistics.last_beat = tools.clock()
        try:
            due = await tools.database.across_tenants(
                "parley_tenants_with_due_work", self.looked_at
            )
        except DATABASE_TROUBLE as trouble:
            tools.weather(trouble)
            return 0
        if any(self._awake(row, RESCUE) for row in due):
            self._rescuer.want()
        awake = [row for row in due if any(self._awake(row, duty) for duty in DUTIES)]
        share = max(1, tools.slots.capacity // max(1, len(awake)))
        async with asyncio.TaskGroup() as group:
            turns = [
                group.create_task(self._turn(row, share, begin, collect))
                for row in in_turn(awake, self._last_served, _tenant)
            ]
        return sum(turn.result() for turn in turns)

    def _awake(self, due: Row, duty: str) -> bool:
        """Whether a duty is due, and does not rest."""
        return due[duty] and not self._guard.rests(_tenant(due), duty)

    async def _turn(self, due: Row, share: int, begin: Begin, collect: Collect) -> int:
        """One tenant's turn. A duty that fails rests, and the others go on."""
        async with self._turns:
            self._tools.statistics.last_beat = self._tools.clock()
            if self._awake(due, "collect"):
                collect(_tenant(due))
            return await self._work(due, share, begin)

    async def _work(self, due: Row, share: int, begin: Begin) -> int:
        tenant_id, fired = _tenant(due), 0

        async def fire_due(due: Row) -> int:
            nonlocal fired
            fired, taken = await self._fire(due, share, begin)
            return fired + taken

        async def look(_due: Row) -> int:
            return await self._take(tenant_id, share, begin, self._look)

        async def send(_due: Row) -> int:
            # Who fired has taken what there was.
            return 0 if fired else await self._take(tenant_id, share, begin, self._send)

        duties: tuple[tuple[str, Duty], ...] = (
            ("fire", fire_due),
            ("expire", self._expire),
            ("hear", self._hear),
            ("look", look),
            ("send", send),
            ("show", self._show),
        )
        done = 0
        for name, duty in duties:
            if self._awake(due, name):
                with self._guard.over(tenant_id, name):
                    done += await duty(due)
        return done

    async def _look(self, tenant_id: UUID, room: int) -> list[Claim]:
        if not room:
            return []
        present = self._tools.clock()
        return await claim_unknown(
            self._tools.database, tenant_id, present, present + self._lease, room
        )

    async def _send(self, tenant_id: UUID, room: int) -> list[Claim]:
        if not room:
            return []
        async with self._tools.database.connection(tenant_id) as connection:
            return await self._claim(connection, room)

    async def _claim(self, connection: ScopedConnection, room: int) -> list[Claim]:
        present = self._tools.clock()
        until = present + self._lease
        return await claim_due(connection, present, until, room, rates=self._rates)

    async def _fire(self, due: Row, share: int, begin: Begin) -> tuple[int, int]:
        """Fire, and take of what is due then: how many of each.

        It is one transaction, and one wait for the disk. Others are woken where there may be more.
        """
        tools, fired = self._tools, 0

        async def fire_and_claim(tenant_id: UUID, room: int) -> list[Claim]:
            nonlocal fired
            async with unit_of_work(tools.database, tools.bell, tenant_id) as work:
                fired = await fire(work, tools.clock(), self._batch)
                claims = await self._claim(await work.driver(), room) if room else []
            if len(claims) == room:
                tools.database.wake_workers()
            return claims

        try:
            taken = await self._take(_tenant(due), share, begin, fire_and_claim)
        except Exception:
            # One that cannot be fired keeps the others from it. Whose fault it is, that tells.
            fired, taken = await fire_one_by_one(tools, _tenant(due), self._batch), 0
        tools.statistics.fired += fired
        return fired, taken

    async def _hear(self, due: Row) -> int:
        return await self._hearing.hear(_tenant(due))

    async def _expire(self, due: Row) -> int:
        tools = self._tools
        return await expire_due(
            tools.database, tools.bell, _tenant(due), tools.clock(), self._batch
        )

    async def _show(self, due: Row) -> int:
        tools = self._tools
        return await show_due(tools.database, tools.bell, _tenant(due), tools.clock(), self._batch)

    async def _take(self, tenant_id: UUID, share: int, begin: Begin, claim: Claiming) -> int:
        """Claim as many as there are slots for, be it none, and begin with each."""
        tools = self._tools
        granted = tools.slots.reserve(tenant_id, self._batch, share)
        claims: list[Claim] = []
        try:
            claims = await claim(tenant_id, granted)
        finally:
            tools.slots.release(tenant_id, granted - len(claims))
        if len(claims) == granted < self._batch:
            tools.slots.want()
        if claims:
            self._last_served = tenant_id
        tools.statistics.claimed += len(claims)
        begin(claims)
        return len(claims)


def _tenant(row: Row) -> UUID:
    tenant_id: UUID = row["tenant_id"]
    return tenant_id
