"""Deliveries whose worker died, or lost its database, in the middle of sending."""

from datetime import datetime
from uuid import UUID

from dispatch.claiming import expired_claims
from dispatch.outcomes import Outcome, record_outcomes
from models.database import Database
from models.deliveries import DeliveryStatus
from realtime.unit_of_work import Bell

LEASE_EXPIRED = "LEASE_EXPIRED"


async def rescue_expired(
    database: Database, bell: Bell, tenant_id: UUID, now: datetime, limit: int
) -> int:
    """Make UNKNOWN of up to `limit` claims whose lease is over, to be looked for at once.

    Nobody can tell how far their worker got, so none is sent again before it was looked for.
    Returns how many were rescued; what its worker or another rescuer recorded first is left.
    """
    expired = await expired_claims(database, tenant_id, now, limit)
    if not expired:
        return 0
    lost = [Outcome(claim, DeliveryStatus.UNKNOWN, LEASE_EXPIRED, look_at=now) for claim in expired]
    return len(await record_outcomes(database, bell, tenant_id, lost, now))
