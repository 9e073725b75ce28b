"""Adding participants, leaving and removing."""

from uuid import UUID

import strawberry

from resolvers import participants as resolve
from schema.conversations import Conversation, Participant
from schema.errors import MutationResult, changed, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id


@strawberry.input
class AddParticipantsInput:
    conversation_id: strawberry.ID
    user_ids: list[strawberry.ID] = strawberry.field(description="At most 100.")

    def parsed(self) -> tuple[UUID, tuple[UUID, ...]]:
        """The conversation's UUID, and each user's once. Raises BAD_ID."""
        users = dict.fromkeys(decode_id(IdType.USER, key, "userIds") for key in self.user_ids)
        key = decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId")
        return key, tuple(users)


@strawberry.input
class LeaveConversationInput:
    conversation_id: strawberry.ID

    def key(self) -> UUID:
        """The conversation's UUID. Raises BAD_ID."""
        return decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId")


@strawberry.input
class RemoveParticipantInput:
    participant_id: strawberry.ID

    def key(self) -> UUID:
        """The participant's UUID. Raises BAD_ID."""
        return decode_id(IdType.PARTICIPANT, self.participant_id, "participantId")


@strawberry.type
class AddParticipantsPayload(MutationResult):
    conversation: Conversation | None = None


@strawberry.type
class LeaveConversationPayload(MutationResult):
    conversation_id: strawberry.ID | None = None


@strawberry.type
class RemoveParticipantPayload(MutationResult):
    participant: Participant | None = None


@strawberry.type
class ParticipantMutations:
    @strawberry.mutation(
        description="Who takes part already goes on, and who has left is there again."
    )
    async def add_participants(
        self, info: Info, input: AddParticipantsInput
    ) -> AddParticipantsPayload:
        conversation, errors = await changed(
            Conversation, lambda: resolve.add_participants(info.context, *input.parsed())
        )
        return AddParticipantsPayload(conversation=conversation, user_errors=errors)

    @strawberry.mutation(
        description="The viewer takes part no more, and sees no more of it if it is private."
    )
    async def leave_conversation(
        self, info: Info, input: LeaveConversationInput
    ) -> LeaveConversationPayload:
        _, errors = await outcome(lambda: resolve.leave_conversation(info.context, input.key()))
        key = None if errors else input.conversation_id
        return LeaveConversationPayload(conversation_id=key, user_errors=errors)

    @strawberry.mutation(
        description="They see no more of a private conversation: their subscriptions to it end."
        " Into one that is open to the tenant they come back by writing."
    )
    async def remove_participant(
        self, info: Info, input: RemoveParticipantInput
    ) -> RemoveParticipantPayload:
        participant, errors = await changed(
            Participant, lambda: resolve.remove_participant(info.context, input.key())
        )
        return RemoveParticipantPayload(participant=participant, user_errors=errors)
