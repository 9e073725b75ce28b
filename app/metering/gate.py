"""What stands before every operation: its price, and whether whoever asks may run it at all."""

from typing import Any

from graphql import GraphQLSchema

from app.graphql.cost import CostModel
from app.graphql.documents import Prepared
from app.graphql.executor import Variables
from app.metering.buckets import Buckets
from app.metering.meter import Budgets, Meter
from app.metering.weights import weights_of
from app.signin.doorkeeper import check_operation
from resolvers.context import Context


class Gate:
    """The gate of the application's service, for contexts that are `resolvers.context.Context`.

    A subscription is paid for once, when it begins.
    """

    def __init__(self, schema: GraphQLSchema, buckets: Buckets, budgets: Budgets) -> None:
        self._meter = Meter(CostModel(schema, weights_of(schema)), buckets, budgets)

    def __call__(self, prepared: Prepared, context: object, variables: Variables) -> dict[str, Any]:
        """`extensions` of the result, with what the operation costs.

        Raises `Refused`, or `DocumentError` for what costs too much. What is refused is paid for:
        nobody may guess for nothing.
        """
        assert isinstance(context, Context), "the application's doors give these"
        asker = context.asker
        receipt = self._meter.charge(prepared, variables, asker)
        check_operation(prepared, asker)
        return {"cost": receipt}
