"""Deliveries take the steps of DELIVERY_TRANSITIONS and no other.

The table's trigger refuses the others; a Hypothesis machine lets everybody at them, in any order.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dispatch.claiming import Claim, claim_unknown
from dispatch.counting import COMPLETED
from dispatch.ear import Ear
from dispatch.limiting import RatePolicy
from dispatch.outcomes import Outcome, record_outcomes
from dispatch.reports import record_reports
from dispatch.rescue import rescue_expired
from dispatch.sending import Sender
from dispatch.taking import claim_due
from gateways.protocol import Action, GatewayError, Outgoing, Sent
from gateways.whatsapp_records import MessageStatus, StatusUpdate
from models.deliveries import DELIVERY_TRANSITIONS, DeliveryStatus
from models.ids import new_id
from models.tenants import Role
from resolvers.context import Context, Services, Viewer
from resolvers.deliveries import Chosen, cancel_deliveries, retry_deliveries
from tests.dispatch.house import House

T = TypeVar("T")
DELIVERIES = 4
LEASE = timedelta(seconds=60)
WATCH_STEPS = (
    "CREATE TABLE steps (tenant_id uuid, was text, status text)",
    """
    CREATE FUNCTION watch_step() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        INSERT INTO public.steps VALUES (NEW.tenant_id, OLD.status, NEW.status);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER watch_step AFTER UPDATE OF status ON deliveries
        FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION watch_step()
    """,
)

PUT = """
INSERT INTO deliveries (id, tenant_id, schedule_id, conversation_id, occurrence_at, recipient,
    status, body, due_at, attempt, looks, lease_until, created_at, updated_at)
SELECT $1::uuid, tenant_id, id, conversation_id, send_at, $1::uuid::text, $3, body, send_at, 0, 0,
    CASE WHEN $3 = 'SENDING' THEN send_at END, send_at, send_at
