"""Making labels, and putting them on conversations."""

from uuid import UUID

import strawberry

from resolvers import labels as resolve
from schema.conversations import Conversation
from schema.errors import MutationResult, changed, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id
from schema.labels import Label


@strawberry.input
class CreateLabelInput:
    name: str = strawberry.field(description="At most 50 characters, unique within the tenant.")
    color: str = strawberry.field(description="As #rrggbb.")


@strawberry.input
class _AboutLabel:
    label_id: strawberry.ID

    def label(self) -> UUID:
        """The label's UUID. Raises BAD_ID."""
        return decode_id(IdType.LABEL, self.label_id, "labelId")


@strawberry.input
class UpdateLabelInput(_AboutLabel):
    name: str | None = None
    color: str | None = None


@strawberry.input
class DeleteLabelInput(_AboutLabel):
    pass


@strawberry.input
class _OnConversation(_AboutLabel):
    conversation_id: strawberry.ID

    def keys(self) -> tuple[UUID, UUID]:
        """The conversation's and the label's UUIDs. Raises BAD_ID."""
        key = decode_id(IdType.CONVERSATION, self.conversation_id, "conversationId")
        return key, self.label()


@strawberry.input
class AddLabelInput(_OnConversation):
    pass


@strawberry.input
class RemoveLabelInput(_OnConversation):
    pass


@strawberry.type
class CreateLabelPayload(MutationResult):
    label: Label | None = None


@strawberry.type
class UpdateLabelPayload(MutationResult):
    label: Label | None = None


@strawberry.type
class DeleteLabelPayload(MutationResult):
    label_id: strawberry.ID | None = None


@strawberry.type
class AddLabelPayload(MutationResult):
    conversation: Conversation | None = None


@strawberry.type
class RemoveLabelPayload(MutationResult):
    conversation: Conversation | None = None


@strawberry.type
class LabelMutations:
    @strawberry.mutation(description="A tenant has at most 200.")
    async def create_label(self, info: Info, input: CreateLabelInput) -> CreateLabelPayload:
        label, errors = await changed(
            Label, lambda: resolve.create_label(info.context, input.name, input.color)
        )
        return CreateLabelPayload(label=label, user_errors=errors)

    @strawberry.mutation(description="What is not given stays as it is.")
    async def update_label(self, info: Info, input: UpdateLabelInput) -> UpdateLabelPayload:
        label, errors = await changed(
            Label,
            lambda: resolve.update_label(info.context, input.label(), input.name, input.color),
        )
        return UpdateLabelPayload(label=label, user_errors=errors)

    @strawberry.mutation(description="It goes from every conversation that has it.")
    async def delete_label(self, info: Info, input: DeleteLabelInput) -> DeleteLabelPayload:
        _, errors = await outcome(lambda: resolve.delete_label(info.context, input.label()))
        return DeleteLabelPayload(label_id=None if errors else input.label_id, user_errors=errors)

    @strawberry.mutation(description="A conversation has at most 20; the same one twice is one.")
    async def add_label(self, info: Info, input: AddLabelInput) -> AddLabelPayload:
        conversation, errors = await changed(
            Conversation, lambda: resolve.add_label(info.context, *input.keys())
        )
        return AddLabelPayload(conversation=conversation, user_errors=errors)

    @strawberry.mutation
    async def remove_label(self, info: Info, input: RemoveLabelInput) -> RemoveLabelPayload:
        conversation, errors = await changed(
            Conversation, lambda: resolve.remove_label(info.context, *input.keys())
        )
        return RemoveLabelPayload(conversation=conversation, user_errors=errors)
