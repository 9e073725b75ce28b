"""Telling that one types."""

from uuid import UUID

import strawberry

from resolvers.presence import tell_typing
from schema.errors import MutationResult, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id


@strawberry.input
class StartTypingInput:
    conversation_id: strawberry.ID

    def key(self) -> UUID:
        """The conversation's UUID. Raises BAD_ID."""
        return decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId")


@strawberry.type
class StartTypingPayload(MutationResult):
    told: bool = strawberry.field(
        description="Whether it was told now: at most every 2 seconds for a conversation."
    )


@strawberry.type
class PresenceMutations:
    @strawberry.mutation(
        description="Told to those subscribed to `presence`. Call it every few seconds while the"
        " viewer types; who hears no more of it for 5 seconds may take it that they stopped."
    )
    async def start_typing(self, info: Info, input: StartTypingInput) -> StartTypingPayload:
        told, errors = await outcome(lambda: tell_typing(info.context, input.key()))
        return StartTypingPayload(told=bool(told), user_errors=errors)
