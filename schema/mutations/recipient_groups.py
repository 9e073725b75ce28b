"""Making and changing groups of contacts."""

from uuid import UUID

import strawberry

from resolvers import recipient_groups as resolve
from resolvers.recipient_groups import GroupDetails
from schema.contacts import RecipientGroup
from schema.errors import MutationResult, changed, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id


def contact_keys(ids: list[strawberry.ID]) -> list[UUID]:
    """The contacts' UUIDs, each once. Raises BAD_ID."""
    return list(dict.fromkeys(decode_id(IdType.CONTACT, key, "contactIds") for key in ids))


@strawberry.input
class CreateRecipientGroupInput:
    name: str
    description: str = ""
    contact_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="At most 1,000; `addRecipients` adds more."
    )


@strawberry.input
class _AboutGroup:
    group_id: strawberry.ID

    def key(self) -> UUID:
        """The group's UUID. Raises BAD_ID."""
        return decode_id(IdType.RECIPIENT_GROUP, self.group_id, "groupId")


@strawberry.input(description="What is left out stays as it is.")
class UpdateRecipientGroupInput(_AboutGroup):
    name: str | None = None
    description: str | None = None


@strawberry.input
class DeleteRecipientGroupInput(_AboutGroup):
    pass


@strawberry.input
class _RecipientsInput(_AboutGroup):
    contact_ids: list[strawberry.ID] = strawberry.field(description="At most 1,000.")


@strawberry.input
class AddRecipientsInput(_RecipientsInput):
    pass


@strawberry.input
class RemoveRecipientsInput(_RecipientsInput):
    pass


@strawberry.type
class _GroupResult(MutationResult):
    recipient_group: RecipientGroup | None = None


@strawberry.type
class CreateRecipientGroupPayload(_GroupResult):
    pass


@strawberry.type
class UpdateRecipientGroupPayload(_GroupResult):
    pass


@strawberry.type
class AddRecipientsPayload(_GroupResult):
    pass


@strawberry.type
class RemoveRecipientsPayload(_GroupResult):
    pass


@strawberry.type
class DeleteRecipientGroupPayload(MutationResult):
    group_id: strawberry.ID | None = None


@strawberry.type
class RecipientGroupMutations:
    @strawberry.mutation
    async def create_recipient_group(
        self, info: Info, input: CreateRecipientGroupInput
    ) -> CreateRecipientGroupPayload:
        group, errors = await changed(
            RecipientGroup,
            lambda: resolve.create_group(
                info.context, input.name, input.description, contact_keys(input.contact_ids)
            ),
        )
        return CreateRecipientGroupPayload(recipient_group=group, user_errors=errors)

    @strawberry.mutation
    async def update_recipient_group(
        self, info: Info, input: UpdateRecipientGroupInput
    ) -> UpdateRecipientGroupPayload:
        details = GroupDetails(input.name, input.description)
        group, errors = await changed(
            RecipientGroup, lambda: resolve.update_group(info.context, input.key(), details)
        )
        return UpdateRecipientGroupPayload(recipient_group=group, user_errors=errors)

    @strawberry.mutation(
        description="The contacts stay. A schedule that writes to the group finds nobody."
    )
    async def delete_recipient_group(
        self, info: Info, input: DeleteRecipientGroupInput
    ) -> DeleteRecipientGroupPayload:
        _, errors = await outcome(lambda: resolve.delete_group(info.context, input.key()))
        key = None if errors else input.group_id
        return DeleteRecipientGroupPayload(group_id=key, user_errors=errors)

    @strawberry.mutation(description="Who is in the group already stays in it.")
    async def add_recipients(self, info: Info, input: AddRecipientsInput) -> AddRecipientsPayload:
        group, errors = await changed(
            RecipientGroup,
            lambda: resolve.add_recipients(
                info.context, input.key(), contact_keys(input.contact_ids)
            ),
        )
        return AddRecipientsPayload(recipient_group=group, user_errors=errors)

    @strawberry.mutation(description="The contacts themselves stay.")
    async def remove_recipients(
        self, info: Info, input: RemoveRecipientsInput
    ) -> RemoveRecipientsPayload:
        group, errors = await changed(
            RecipientGroup,
            lambda: resolve.remove_recipients(
                info.context, input.key(), contact_keys(input.contact_ids)
            ),
        )
        return RemoveRecipientsPayload(recipient_group=group, user_errors=errors)
