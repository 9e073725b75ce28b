"""Having deliveries stopped, and tried again."""

import strawberry

from resolvers import deliveries as resolve
from resolvers.deliveries import Chosen
from resolvers.loaders.deliveries import DeliveryFilter
from schema.deliveries import DeliveryFilterInput
from schema.errors import MutationResult, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id


@strawberry.input
class _ChoosesDeliveries:
    delivery_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="At most 1,000; or give `scheduleId`, or a `filter` over the whole tenant.",
    )
    schedule_id: strawberry.ID | None = None
    filter: DeliveryFilterInput | None = strawberry.field(
        default=None,
        description="Which of them; left out: all that can take the step. Alone it must have a"
        " condition, and means those of all schedules that the viewer may see.",
    )

    def parsed(self) -> Chosen:
        """Raises BAD_ID."""
        ids = None
        if self.delivery_ids is not None:
            found = (decode_id(IdType.DELIVERY, key, "deliveryIds") for key in self.delivery_ids)
            ids = tuple(dict.fromkeys(found))
        schedule_id = decode_optional_id(IdType.SCHEDULE, self.schedule_id, "scheduleId")
        return Chosen(ids, schedule_id, self.filter.parsed() if self.filter else DeliveryFilter())


@strawberry.input
class CancelDeliveriesInput(_ChoosesDeliveries):
    pass


@strawberry.input
class RetryDeliveriesInput(_ChoosesDeliveries):
    may_repeat: bool = strawberry.field(
        default=False,
        description="Those of UNKNOWN outcome, too: they may have been sent, and be sent twice.",
    )


@strawberry.type
class _Stepped(MutationResult):
    more: bool | None = strawberry.field(
        description="Whether others like them are left: 500 schedules are seen to at once."
    )


@strawberry.type
class CancelDeliveriesPayload(_Stepped):
    count: int | None = strawberry.field(description="How many were cancelled.")


@strawberry.type
class RetryDeliveriesPayload(_Stepped):
    count: int | None = strawberry.field(description="How many were queued again.")


@strawberry.type
class DeliveryMutations:
    @strawberry.mutation(description="Those that are queued; what a worker holds may still go out.")
    async def cancel_deliveries(
        self, info: Info, input: CancelDeliveriesInput
    ) -> CancelDeliveriesPayload:
        done, errors = await outcome(
            lambda: resolve.cancel_deliveries(info.context, input.parsed())
        )
        return CancelDeliveriesPayload(
            count=done.count if done else None,
            more=done.more if done else None,
            user_errors=errors,
        )

    @strawberry.mutation(description="Those that failed or expired, of schedules not cancelled.")
    async def retry_deliveries(
        self, info: Info, input: RetryDeliveriesInput
    ) -> RetryDeliveriesPayload:
        done, errors = await outcome(
            lambda: resolve.retry_deliveries(
                info.context, input.parsed(), may_repeat=input.may_repeat
            )
        )
        return RetryDeliveriesPayload(
            count=done.count if done else None,
            more=done.more if done else None,
            user_errors=errors,
        )
