"""What the viewer makes of conversations: unread again, pinned, archived, muted."""

from datetime import datetime
from uuid import UUID

import strawberry

from resolvers import reading as resolve
from resolvers.reading import SettingsChange
from schema.conversations import Conversation
from schema.errors import MutationResult, changed
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id


@strawberry.input
class MarkUnreadInput:
    conversation_id: strawberry.ID
    message_id: strawberry.ID | None = strawberry.field(
        default=None, description="Unread from here on; without it, the newest message alone."
    )

    def parsed(self) -> tuple[UUID, UUID | None]:
        """The conversation's and the message's UUIDs. Raises BAD_ID."""
        return (
            decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId"),
            decode_optional_id(IdType.MESSAGE, self.message_id, "messageId"),
        )


@strawberry.input
class UpdateConversationSettingsInput:
    conversation_id: strawberry.ID
    pinned: bool | None = strawberry.field(
        default=None, description="What is pinned is archived no more."
    )
    archived: bool | None = strawberry.field(
        default=None, description="What is archived is pinned no more."
    )
    muted: bool | None = None
    muted_until: datetime | None = strawberry.field(
        default=None, description="Muted until then, rather than for good."
    )

    def parsed(self) -> tuple[UUID, SettingsChange]:
        """The conversation's UUID and the change. Raises BAD_ID."""
        key = decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId")
        return key, SettingsChange(self.pinned, self.archived, self.muted, self.muted_until)


@strawberry.type
class MarkUnreadPayload(MutationResult):
    conversation: Conversation | None = None


@strawberry.type
class UpdateConversationSettingsPayload(MutationResult):
    conversation: Conversation | None = None


@strawberry.type
class ReadingMutations:
    @strawberry.mutation(
        description="The viewer's read position moves back to before a message, unseen by others."
    )
    async def mark_unread(self, info: Info, input: MarkUnreadInput) -> MarkUnreadPayload:
        conversation, errors = await changed(
            Conversation, lambda: resolve.mark_unread(info.context, *input.parsed())
        )
        return MarkUnreadPayload(conversation=conversation, user_errors=errors)

    @strawberry.mutation(
        description="Pin, archive or mute a conversation, for the viewer alone; what is not given"
        " stays as it is. At most 100 are pinned."
    )
    async def update_conversation_settings(
        self, info: Info, input: UpdateConversationSettingsInput
    ) -> UpdateConversationSettingsPayload:
        conversation, errors = await changed(
            Conversation, lambda: resolve.update_settings(info.context, *input.parsed())
        )
        return UpdateConversationSettingsPayload(conversation=conversation, user_errors=errors)
