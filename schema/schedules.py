"""Schedules and how far they have come."""

from datetime import datetime

import strawberry

from resolvers import conversations as resolve_conversations
from resolvers import schedules as resolve
from resolvers.loaders.schedules import BY_CREATION
from resolvers.paging import page_request
from resolvers.schedules import ScheduleFilter
from schema.connections import After, Connection, First, connection
from schema.conversations import Conversation, User
from schema.enums import DeliveryStatus, EventKind, ScheduleStatus
from schema.fields import Info, Node, column
from schema.ids import IdType, decode_optional_id


@strawberry.type(description="How many deliveries of a schedule have a status.")
class DeliveryCount:
    status: DeliveryStatus
    count: int


@strawberry.type(description="A message that is to be sent into a conversation at a time.")
class Schedule(Node):
    id_type = IdType.SCHEDULE

    status: ScheduleStatus = column()
    body: str = column()
    send_at: datetime = column()
    time_zone: str = column("The IANA zone in which the time was meant.")
    next_at: datetime | None = column("When the next occurrence is due; null when none is left.")
    created_at: datetime = column()

    @strawberry.field
    async def conversation(self, info: Info) -> Conversation:
        row = await resolve_conversations.find_conversation(info.context, self.row.conversation_id)
        return Conversation(row=row)

    @strawberry.field
    async def created_by(self, info: Info) -> User | None:
        row = await info.context.loaders.user.load(self.row.created_by_id)
        return User(row=row) if row else None

    @strawberry.field(description="Its deliveries, counted by status; only statuses that occur.")
    async def deliveries(self, info: Info) -> list[DeliveryCount]:
        rows = await info.context.loaders.deliveries.load(self.row.id)
        return [
            DeliveryCount(status=DeliveryStatus(row.status), count=row["count"]) for row in rows
        ]


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


@strawberry.type(description="A change of a schedule. `cursor` resumes after it.")
class ScheduleEvent:
    cursor: str
    kind: EventKind
    at: datetime
    schedule: Schedule


async def schedules(
    info: Info,
    first: First = None,
    after: After = None,
    filter: ScheduleFilterInput | None = None,
) -> Connection[Schedule]:
    """The schedules for conversations that the viewer may see, newest first."""
    wanted = filter.parsed() if filter else ScheduleFilter()
    page = await resolve.list_schedules(info.context, page_request(first, after), wanted)
    return connection(
        page,
        BY_CREATION,
        lambda row: Schedule(row=row),
        lambda: resolve.count_schedules(info.context, wanted),
    )