FROM schedules WHERE id = $2
"""
STEP = """
UPDATE deliveries
SET status = $2, lease_until = CASE WHEN $2 = 'SENDING' THEN due_at END WHERE id = $1
"""


async def accepts(house: House, schedule: object, old: str, new: str) -> bool:
    """Whether PostgreSQL lets a delivery go from one status to another."""
    delivery = new_id()
    await house.owner.execute(PUT, delivery, schedule, old)
    try:
        await house.owner.execute(STEP, delivery, new)
    except asyncpg.CheckViolationError:
        return False
    return True


@pytest.mark.parametrize("old", list(DeliveryStatus))
async def test_the_table_takes_the_steps_of_the_state_machine_alone(
    house: House, old: DeliveryStatus
) -> None:
    schedule = await house.schedule()
    accepted = {new for new in DeliveryStatus if await accepts(house, schedule, old, new)}
    assert accepted == DELIVERY_TRANSITIONS[old] | {old}


async def test_only_a_delivery_that_is_being_sent_has_a_lease(house: House) -> None:
    schedule, delivery = await house.schedule(), new_id()
    await house.owner.execute(PUT, delivery, schedule, "QUEUED")
    with pytest.raises(asyncpg.CheckViolationError):
        await house.owner.execute(
            "UPDATE deliveries SET status = 'SENDING' WHERE id = $1", delivery
        )
    with pytest.raises(asyncpg.CheckViolationError):
        await house.owner.execute(
            "UPDATE deliveries SET lease_until = due_at WHERE id = $1", delivery
        )


class Fate(Enum):
    """What becomes of a call of the outlet: whether it takes the message, and what is heard."""

    TAKEN = True, None
    ANSWER_LOST = True, GatewayError("ANSWER_LOST", Action.UNKNOWN)
    WORKER_DIED_AFTER = True, None
    WORKER_DIED_BEFORE = False, None
    NOT_REACHED = False, GatewayError("NOT_REACHED", Action.UNKNOWN)
    BUSY = False, GatewayError("BUSY", Action.RETRY)
    REFUSED = False, GatewayError("REFUSED", Action.FAIL)

    @property
    def tells(self) -> bool:
        """Whether the worker lives to record it."""
        return self not in {Fate.WORKER_DIED_AFTER, Fate.WORKER_DIED_BEFORE}


FATES = st.lists(st.sampled_from(Fate), min_size=DELIVERIES, max_size=DELIVERIES)


class Outlet:
    """Takes messages as `fate` says. Of one that it has not taken it can tell, or not."""

    def __init__(self) -> None:
        self.fate = Fate.TAKEN
        self.taken: Counter[UUID] = Counter()

    async def send(self, outgoing: Outgoing) -> Sent:
        takes, error = self.fate.value
        self.taken[outgoing.delivery_id] += takes
        if error is not None:
            raise error
        return Sent(wamid(outgoing.delivery_id))

    async def find(self, outgoing: Outgoing) -> Sent | None:
        if self.fate is Fate.NOT_REACHED:
            raise GatewayError("NOT_REACHED", Action.UNKNOWN)
        return Sent(wamid(outgoing.delivery_id)) if self.taken[outgoing.delivery_id] else None


def wamid(delivery: UUID) -> str:
    return f"wamid.{delivery}"


class Lives(RuleBasedStateMachine):
    """Some deliveries whatever workers, outlets, webhooks and people do, in whatever order.

    Its rules run in a thread of their own, what they do in the loop of the tests.
    """

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = loop
        self.house = self.do(house.neighbour())
        self.device = self.do(self.house.device())
        self.schedule = self.do(self.house.queue(DELIVERIES, self.device))
        self.deliveries = [row["id"] for row in self.do(self.house.deliveries())]
        viewer = Viewer(self.house.tenant, self.house.user, Role.AGENT)
        hub: Any = None
        services = Services(house.database, house.bells, hub, clock=house.clock)
        self.people = Context.of(viewer, services)
        self.outlet = Outlet()
        self.sender = Sender(self.outlet, timedelta(seconds=30), house.clock, lambda: 0.0)
        self.late: list[Outcome] = []
        self.again = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Have it done in the loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    @initialize(fates=FATES)
    def a_worker_begins(self, fates: list[Fate]) -> None:
        self.a_worker_works(fates, in_time=False)

    @rule(fates=FATES, in_time=st.booleans())
    def a_worker_works(self, fates: list[Fate], in_time: bool) -> None:
        """It calls the outlet for each of its claims; what comes of it is recorded now or late."""
        for claim, fate in zip(self.do(self._claims()), fates, strict=False):
            self.outlet.fate = fate
            outcome = self.do(self.sender.settle(claim))
            if outcome is not None and fate.tells:
                self.late.append(outcome)
        if in_time:
            self.late_outcomes_are_recorded()

    async def _claims(self) -> list[Claim]:
        house, now = self.house, self.house.clock()
        async with house.database.connection(house.tenant) as connection:
            due = await claim_due(connection, now, now + LEASE, DELIVERIES, rates=RatePolicy())
        return due + await claim_unknown(house.database, house.tenant, now, now + LEASE, DELIVERIES)

    @rule()
    def late_outcomes_are_recorded(self) -> None:
        house, outcomes = self.house, self.late
        self.late = []
        self.do(record_outcomes(house.database, house.bells, house.tenant, outcomes, house.clock()))

    @rule(seconds=st.sampled_from([1, 61, 3_601]))
    def time_passes_and_leases_end(self, seconds: int) -> None:
        house = self.house
        house.clock.move(seconds=seconds)
        self.do(rescue_expired(house.database, house.bells, house.tenant, house.clock(), 100))

    @precondition(lambda self: any(self.outlet.taken.values()))
    @rule(which=st.integers(0, 5), told=st.sampled_from(MessageStatus))
    def webhook_tells(self, which: int, told: MessageStatus) -> None:
        taken = sorted(+self.outlet.taken)
        delivery, house = taken[which % len(taken)], self.house
        now = house.clock()
        ear = Ear(house.database, house.bells, house.tenant, self.device, now)
        update = StatusUpdate("1", wamid(delivery), told, now, None, None, str(delivery), ())
        self.do(record_reports(ear, [update]))

    @rule(which=st.integers(0, DELIVERIES - 1))
    def somebody_cancels(self, which: int) -> None:
        self.do(cancel_deliveries(self.people, Chosen(ids=(self.deliveries[which],))))

    @rule(may_repeat=st.booleans())
    def somebody_has_it_tried_again(self, may_repeat: bool) -> None:
        chosen = Chosen(schedule_id=self.schedule)
        self.again += self.do(retry_deliveries(self.people, chosen, may_repeat=may_repeat)).count

    @invariant()
    def nothing_is_sent_twice_unasked(self) -> None:
        twice = sum(count - 1 for count in self.outlet.taken.values() if count)
        assert twice <= self.again

    def teardown(self) -> None:
        """Compare the steps that were taken with the drawing, the counts and what was told."""
        steps = self.do(self._steps())
        assert {new for old, new in steps if new not in DELIVERY_TRANSITIONS[old]} == set()
        ended, failed = COMPLETED, DeliveryStatus.FAILED
        came = sum(n for (old, new), n in steps.items() if new in ended and old not in ended)
        went = sum(n for (old, new), n in steps.items() if new is failed and old in ended)
        fell = sum(n for (_, new), n in steps.items() if new is failed)
        assert self.do(self._counts()) == (came - went, fell)
        told = Counter[str]()
        for _, counts in self.house.bells.of(self.schedule):
            told.update(counts)
        taken = Counter[str]()
        for (_, new), n in steps.items():
            taken[new.lower()] += n
        del taken["sending"]
        assert told == taken

    async def _steps(self) -> Counter[tuple[DeliveryStatus, DeliveryStatus]]:
        rows = await self.house.owner.fetch(
            "SELECT was, status, count(*) FROM steps WHERE tenant_id = $1 GROUP BY 1, 2",
            self.house.tenant,
        )
        return Counter({(DeliveryStatus(a), DeliveryStatus(b)): n for a, b, n in rows})

    async def _counts(self) -> tuple[int, int]:
        row = await self.house.owner.fetchrow(
            "SELECT coalesce(sum(completed), 0)::int, coalesce(sum(failed), 0)::int"
            " FROM delivery_counts WHERE tenant_id = $1",
            self.house.tenant,
        )
        assert row is not None
        return row[0], row[1]


async def test_whatever_happens_a_delivery_takes_drawn_steps_and_each_is_counted(
    house: House,
) -> None:
    for statement in WATCH_STEPS:
        await house.owner.execute(statement)
    loop = asyncio.get_running_loop()
    # Hypothesis takes what makes a machine; its types say a class.
    machine: Any = partial(Lives, house, loop)
    bounds = settings(max_examples=25, stateful_step_count=15, derandomize=True)
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=bounds)
