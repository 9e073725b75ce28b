"""The table's trigger lets a delivery take the steps of DELIVERY_TRANSITIONS and no other."""

import asyncpg
import pytest

from models.deliveries import DELIVERY_TRANSITIONS, DeliveryStatus
from models.ids import new_id
from tests.dispatch.house import House

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
