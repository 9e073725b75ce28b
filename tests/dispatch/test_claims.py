"""Claims, their leases and fencing tokens, and what is recorded of them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from dispatch.claiming import Claim, claim_unknown
from dispatch.limiting import RatePolicy
from dispatch.outcomes import Outcome, record_outcomes
from dispatch.rescue import rescue_expired
from dispatch.taking import claim_due
from models.deliveries import DeliveryStatus
from tests.dispatch.house import House

LEASE = timedelta(seconds=60)
SENT, QUEUED, UNKNOWN = DeliveryStatus.SENT, DeliveryStatus.QUEUED, DeliveryStatus.UNKNOWN


async def queue(house: House, count: int = 1) -> None:
    for n in range(count):
        await house.schedule(f"message {n}", seconds=n)
    house.clock.move(seconds=count)
    await house.fire(count)


async def take(house: House, limit: int = 100) -> list[Claim]:
    now = house.clock()
    async with house.database.connection(house.tenant) as connection:
        return await claim_due(connection, now, now + LEASE, limit, rates=RatePolicy())


async def record(
    house: House, claim: Claim, status: DeliveryStatus, **details: Any
) -> list[Outcome]:
    outcome = Outcome(claim, status, **details)
    return await record_outcomes(
        house.database, house.bells, house.tenant, [outcome], house.clock()
    )


async def rescue(house: House) -> int:
    return await rescue_expired(house.database, house.bells, house.tenant, house.clock(), 100)


async def test_a_claim_counts_the_attempt_and_holds_a_lease(house: House) -> None:
    await queue(house)
    [claim] = await take(house)
    assert claim.outgoing.attempt == 1
    assert claim.outgoing.sender_id == house.user
    assert claim.held_as is DeliveryStatus.SENDING
    [delivery] = await house.deliveries()
    assert delivery["status"] == "SENDING"
    assert delivery["lease_until"] == claim.held_until == house.clock() + LEASE
    assert await take(house) == []


async def test_the_longest_overdue_are_claimed_first_and_in_order(house: House) -> None:
    await queue(house, 5)
    bodies = [claim.outgoing.body for claim in await take(house, 3)]
    assert bodies == ["message 0", "message 1", "message 2"]


async def test_claims_made_at_once_share_out_what_is_due(house: House) -> None:
    await queue(house, 40)
    shares = await asyncio.gather(*(take(house, 15) for _ in range(4)))
    shares.append(await take(house))
    ids = [claim.outgoing.delivery_id for share in shares for claim in share]
    assert len(ids) == len(set(ids)) == 40


async def test_an_outcome_is_recorded_once(house: House) -> None:
    await queue(house)
    [claim] = await take(house)
    assert len(await record(house, claim, SENT, external_id="x")) == 1
    assert await record(house, claim, DeliveryStatus.FAILED, error_code="LATE") == []
    [delivery] = await house.deliveries()
    assert (delivery["status"], delivery["external_id"]) == ("SENT", "x")
    assert (delivery["lease_until"], delivery["error_code"]) == (None, None)


async def test_an_outcome_of_an_earlier_attempt_is_refused(house: House) -> None:
    await queue(house)
    [first] = await take(house)
    await record(house, first, QUEUED, error_code="BUSY", due_at=house.clock())
    [second] = await take(house)
    assert second.outgoing.attempt == 2
    assert await record(house, first, SENT) == []
    assert await house.statuses() == ["SENDING"]


async def test_a_failed_attempt_is_due_again_when_its_wait_is_over(house: House) -> None:
    await queue(house)
    [claim] = await take(house)
    await record(house, claim, QUEUED, due_at=house.clock() + timedelta(seconds=5))
    assert await take(house) == []
    house.clock.move(seconds=5)
    assert len(await take(house)) == 1


async def test_only_claims_whose_lease_is_over_are_rescued(house: House) -> None:
    await queue(house)
    await take(house)
    house.clock.move(seconds=59)
    assert await rescue(house) == 0
    house.clock.move(seconds=1)
    assert await rescue(house) == 1
    assert await rescue(house) == 0
    [delivery] = await house.deliveries()
    assert (delivery["status"], delivery["error_code"]) == ("UNKNOWN", "LEASE_EXPIRED")


async def test_rescuers_at_once_tell_the_subscribers_once(house: House) -> None:
    await queue(house)
    [claim] = await take(house)
    house.clock.move(seconds=60)
    assert sorted(await asyncio.gather(rescue(house), rescue(house))) == [0, 1]
    assert house.bells.of(claim.outgoing.schedule_id)[1:] == [("SCHEDULE_PROGRESS", {"unknown": 1})]


async def test_a_success_that_comes_after_the_rescue_is_the_truth(house: House) -> None:
    await queue(house)
    [claim] = await take(house)
    house.clock.move(seconds=60)
    await rescue(house)
    assert len(await record(house, claim, SENT, external_id="x")) == 1
    assert await house.statuses() == ["SENT"]


@pytest.mark.parametrize("status", [QUEUED, DeliveryStatus.FAILED, UNKNOWN])
async def test_any_other_outcome_that_comes_after_the_rescue_is_refused(
    house: House, status: DeliveryStatus
) -> None:
    await queue(house)
    [claim] = await take(house)
    house.clock.move(seconds=60)
    await rescue(house)
    assert await record(house, claim, status) == []
    assert await house.statuses() == ["UNKNOWN"]


async def test_an_unknown_one_is_looked_for_by_one_worker_at_a_time(house: House) -> None:
    await queue(house)
    [claim] = await take(house)
    await record(house, claim, UNKNOWN, look_at=house.clock())
    now = house.clock()
    looks = await asyncio.gather(
        *(claim_unknown(house.database, house.tenant, now, now + LEASE, 10) for _ in range(3))
    )
    [look] = [claim for share in looks for claim in share]
    assert (look.held_as, look.looks, look.outgoing.attempt) == (UNKNOWN, 1, 1)


async def test_a_look_whose_worker_died_is_taken_again(house: House) -> None:
    await queue(house)
    [claim] = await take(house)
    await record(house, claim, UNKNOWN, look_at=house.clock())
    now = house.clock()
    await claim_unknown(house.database, house.tenant, now, now + LEASE, 10)
    house.clock.move(seconds=60)
    now = house.clock()
    [again] = await claim_unknown(house.database, house.tenant, now, now + LEASE, 10)
    assert again.looks == 2


async def test_staying_unknown_is_told_once(house: House) -> None:
    await queue(house)
    [claim] = await take(house)
    await record(house, claim, UNKNOWN, look_at=house.clock())
    now = house.clock()
    [look] = await claim_unknown(house.database, house.tenant, now, now + LEASE, 10)
    assert len(await record(house, look, UNKNOWN, look_at=None)) == 1
    told = house.bells.of(claim.outgoing.schedule_id)[1:]
    assert told == [("SCHEDULE_PROGRESS", {"unknown": 1})]


async def test_what_fails_after_its_schedule_was_cancelled_is_cancelled(house: House) -> None:
    await queue(house)
    [claim] = await take(house)
    schedule = claim.outgoing.schedule_id
    await house.owner.execute("UPDATE schedules SET status = 'CANCELLED' WHERE id = $1", schedule)
    [step] = await record(house, claim, QUEUED, due_at=house.clock())
    assert step.status is DeliveryStatus.CANCELLED
    assert await house.statuses() == ["CANCELLED"]
    assert house.bells.of(schedule)[1:] == [("SCHEDULE_PROGRESS", {"cancelled": 1})]


async def test_a_batch_tells_each_schedule_its_counts(house: House) -> None:
    await queue(house, 3)
    claims = await take(house)
    outcomes = [Outcome(claim, SENT) for claim in claims]
    recorded = await record_outcomes(
        house.database, house.bells, house.tenant, outcomes, house.clock()
    )
    assert len(recorded) == 3
    for claim in claims:
        told = house.bells.of(claim.outgoing.schedule_id)
        assert told[1:] == [("SCHEDULE_PROGRESS", {"sent": 1})]
