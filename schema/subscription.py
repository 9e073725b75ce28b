"""The root of subscriptions."""

from collections.abc import AsyncIterable

import strawberry

from resolvers.feeds import event_cursor
from resolvers.inbox import AllScheduleChanges, InboxChange
from resolvers.live import AddedMessages, ConversationChanges, ScheduleChange, ScheduleChanges
from schema.conversations import Message
from schema.devices import DeviceSubscriptions
from schema.events import ConversationEvent, conversation_event
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id
from schema.imports import ImportSubscriptions
from schema.inbox import InboxSubscriptions
from schema.presence import PresenceSubscriptions
from schema.schedules import ScheduleEvent, schedule_event


@strawberry.type
class Subscription(
    ImportSubscriptions, InboxSubscriptions, PresenceSubscriptions, DeviceSubscriptions
):
    @strawberry.subscription(
        description="Messages from now on, of one conversation or of all that the viewer may see;"
        " with a `query`, those that a search for it would find."
    )
    def message_added(
        self, info: Info, conversation_id: strawberry.ID | None = None, query: str | None = None
    ) -> AsyncIterable[Message]:
        key = decode_optional_id(IdType.CONVERSATION, conversation_id, "conversationId")
        return AddedMessages(info.context, lambda row: Message(row=row), key, query)

    @strawberry.subscription(
        description="All that happens in a conversation, after a cursor or from now on:"
        " in order, none twice, none missing."
    )
    def conversation_events(
        self, info: Info, conversation_id: strawberry.ID, after: str | None = None
    ) -> AsyncIterable[ConversationEvent]:
        key = decode_id(IdType.CONVERSATION, conversation_id, "conversationId")
        return ConversationChanges(info.context, conversation_event, key, after)

    @strawberry.subscription(
        description="Changes of one schedule, or of all that the viewer may see; after a cursor or"
        " from now on. Of all, a viewer's `inboxCursor` is where to begin."
    )
    def schedule_events(
        self, info: Info, schedule_id: strawberry.ID | None = None, after: str | None = None
    ) -> AsyncIterable[ScheduleEvent]:
        key = decode_optional_id(IdType.SCHEDULE, schedule_id, "scheduleId")
        if key is None:
            return AllScheduleChanges(info.context, _of_all, after)
        return ScheduleChanges(info.context, _of_one, key, after)


def _of_one(change: ScheduleChange) -> ScheduleEvent:
    return schedule_event(change.event, change.schedule, event_cursor(change.event))


def _of_all(change: InboxChange) -> ScheduleEvent:
    assert change.schedule is not None, "a schedule's event comes with it"
    return schedule_event(change.event, change.schedule, change.cursor)
