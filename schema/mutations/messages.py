"""Sending messages, changing, reacting to and marking them."""

from uuid import UUID

import strawberry

from resolvers import changing
from resolvers import messages as resolve
from resolvers.encryption import GivenBody
from resolvers.sending import NewMessage, send_message
from schema.conversations import Message
from schema.errors import MutationResult, changed
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id
from schema.scalars import Base64


@strawberry.input
class _GivesBody:
    body: str | None = strawberry.field(
        default=None, description="At most 65,536 characters; or give `ciphertext` in its place."
    )
    ciphertext: Base64 | None = strawberry.field(
        default=None, description="At most 262,144 bytes, with `scheme`, `keyId` and `nonce`."
    )
    scheme: str | None = strawberry.field(
        default=None, description="How it was encrypted, for readers: visible ASCII characters."
    )
    key_id: str | None = strawberry.field(
        default=None, description="Which key it was made with, for readers."
    )
    nonce: Base64 | None = strawberry.field(
        default=None, description="At most 64 bytes; empty where the ciphertext holds it."
    )

    def given_body(self) -> GivenBody:
        """The body as resolvers check it."""
        return GivenBody(self.body, self.ciphertext, self.scheme, self.key_id, self.nonce)


@strawberry.input
class SendMessageInput(_GivesBody):
    conversation_id: strawberry.ID
    reply_to_id: strawberry.ID | None = None
    client_message_id: str | None = strawberry.field(
        default=None, description="Yours: sending it again gives the first message."
    )

    def parsed(self) -> NewMessage:
        """Raises BAD_ID."""
        return NewMessage(
            decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId"),
            self.given_body(),
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
class EditMessageInput(_GivesBody, _AboutMessage):
    pass


@strawberry.input
class DeleteMessageInput(_AboutMessage):
    pass


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


@strawberry.type
class _MessageResult(MutationResult):
    message: Message | None = None


@strawberry.type
class SendMessagePayload(_MessageResult):
    pass


@strawberry.type
class EditMessagePayload(_MessageResult):
    pass


@strawberry.type
class DeleteMessagePayload(_MessageResult):
    pass


@strawberry.type
class AddReactionPayload(_MessageResult):
    pass


@strawberry.type
class RemoveReactionPayload(_MessageResult):
    pass


@strawberry.type
class AddBookmarkPayload(_MessageResult):
    pass


@strawberry.type
class RemoveBookmarkPayload(_MessageResult):
    pass


@strawberry.type
class MessageMutations:
    @strawberry.mutation(description="The viewer joins the conversation by it if need be.")
    async def send_message(self, info: Info, input: SendMessageInput) -> SendMessagePayload:
        message, errors = await changed(Message, lambda: send_message(info.context, input.parsed()))
        return SendMessagePayload(message=message, user_errors=errors)

    @strawberry.mutation(description="Only one's own; what is encrypted stays encrypted.")
    async def edit_message(self, info: Info, input: EditMessageInput) -> EditMessagePayload:
        message, errors = await changed(
            Message, lambda: changing.edit_message(info.context, input.key(), input.given_body())
        )
        return EditMessagePayload(message=message, user_errors=errors)

    @strawberry.mutation(description="Its text is gone, its place stays.")
    async def delete_message(self, info: Info, input: DeleteMessageInput) -> DeleteMessagePayload:
        message, errors = await changed(
            Message, lambda: changing.delete_message(info.context, input.key())
        )
        return DeleteMessagePayload(message=message, user_errors=errors)

    @strawberry.mutation(description="The same reaction twice is one.")
    async def add_reaction(self, info: Info, input: AddReactionInput) -> AddReactionPayload:
        message, errors = await changed(
            Message, lambda: changing.add_reaction(info.context, input.key(), input.emoji)
        )
        return AddReactionPayload(message=message, user_errors=errors)

    @strawberry.mutation
    async def remove_reaction(
        self, info: Info, input: RemoveReactionInput
    ) -> RemoveReactionPayload:
        message, errors = await changed(
            Message, lambda: changing.remove_reaction(info.context, input.key(), input.emoji)
        )
        return RemoveReactionPayload(message=message, user_errors=errors)

    @strawberry.mutation(description="For the viewer alone; again changes the note.")
    async def add_bookmark(self, info: Info, input: AddBookmarkInput) -> AddBookmarkPayload:
        message, errors = await changed(
            Message, lambda: resolve.add_bookmark(info.context, input.key(), input.note)
        )
        return AddBookmarkPayload(message=message, user_errors=errors)

    @strawberry.mutation
    async def remove_bookmark(
        self, info: Info, input: RemoveBookmarkInput
    ) -> RemoveBookmarkPayload:
        message, errors = await changed(
            Message, lambda: resolve.remove_bookmark(info.context, input.key())
        )
        return RemoveBookmarkPayload(message=message, user_errors=errors)
