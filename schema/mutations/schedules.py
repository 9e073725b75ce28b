"""Making and ending schedules."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import strawberry

from models.database import Row
from resolvers import schedules as resolve
from resolvers.schedules import NewSchedule
from schema.errors import MutationResult, UserError, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id
from schema.schedules import Schedule


@strawberry.input
class CreateScheduleInput:
    conversation_id: strawberry.ID
    body: str
    send_at: datetime = strawberry.field(description="Without an offset it is meant in `timeZone`.")
    time_zone: str = strawberry.field(default="UTC", description="An IANA name.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Yours: creating it again gives the first schedule."
    )

    def parsed(self) -> NewSchedule:
        """Raises BAD_ID."""
        return NewSchedule(
            decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId"),
            self.body,
            self.send_at,
            self.time_zone,
            self.idempotency_key,
        )


@strawberry.input
class CancelScheduleInput:
    schedule_id: strawberry.ID

    def key(self) -> UUID:
        """The schedule's UUID. Raises BAD_ID."""
        return decode_id(IdType.SCHEDULE, self.schedule_id, "scheduleId")


@strawberry.type
class _ScheduleResult(MutationResult):
    schedule: Schedule | None = None


@strawberry.type
class CreateSchedulePayload(_ScheduleResult):
    pass


@strawberry.type
class CancelSchedulePayload(_ScheduleResult):
    pass


@strawberry.type
class ScheduleMutations:
    @strawberry.mutation(description="The message is sent as the viewer when its time comes.")
    async def create_schedule(
        self, info: Info, input: CreateScheduleInput
    ) -> CreateSchedulePayload:
        schedule, errors = await _changed(
            lambda: resolve.create_schedule(info.context, input.parsed())
        )
        return CreateSchedulePayload(schedule=schedule, user_errors=errors)

    @strawberry.mutation(description="What a worker holds already may still be sent.")
    async def cancel_schedule(
        self, info: Info, input: CancelScheduleInput
    ) -> CancelSchedulePayload:
        schedule, errors = await _changed(
            lambda: resolve.cancel_schedule(info.context, input.key())
        )
        return CancelSchedulePayload(schedule=schedule, user_errors=errors)


async def _changed(
    change: Callable[[], Awaitable[Row]],
) -> tuple[Schedule | None, list[UserError]]:
    row, errors = await outcome(change)
    return (Schedule(row=row) if row else None), errors
