"""The root of mutations: each takes one input, and gives the changed thing and `userErrors`."""

from collections.abc import Awaitable, Callable

import strawberry

from models.database import Row
from resolvers import conversations as resolve_conversations
from resolvers import messages as resolve
from resolvers import schedules as resolve_schedules
from schema.conversations import Conversation, Message
from schema.errors import UserError, outcome
from schema.fields import Info
from schema.inputs import (
    AddBookmarkInput,
    AddReactionInput,
    CancelScheduleInput,
    CreateConversationInput,
    CreateScheduleInput,
    DeleteMessageInput,
    EditMessageInput,
    MarkReadInput,
    RemoveBookmarkInput,
    RemoveReactionInput,
    SendMessageInput,
)
from schema.payloads import (
    AddBookmarkPayload,
    AddReactionPayload,
    CancelSchedulePayload,
    CreateConversationPayload,
    CreateSchedulePayload,
    DeleteMessagePayload,
    EditMessagePayload,
    MarkReadPayload,
    RemoveBookmarkPayload,
    RemoveReactionPayload,
    SendMessagePayload,
)
from schema.schedules import Schedule

Change = Callable[[], Awaitable[Row]]


@strawberry.type
class Mutation:
    @strawberry.mutation(description="The viewer takes part in what they make.")
    async def create_conversation(
        self, info: Info, input: CreateConversationInput
    ) -> CreateConversationPayload:
        conversation, errors = await _conversation(
            lambda: resolve_conversations.create_conversation(info.context, input.parsed())
        )
        return CreateConversationPayload(conversation=conversation, user_errors=errors)

    @strawberry.mutation(description="The viewer's read position moves forward, never back.")
    async def mark_read(self, info: Info, input: MarkReadInput) -> MarkReadPayload:
        conversation, errors = await _conversation(
            lambda: resolve_conversations.mark_conversation_read(info.context, *input.parsed())
        )
        return MarkReadPayload(conversation=conversation, user_errors=errors)

    @strawberry.mutation(description="The viewer joins the conversation by it if need be.")
    async def send_message(self, info: Info, input: SendMessageInput) -> SendMessagePayload:
        message, errors = await _message(lambda: resolve.send_message(info.context, input.parsed()))
        return SendMessagePayload(message=message, user_errors=errors)

    @strawberry.mutation(description="Only one's own.")
    async def edit_message(self, info: Info, input: EditMessageInput) -> EditMessagePayload:
        message, errors = await _message(
            lambda: resolve.edit_message(info.context, input.key(), input.body)
        )
        return EditMessagePayload(message=message, user_errors=errors)

    @strawberry.mutation(description="Its text is gone, its place stays.")
    async def delete_message(self, info: Info, input: DeleteMessageInput) -> DeleteMessagePayload:
        message, errors = await _message(lambda: resolve.delete_message(info.context, input.key()))
        return DeleteMessagePayload(message=message, user_errors=errors)

    @strawberry.mutation(description="The same reaction twice is one.")
    async def add_reaction(self, info: Info, input: AddReactionInput) -> AddReactionPayload:
        message, errors = await _message(
            lambda: resolve.add_reaction(info.context, input.key(), input.emoji)
        )
        return AddReactionPayload(message=message, user_errors=errors)

    @strawberry.mutation
    async def remove_reaction(
        self, info: Info, input: RemoveReactionInput
    ) -> RemoveReactionPayload:
        message, errors = await _message(
            lambda: resolve.remove_reaction(info.context, input.key(), input.emoji)
        )
        return RemoveReactionPayload(message=message, user_errors=errors)

    @strawberry.mutation(description="For the viewer alone; again changes the note.")
    async def add_bookmark(self, info: Info, input: AddBookmarkInput) -> AddBookmarkPayload:
        message, errors = await _message(
            lambda: resolve.add_bookmark(info.context, input.key(), input.note)
        )
        return AddBookmarkPayload(message=message, user_errors=errors)

    @strawberry.mutation
    async def remove_bookmark(
        self, info: Info, input: RemoveBookmarkInput
    ) -> RemoveBookmarkPayload:
        message, errors = await _message(lambda: resolve.remove_bookmark(info.context, input.key()))
        return RemoveBookmarkPayload(message=message, user_errors=errors)

    @strawberry.mutation(description="The message is sent as the viewer when its time comes.")
    async def create_schedule(
        self, info: Info, input: CreateScheduleInput
    ) -> CreateSchedulePayload:
        schedule, errors = await _schedule(
            lambda: resolve_schedules.create_schedule(info.context, input.parsed())
        )
        return CreateSchedulePayload(schedule=schedule, user_errors=errors)

    @strawberry.mutation(description="What a worker holds already may still be sent.")
    async def cancel_schedule(
        self, info: Info, input: CancelScheduleInput
    ) -> CancelSchedulePayload:
        schedule, errors = await _schedule(
            lambda: resolve_schedules.cancel_schedule(info.context, input.key())
        )
        return CancelSchedulePayload(schedule=schedule, user_errors=errors)


async def _conversation(change: Change) -> tuple[Conversation | None, list[UserError]]:
    row, errors = await outcome(change)
    return (Conversation(row=row) if row else None), errors


async def _message(change: Change) -> tuple[Message | None, list[UserError]]:
    row, errors = await outcome(change)
    return (Message(row=row) if row else None), errors


async def _schedule(change: Change) -> tuple[Schedule | None, list[UserError]]:
    row, errors = await outcome(change)
    return (Schedule(row=row) if row else None), errors
