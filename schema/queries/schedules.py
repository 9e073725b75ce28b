"""Finding schedules."""

import strawberry

from models.tenants import Role
from resolvers import deliveries as resolve_deliveries
from resolvers import schedules as resolve
from resolvers.deliveries import BY_CHANGE
from resolvers.loaders.deliveries import DeliveryFilter
from resolvers.loaders.schedules import BY_CREATION
from resolvers.paging import page_request
from resolvers.schedules import ScheduleFilter
from resolvers.timing import preview_occurrences
from schema.connections import After, Connection, First, connection
from schema.deliveries import Delivery, DeliveryFilterInput
from schema.enums import ScheduleStatus
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id
from schema.schedules import Schedule
from schema.timing import Occurrence, TimingInput, shown


@strawberry.input(description="Which schedules; each given condition holds.")
class ScheduleFilterInput:
    status: ScheduleStatus | None = None
    conversation_id: strawberry.ID | None = None

    def parsed(self) -> ScheduleFilter:
        """The filter as resolvers take it. Raises BAD_ID."""
        return ScheduleFilter(
            self.status,
            decode_optional_id(IdType.CONVERSATION, self.conversation_id, "conversationId"),
        )


@strawberry.type
class ScheduleQueries:
    @strawberry.field
    async def schedule(self, info: Info, id: strawberry.ID) -> Schedule | None:
        return await find_schedule(info, id)

    @strawberry.field(description="For conversations that the viewer may see; the newest first.")
    async def schedules(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: ScheduleFilterInput | None = None,
    ) -> Connection[Schedule]:
        wanted = filter.parsed() if filter else ScheduleFilter()
        page = await resolve.list_schedules(info.context, page_request(first, after), wanted)
        return connection(
            page,
            BY_CREATION,
            Schedule,
            lambda: resolve.count_schedules(info.context, wanted),
        )

    @strawberry.field
    async def delivery(self, info: Info, id: strawberry.ID) -> Delivery | None:
        return await find_delivery(info, id)

    @strawberry.field(
        description="Those of all schedules that are FAILED, EXPIRED or UNKNOWN; the last changed"
        " first."
    )
    async def failed_deliveries(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: DeliveryFilterInput | None = None,
    ) -> Connection[Delivery]:
        wanted = filter.parsed() if filter else DeliveryFilter()
        request = page_request(first, after)
        return connection(
            await resolve_deliveries.list_failed_deliveries(info.context, request, wanted),
            BY_CHANGE,
            Delivery,
            lambda: resolve_deliveries.count_failed_deliveries(info.context, wanted),
        )

    @strawberry.field(
        description="The first occurrences that a schedule of this timing would have."
    )
    async def preview_occurrences(
        self, info: Info, input: TimingInput, first: First = 5
    ) -> list[Occurrence]:
        timing, now = input.timing(), info.context.services.clock()
        info.context.viewer.require(Role.VIEWER)
        found = await preview_occurrences(timing, now, 5 if first is None else first)
        return shown(found, input.time_zone)


async def find_delivery(info: Info, key: strawberry.ID) -> Delivery:
    """The delivery with an id. Raises BAD_ID or NOT_FOUND."""
    delivery_id = decode_id(IdType.DELIVERY, key)
    return Delivery(row=await resolve_deliveries.find_delivery(info.context, delivery_id))


async def find_schedule(info: Info, key: strawberry.ID) -> Schedule:
    """The schedule with an id. Raises BAD_ID or NOT_FOUND."""
    schedule_id = decode_id(IdType.SCHEDULE, key)
    return Schedule(row=await resolve.find_schedule(info.context, schedule_id))
