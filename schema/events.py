"""What happens in a conversation, as its subscribers are told."""

from datetime import datetime
from uuid import UUID

import strawberry

from models.events import EventKind
from realtime.events import LiveEvent
from resolvers import conversations as resolve
from resolvers.errors import not_found
from resolvers.feeds import event_cursor
from resolvers.live import StreamReset
from schema.conversations import Conversation, Message, Participant, User
from schema.fields import SAME_FOR_ALL, Info


@strawberry.interface(
    description="Something that happened in a conversation. `cursor` resumes after it."
)
class ConversationEvent:
    cursor: str
    event: strawberry.Private[LiveEvent | None]

    @strawberry.field(description="When it was recorded; null for a reset.")
    def at(self) -> datetime | None:
        return self.event.created_at if self.event else None

    def named(self, name: str) -> UUID:
        """The id that the event's payload has under a name."""
        found = self.event.id_of(name) if self.event else None
        assert found is not None, f"{type(self).__name__} is recorded with {name}"
        return found


@strawberry.type
class _AboutMessage(ConversationEvent):
    @strawberry.field(
        metadata=SAME_FOR_ALL, description="As it is now, which may be after later events."
    )
    async def message(self, info: Info) -> Message:
        row = await info.context.loaders.message.load(self.named("message_id"))
        if row is None:
            raise not_found("message")
        return Message(row=row)


@strawberry.type
class _AboutParticipant(ConversationEvent):
    @strawberry.field(metadata=SAME_FOR_ALL)
    async def participant(self, info: Info) -> Participant:
        row = await info.context.loaders.participant.load(self.named("participant_id"))
        if row is None:
            raise not_found("participant")
        return Participant(row=row)


@strawberry.type
class MessageAddedEvent(_AboutMessage):
    pass


@strawberry.type
class MessageEditedEvent(_AboutMessage):
    pass


@strawberry.type
class MessageDeletedEvent(_AboutMessage):
    pass


@strawberry.type
class ReactionAddedEvent(_AboutMessage, _AboutParticipant):
    pass


@strawberry.type
class ReactionRemovedEvent(_AboutMessage, _AboutParticipant):
    pass


@strawberry.type
class ParticipantJoinedEvent(_AboutParticipant):
    pass


@strawberry.type
class ParticipantLeftEvent(_AboutParticipant):
    pass


@strawberry.type
class ParticipantChangedEvent(_AboutParticipant):
    pass


@strawberry.type(description="A batch of an archive was imported: refetch the pages you show.")
class MessagesImportedEvent(ConversationEvent):
    @strawberry.field
    def count(self) -> int:
        assert self.event is not None, "an import is recorded"
        return int(self.event.payload["count"])


@strawberry.type(description="An import is being undone: refetch the pages you show.")
class MessagesRemovedEvent(ConversationEvent):
    @strawberry.field
    def count(self) -> int:
        assert self.event is not None, "an undo is recorded"
        return int(self.event.payload["count"])


@strawberry.type
class _Receipt(ConversationEvent):
    @strawberry.field(metadata=SAME_FOR_ALL)
    async def user(self, info: Info) -> User | None:
        row = await info.context.loaders.user.load(self.named("user_id"))
        return User(row=row) if row else None

    @strawberry.field(
        description="Messages whose own `seq` is not greater; null in events of older releases."
    )
    def up_to_seq(self) -> int | None:
        assert self.event is not None, "a receipt is recorded"
        return self.event.payload.get("seq")


@strawberry.type(description="Messages came to a user's device.")
class MessagesDeliveredEvent(_Receipt):
    pass


@strawberry.type(description="A user read up to somewhere.")
class MessagesReadEvent(_Receipt):
    pass


@strawberry.type(description="The title or another property changed.")
class ConversationChangedEvent(ConversationEvent):
    @strawberry.field(metadata=SAME_FOR_ALL)
    async def conversation(self, info: Info) -> Conversation:
        assert self.event is not None, "a change is recorded"
        row = await resolve.find_conversation(info.context, self.event.stream_id)
        return Conversation(row=row)


@strawberry.type(
    description="The viewer pinned, archived or muted it, or marked it unread, on this or another"
    " device. Nobody else is told."
)
class ConversationSettingsChangedEvent(ConversationChangedEvent):
    pass


@strawberry.type(
    description="What came after your cursor is not kept any more: refetch the conversation, its"
    " messages and participants, and go on from this cursor."
)
class ResetEvent(ConversationEvent):
    pass


TYPES: dict[EventKind, type[ConversationEvent]] = {
    EventKind.MESSAGE_ADDED: MessageAddedEvent,
    EventKind.MESSAGE_EDITED: MessageEditedEvent,
    EventKind.MESSAGE_DELETED: MessageDeletedEvent,
    EventKind.MESSAGES_IMPORTED: MessagesImportedEvent,
    EventKind.MESSAGES_REMOVED: MessagesRemovedEvent,
    EventKind.REACTION_ADDED: ReactionAddedEvent,
    EventKind.REACTION_REMOVED: ReactionRemovedEvent,
    EventKind.RECEIPT_READ: MessagesReadEvent,
    EventKind.RECEIPT_DELIVERED: MessagesDeliveredEvent,
    EventKind.PARTICIPANT_JOINED: ParticipantJoinedEvent,
    EventKind.PARTICIPANT_LEFT: ParticipantLeftEvent,
    EventKind.PARTICIPANT_CHANGED: ParticipantChangedEvent,
    EventKind.CONVERSATION_CHANGED: ConversationChangedEvent,
    EventKind.SETTINGS_CHANGED: ConversationSettingsChangedEvent,
}
EVENT_TYPES = [*TYPES.values(), ResetEvent]


def conversation_event(change: LiveEvent | StreamReset) -> ConversationEvent:
    """The event as its type."""
    if isinstance(change, StreamReset):
        return ResetEvent(cursor=change.cursor, event=None)
    return TYPES[change.kind](cursor=event_cursor(change), event=change)
