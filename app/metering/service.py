"""The service that operations are paid for at."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLSchema, OperationType

from app.graphql.cost import CostModel
from app.graphql.documents import Prepared
from app.graphql.executor import Variables
from app.graphql.incremental import Result
from app.graphql.service import Outcome
from app.metering.buckets import Buckets
from app.metering.meter import Budgets, Meter, Receipt
from app.metering.weights import weights_of
from app.signin.doorkeeper import Doorkeeper
from resolvers.context import Context


class MeteredService(Doorkeeper):
    """The doorkeeper's service, behind a meter. Results of queries and mutations carry
    `extensions.cost`; a subscription is paid for once, when it begins."""

    def __init__(
        self, schema: GraphQLSchema, *, buckets: Buckets, budgets: Budgets, **options: Any
    ) -> None:
        """`options` are those of `GraphQLService`."""
        super().__init__(schema, **options)
        self._meter = Meter(CostModel(schema, weights_of(schema)), buckets, budgets)

    async def execute(
        self, prepared: Prepared, context: object, variables: Variables | None
    ) -> Result:
        """Raises `Refused`, or `DocumentError` for what costs too much."""
        receipt = self._charge(prepared, context, variables)
        result = await super().execute(prepared, context, variables)
        result.setdefault("extensions", {})["cost"] = receipt.as_extension()
        return result

    async def run(
        self,
        prepared: Prepared,
        variables: Variables | None,
        context_for: Callable[[], object],
    ) -> Outcome:
        """Raises like `execute`."""
        if prepared.kind is OperationType.SUBSCRIPTION or prepared.incremental:
            self._charge(prepared, context_for(), variables)
        # All else comes by way of `execute`.
        return await super().run(prepared, variables, context_for)

    def _charge(self, prepared: Prepared, context: object, variables: Variables | None) -> Receipt:
        assert isinstance(context, Context), "the application's doors give these"
        return self._meter.charge(prepared, variables, context.asker)
