"""All that happens to the viewer, in one subscription."""

from collections.abc import AsyncIterable

import strawberry

from resolvers.conversations import find_conversation
from resolvers.feeds import event_cursor
from resolvers.inbox import InboxChange, InboxChanges
from resolvers.live import StreamReset
from schema.conversations import Conversation
from schema.events import ConversationEvent, conversation_event
from schema.fields import SAME_FOR_ALL, Info
from schema.ids import IdType, encode_id
from schema.schedules import ScheduleEvent, schedule_event


@strawberry.type(
    description="Something that the viewer may see happened: one of `conversationEvent` and"
    " `scheduleEvent` is there. `cursor` resumes `inboxEvents` after it; the cursor within the"
    " event resumes the events of that one conversation or schedule."
)
class InboxEvent:
    cursor: str
    conversation_event: ConversationEvent | None = strawberry.field(
        default=None,
        description="A ResetEvent says that what came after your cursor is not kept, or is more"
        " than 10,000 events: refetch your conversations, and go on from this cursor.",
    )
    schedule_event: ScheduleEvent | None = None

    @strawberry.field(description="Where it happened; null for a schedule's event and a reset.")
    def conversation_id(self) -> strawberry.ID | None:
        event = self.conversation_event.event if self.conversation_event else None
        return encode_id(IdType.CONVERSATION, event.stream_id) if event else None

    @strawberry.field(metadata=SAME_FOR_ALL, description="As it is now.")
    async def conversation(self, info: Info) -> Conversation | None:
        event = self.conversation_event.event if self.conversation_event else None
        if event is None:
            return None
        return Conversation(row=await find_conversation(info.context, event.stream_id))


@strawberry.type
class InboxSubscriptions:
    @strawberry.subscription(
        description="All that happens in all the conversations and schedules that the viewer may"
        " see, after a cursor or from now on: none twice, none missing, and those of one"
        " conversation in order."
    )
    def inbox_events(self, info: Info, after: str | None = None) -> AsyncIterable[InboxEvent]:
        return InboxChanges(info.context, inbox_event, after)


def inbox_event(change: InboxChange | StreamReset) -> InboxEvent:
    """The event as its type."""
    if isinstance(change, StreamReset):
        return InboxEvent(cursor=change.cursor, conversation_event=conversation_event(change))
    if change.schedule is None:
        return InboxEvent(cursor=change.cursor, conversation_event=conversation_event(change.event))
    return InboxEvent(
        cursor=change.cursor,
        schedule_event=schedule_event(change.event, change.schedule, event_cursor(change.event)),
    )
