"""What mutations give: the changed thing and `userErrors`. A type a mutation, so each can grow."""

import strawberry

from schema.conversations import Conversation, Message
from schema.errors import UserError
from schema.schedules import Schedule


@strawberry.type
class _Result:
    user_errors: list[UserError] = strawberry.field(description="Empty when all went well.")


@strawberry.type
class _ConversationResult(_Result):
    conversation: Conversation | None = None


@strawberry.type
class _MessageResult(_Result):
    message: Message | None = None


@strawberry.type
class _ScheduleResult(_Result):
    schedule: Schedule | None = None


@strawberry.type
class CreateConversationPayload(_ConversationResult):
    pass


@strawberry.type
class MarkReadPayload(_ConversationResult):
    pass


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
class CreateSchedulePayload(_ScheduleResult):
    pass


@strawberry.type
class CancelSchedulePayload(_ScheduleResult):
    pass
