"""Who pays for an operation, and when it is refused."""

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple
from uuid import UUID

from graphql import GraphQLError, OperationType

from app.graphql.cost import CostModel
from app.graphql.documents import Prepared
from app.graphql.errors import DocumentError, Refused, TransportCode, coded
from app.graphql.executor import Variables
from app.metering.buckets import Buckets, Charge, Exhausted
from resolvers.context import Stranger, Viewer

REMEMBERED = 10_000
MAKE_SCHEDULES = ("createSchedule", "copySchedule")


@dataclass(frozen=True, slots=True)
class Budgets:
    """`operation` is what one may cost; the others are costs a minute, and schedules a minute."""

    operation: int
    viewer: int
    tenant: int
    address: int
    schedules: int


class Receipt(NamedTuple):
    """What an operation was charged, what it may cost, and what is left to whoever asked."""

    requested: int
    limit: int
    remaining: int

    def as_extension(self) -> dict[str, int]:
        """`extensions.cost` of a result."""
        return {"requested": self.requested, "limit": self.limit, "remaining": self.remaining}


class Meter:
    """Computes what operations cost and takes it from the budgets of those who ask."""

    def __init__(self, model: CostModel, buckets: Buckets, budgets: Budgets) -> None:
        self._model = model
        self._buckets = buckets
        self._budgets = budgets
        # Clients have few operations between them, and come again.
        self._charges = lru_cache(REMEMBERED)(partial(_charges, budgets))

    def charge(
        self, prepared: Prepared, variables: Variables | None, asker: Viewer | Stranger
    ) -> Receipt:
        """Charge for an operation before it runs.

        Raises `DocumentError` with QUERY_TOO_COSTLY, or `Refused` with RATE_LIMITED.
        """
        cost = self._model.cost(prepared, variables or {})
        limit = self._budgets.operation
        if cost > limit:
            raise DocumentError([_too_costly(cost, limit)])
        if isinstance(asker, Viewer):
            charges = self._charges(asker.account, asker.tenant_id, asker.address, cost)
            if prepared.kind is OperationType.MUTATION:
                charges += self._for_schedules(prepared, asker.account)
        else:
            charges = self._charges(None, None, asker.address, cost)
        try:
            remaining = self._buckets.spend(charges) if charges else limit
        except Exhausted as exhausted:
            raise _rate_limited(exhausted.retry_after) from None
        return Receipt(cost, limit, remaining)

    def _for_schedules(self, prepared: Prepared, account: str) -> tuple[Charge, ...]:
        count = sum(name in MAKE_SCHEDULES for name in prepared.root_fields)
        if not count:
            return ()
        return (Charge.of(f"schedules:{account}", count, self._budgets.schedules),)


def _charges(
    budgets: Budgets, account: str | None, tenant_id: UUID | None, address: str | None, cost: int
) -> tuple[Charge, ...]:
    """What an operation takes of the budgets of a viewer, their tenant and their address."""
    charges = []
    if account is not None:
        charges.append(Charge.of(f"viewer:{account}", cost, budgets.viewer))
    if tenant_id is not None:
        charges.append(Charge.of(f"tenant:{tenant_id.hex}", cost, budgets.tenant))
    if address is not None:
        charges.append(Charge.of(f"address:{address}", cost, budgets.address))
    return tuple(charges)


def _too_costly(cost: int, limit: int) -> GraphQLError:
    message = f"The operation costs {cost}, more than {limit}: ask for smaller pages."
    return coded(TransportCode.QUERY_TOO_COSTLY, message, cost={"requested": cost, "limit": limit})


def _rate_limited(retry_after: int) -> Refused:
    return Refused(
        TransportCode.RATE_LIMITED,
        f"The budget of this minute is used up; come back in {retry_after} s.",
        status=429,
        headers={"Retry-After": str(retry_after)},
        extensions={"retryAfter": retry_after},
    )
