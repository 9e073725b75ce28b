"""Schedules and how far they have come."""

from datetime import datetime

import strawberry

from resolvers import conversations as resolve_conversations
from schema.conversations import Conversation, User
from schema.enums import DeliveryStatus, EventKind, ScheduleStatus
from schema.fields import SAME_FOR_ALL, Info, Node, column
from schema.ids import IdType


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

    @strawberry.field(metadata=SAME_FOR_ALL)
    async def conversation(self, info: Info) -> Conversation:
        row = await resolve_conversations.find_conversation(info.context, self.row.conversation_id)
        return Conversation(row=row)

    @strawberry.field(metadata=SAME_FOR_ALL)
    async def created_by(self, info: Info) -> User | None:
        row = await info.context.loaders.user.load(self.row.created_by_id)
        return User(row=row) if row else None

    @strawberry.field(
        metadata=SAME_FOR_ALL,
        description="Its deliveries, counted by status; only statuses that occur.",
    )
    async def deliveries(self, info: Info) -> list[DeliveryCount]:
        rows = await info.context.loaders.deliveries.load(self.row.id)
        return [
            DeliveryCount(status=DeliveryStatus(row.status), count=row["count"]) for row in rows
        ]


@strawberry.type(description="A change of a schedule. `cursor` resumes after it.")
class ScheduleEvent:
    cursor: str
    kind: EventKind
    at: datetime
    schedule: Schedule
