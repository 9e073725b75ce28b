"""The root of subscriptions."""

from collections.abc import AsyncIterator

import strawberry

from resolvers import live
from resolvers.feeds import event_cursor
from schema.conversations import Message
from schema.devices import DeviceSubscriptions
from schema.events import ConversationEvent, conversation_event
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id
from schema.imports import ImportSubscriptions
from schema.inbox import InboxSubscriptions
from schema.presence import PresenceSubscriptions
from schema.schedules import Schedule, ScheduleEvent


@strawberry.type
class Subscription(
    ImportSubscriptions, InboxSubscriptions, PresenceSubscriptions, DeviceSubscriptions
):
    @strawberry.subscription(
        description="Messages from now on, of one conversation or of all that the viewer may see."
    )
    async def message_added(
        self, info: Info, conversation_id: strawberry.ID | None = None
    ) -> AsyncIterator[Message]:
        key = decode_optional_id(IdType.CONVERSATION, conversation_id, "conversationId")
        async for row in live.added_messages(info.context, key):
            yield Message(row=row)

    @strawberry.subscription(
        description="All that happens in a conversation, after a cursor or from now on:"
        " in order, none twice, none missing."
    )
    async def conversation_events(
        self, info: Info, conversation_id: strawberry.ID, after: str | None = None
    ) -> AsyncIterator[ConversationEvent]:
        key = decode_id(IdType.CONVERSATION, conversation_id, "conversationId")
        async for change in live.conversation_changes(info.context, key, after):
            yield conversation_event(change)

    @strawberry.subscription(
        description="Changes of one schedule, after a cursor or from now on; or of all schedules."
    )
    async def schedule_events(
        self, info: Info, schedule_id: strawberry.ID | None = None, after: str | None = None
    ) -> AsyncIterator[ScheduleEvent]:
        key = decode_optional_id(IdType.SCHEDULE, schedule_id, "scheduleId")
        async for change in live.schedule_changes(info.context, key, after):
            yield ScheduleEvent(
                cursor=event_cursor(change.event),
                kind=change.event.kind,
                at=change.event.created_at,
                schedule=Schedule(row=change.schedule),
            )
