"""Making conversations and reading them."""

from uuid import UUID

import strawberry

from resolvers import conversations as resolve
from resolvers import receipts
from resolvers.conversations import NewConversation
from schema.conversations import Conversation
from schema.enums import ConversationKind, Visibility
from schema.errors import MutationResult, changed
from schema.fields import Info
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
class RenameConversationInput:
    conversation_id: strawberry.ID
    title: str = strawberry.field(description="At most 200 characters.")

    def key(self) -> UUID:
        """The conversation's UUID. Raises BAD_ID."""
        return decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId")


@strawberry.input
class _UpTo:
    conversation_id: strawberry.ID
    message_id: strawberry.ID | None = strawberry.field(
        default=None, description="Up to here; without it, to the end."
    )

    def parsed(self) -> tuple[UUID, UUID | None]:
        """The conversation's and the message's UUIDs. Raises BAD_ID."""
        return (
            decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId"),
            decode_optional_id(IdType.MESSAGE, self.message_id, "messageId"),
        )


@strawberry.input
class MarkReadInput(_UpTo):
    pass


@strawberry.input
class MarkDeliveredInput(_UpTo):
    pass


@strawberry.type
class _ConversationResult(MutationResult):
    conversation: Conversation | None = None


@strawberry.type
class CreateConversationPayload(_ConversationResult):
    pass


@strawberry.type
class RenameConversationPayload(_ConversationResult):
    pass


@strawberry.type
class MarkReadPayload(_ConversationResult):
    pass


@strawberry.type
class MarkDeliveredPayload(_ConversationResult):
    pass


@strawberry.type
class ConversationMutations:
    @strawberry.mutation(description="The viewer takes part in what they make.")
    async def create_conversation(
        self, info: Info, input: CreateConversationInput
    ) -> CreateConversationPayload:
        conversation, errors = await changed(
            Conversation, lambda: resolve.create_conversation(info.context, input.parsed())
        )
        return CreateConversationPayload(conversation=conversation, user_errors=errors)

    @strawberry.mutation
    async def rename_conversation(
        self, info: Info, input: RenameConversationInput
    ) -> RenameConversationPayload:
        conversation, errors = await changed(
            Conversation,
            lambda: resolve.rename_conversation(info.context, input.key(), input.title),
        )
        return RenameConversationPayload(conversation=conversation, user_errors=errors)

    @strawberry.mutation(description="The viewer's read position moves forward, never back.")
    async def mark_read(self, info: Info, input: MarkReadInput) -> MarkReadPayload:
        conversation, errors = await changed(
            Conversation, lambda: receipts.mark_conversation_read(info.context, *input.parsed())
        )
        return MarkReadPayload(conversation=conversation, user_errors=errors)

    @strawberry.mutation(
        description="The viewer's device has the messages: others see it as a receipt."
    )
    async def mark_delivered(self, info: Info, input: MarkDeliveredInput) -> MarkDeliveredPayload:
        conversation, errors = await changed(
            Conversation,
            lambda: receipts.mark_conversation_delivered(info.context, *input.parsed()),
        )
        return MarkDeliveredPayload(conversation=conversation, user_errors=errors)
