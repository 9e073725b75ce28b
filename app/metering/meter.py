"""Who pays for an operation, and when it is refused."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypedDict
from uuid import UUID

from graphql import GraphQLError, OperationType

from app.graphql.cost import CostModel
from app.graphql.documents import Prepared
from app.graphql.errors import DocumentError, Refused, TransportCode, coded
from app.graphql.executor import Variables
from app.metering.buckets import Bucket, Buckets, Exhausted
from resolvers.context import Stranger, Viewer

REMEMBERED = 20_000
MAKE_SCHEDULES = ("createSchedule", "copySchedule")


@dataclass(frozen=True, slots=True)
class Budgets:
    """`operation` is what one may cost; the others are costs a minute, and schedules a minute."""

    operation: int
    viewer: int
    tenant: int
    address: int
    schedules: int


class Receipt(TypedDict):
    """`extensions.cost` of a result: what the operation was charged, what it may cost, and what is
    left to whoever asked."""

    requested: int
    limit: int
    remaining: int


class Meter:
    """Computes what operations cost and takes it from the budgets of those who ask."""

    def __init__(self, model: CostModel, buckets: Buckets, budgets: Budgets) -> None:
        self._model = model
        self._buckets = buckets
        self._budgets = budgets
        # Who asks once asks again; and a bucket that nobody holds is forgotten.
        self._payers = lru_cache(REMEMBERED)(self._find_payers)
        self._of_schedules = lru_cache(REMEMBERED)(self._find_bucket_of_schedules)

    def charge(self, prepared: Prepared, variables: Variables, asker: Viewer | Stranger) -> Receipt:
        """Charge for an operation before it runs.

        Raises `DocumentError` with QUERY_TOO_COSTLY, or `Refused` with RATE_LIMITED.
        """
        cost = self._model.cost(prepared, variables)
        limit = self._budgets.operation
        if cost > limit:
            raise DocumentError([_too_costly(cost, limit)])
        schedules: tuple[tuple[Bucket, int], ...] = ()
        if isinstance(asker, Viewer):
            payers = self._payers(asker.account, asker.tenant_id, asker.address)
            if prepared.kind is OperationType.MUTATION:
                schedules = self._for_schedules(prepared, asker.account)
        else:
            payers = self._payers(None, None, asker.address)
        try:
            remaining = self._buckets.spend(payers, cost, *schedules) if payers else limit
        except Exhausted as exhausted:
            raise _rate_limited(exhausted.retry_after) from None
        return {"requested": cost, "limit": limit, "remaining": remaining}

    def _for_schedules(self, prepared: Prepared, account: str) -> tuple[tuple[Bucket, int], ...]:
        count = sum(name in MAKE_SCHEDULES for name in prepared.root_fields)
        return ((self._of_schedules(account), count),) if count else ()

    def _find_bucket_of_schedules(self, account: str) -> Bucket:
        return self._buckets.of(f"schedules:{account}", self._budgets.schedules)

    def _find_payers(
        self, account: str | None, tenant_id: UUID | None, address: str | None
    ) -> tuple[Bucket, ...]:
        """The buckets of a viewer, their tenant and their address, as far as there are such."""
        buckets, budgets, payers = self._buckets, self._budgets, []
        if account is not None:
            payers.append(buckets.of(f"viewer:{account}", budgets.viewer))
        if tenant_id is not None:
            payers.append(buckets.of(f"tenant:{tenant_id.hex}", budgets.tenant))
        if address is not None:
            payers.append(buckets.of(f"address:{address}", budgets.address))
        return tuple(payers)


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
