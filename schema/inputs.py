"""What mutations take, and how it becomes what resolvers take."""

from datetime import datetime
from uuid import UUID

import strawberry

from resolvers.conversations import NewConversation
from resolvers.messages import NewMessage
from resolvers.schedules import NewSchedule
from schema.enums import ConversationKind, Visibility
from schema.ids import IdType, decode_id, decode_optional_id


@strawberry.input
class CreateConversationInput:
    title: str
    kind: ConversationKind = ConversationKind.GROUP
    visibility: Visibility = strawberry.field(
        default=Visibility.TENANT, description="PRIVATE: only its participants see it."
    )
    user_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Who takes part beside the viewer."
    )

    def parsed(self) -> NewConversation:
        """Raises BAD_ID."""
        ids = dict.fromkeys(decode_id(IdType.USER, value, "userIds") for value in self.user_ids)
        return NewConversation(self.title, self.kind, self.visibility, tuple(ids))


@strawberry.input
class SendMessageInput:
    conversation_id: strawberry.ID
    body: str = strawberry.field(description="At most 65,536 characters.")
    reply_to_id: strawberry.ID | None = None
    client_message_id: str | None = strawberry.field(
        default=None, description="Yours: sending it again gives the first message."
    )

    def parsed(self) -> NewMessage:
        """Raises BAD_ID."""
        return NewMessage(
            decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId"),
            self.body,
            decode_optional_id(IdType.MESSAGE, self.reply_to_id, "replyToId"),
            self.client_message_id,
        )


@strawberry.input
class _AboutMessage:
    message_id: strawberry.ID

    def key(self) -> UUID:
        """The message's UUID. Raises BAD_ID."""
        return decode_id(IdType.MESSAGE, self.message_id, "messageId")


@strawberry.input
class EditMessageInput(_AboutMessage):
    body: str


@strawberry.input
class DeleteMessageInput(_AboutMessage):
    pass


@strawberry.input
class MarkReadInput:
    conversation_id: strawberry.ID
    message_id: strawberry.ID | None = strawberry.field(
        default=None, description="Read up to here; without it, to the end."
    )

    def parsed(self) -> tuple[UUID, UUID | None]:
        """The conversation's and the message's UUIDs. Raises BAD_ID."""
        return (
            decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId"),
            decode_optional_id(IdType.MESSAGE, self.message_id, "messageId"),
        )


@strawberry.input
class AddReactionInput(_AboutMessage):
    emoji: str


@strawberry.input
class RemoveReactionInput(_AboutMessage):
    emoji: str


@strawberry.input
class AddBookmarkInput(_AboutMessage):
    note: str | None = None


@strawberry.input
class RemoveBookmarkInput(_AboutMessage):
    pass


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
