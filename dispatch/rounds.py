"""Rounds: every tenant with due work gets a turn, a bounded batch each, round robin."""

import asyncio
from collections.abc import Callable, Set
from uuid import UUID

from dispatch.duties import BESIDE, Duty, Work, find_work
from dispatch.fairness import in_turn
from dispatch.guarding import Guard
from dispatch.rescue import Rescuer
from dispatch.tools import DATABASE_TROUBLE, Tools
from dispatch.turn import Begin, Terms, Turn

TURNS_AT_ONCE = 4
# Work that is due but not to be had (another worker is at it) is asked for again after so many
# seconds, and after twice as many each time that it was in vain.
LEAST_REST = 0.05
# What waits for deliveries that are in hand: the worker is woken when some of them are done.
_TAKING = frozenset({Duty.SEND, Duty.LOOK})

Collect = Callable[[UUID], None]


class Rounds:
    """Finds the tenants with due work, and gives them their turns.

    `begin` is called with claims, each of which has its slot, and `collect` with each tenant that
    has files to be fetched; `rescuer` is told where leases are over.
    """

    def __init__(self, tools: Tools, guard: Guard, rescuer: Rescuer, terms: Terms) -> None:
        self._tools = tools
        self._guard = guard
        self._rescuer = rescuer
        self._terms = terms
        self._turns = asyncio.Semaphore(TURNS_AT_ONCE)
        self._last_served: UUID | None = None
        self._found: Work | None = None
        self._awake: dict[UUID, Set[Duty]] = {}
        self._held_up = False
        self._rest_in_vain = 0.0

    async def round(self, begin: Begin, collect: Collect) -> int:
        """One turn for each tenant; how many schedules and deliveries were taken up."""
        tools = self._tools
        present = tools.statistics.last_beat = tools.clock()
        self._found, self._held_up = None, False
        try:
            self._found = await find_work(tools.database, present)
        except DATABASE_TROUBLE as trouble:
            tools.weather(trouble)
            return 0
        self._awake = self._guard.awake(self._found.due)
        if any(Duty.RESCUE in duties for duties in self._awake.values()):
            self._rescuer.want()
        tenants = [each for each, duties in self._awake.items() if duties != {Duty.RESCUE}]
        share = max(1, tools.slots.capacity // max(1, len(tenants)))
        async with asyncio.TaskGroup() as group:
            turns = [
                group.create_task(self._turn(tenant_id, share, begin, collect))
                for tenant_id in in_turn(tenants, self._last_served)
            ]
        taken = sum(turn.result() for turn in turns)
        self._note_how_it_went(taken)
        return taken

    def rest(self) -> float:
        """Seconds until there may be something to do, as far as the last round saw.

        Infinite when nothing is in sight. What is done beside the turns is not waited for.
        """
        if self._found is None:
            return self._tools.pause.total_seconds()
        next_at, waits = self._found.next_at, [self._guard.shortest_rest()]
        if self._rest_in_vain:
            waits.append(self._rest_in_vain)
        if self._held_up:
            # Other workers may be done before this one, and do not tell.
            waits.append(self._tools.pause.total_seconds())
        if next_at is not None:
            waits.append((next_at - self._tools.clock()).total_seconds())
        return max(0.0, min(waits))

    def _note_how_it_went(self, taken: int) -> None:
        """Rest longer each time that nothing of what is due was to be had, as long as a pause."""
        due = any(duties - BESIDE for duties in self._awake.values())
        longer = min(2 * self._rest_in_vain or LEAST_REST, self._tools.pause.total_seconds())
        self._rest_in_vain = longer if due and not taken else 0.0

    async def _turn(self, tenant_id: UUID, share: int, begin: Begin, collect: Collect) -> int:
        async with self._turns:
            self._tools.statistics.last_beat = self._tools.clock()
            duties = self._awake[tenant_id]
            if Duty.COLLECT in duties:
                collect(tenant_id)
            turn = Turn(self._tools, self._guard, self._terms, tenant_id, share=share, begin=begin)
            done = await turn.work(duties)
            if turn.claimed:
                self._last_served = tenant_id
            if turn.held_up:
                self._awake[tenant_id] = duties - _TAKING
                self._held_up = True
            return done
