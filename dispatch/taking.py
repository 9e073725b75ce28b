"""One tenant's turn to send: what it may take now, shared among its devices and priorities."""

from datetime import datetime

from dispatch.claiming import Claim, claim_heads
from dispatch.lanes import open_lanes, shares
from dispatch.limiting import RatePolicy, claim_limited
from models.database import ScopedConnection


async def claim_due(
    connection: ScopedConnection,
    now: datetime,
    lease_until: datetime,
    limit: int,
    *,
    rates: RatePolicy,
) -> list[Claim]:
    """Take up to `limit` queued deliveries that are due, to send them.

    Of each open lane its share, the longest overdue first; where rates bound a lane, so many as
    they leave room for.
    """
    given = shares(await open_lanes(connection, now, rates.tiers), limit)
    free = {} if rates.bounds_everything else {k: n for k, n in given.items() if k.free}
    bound = {lane: count for lane, count in given.items() if lane not in free}
    claims = await claim_heads(connection, free, now, lease_until) if free else []
    if bound:
        async with connection.transaction():
            claims += await claim_limited(connection, bound, rates, now, lease_until)
    return claims
