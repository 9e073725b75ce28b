"""Making and changing contacts, and what they are known by."""

from dataclasses import replace
from datetime import time
from uuid import UUID

import strawberry

from models.audience import IdentityKind
from resolvers import contact_erasing as resolve_erasing
from resolvers import contact_identities as resolve_identities
from resolvers import contact_merging as resolve_merging
from resolvers import contacts as resolve
from resolvers.contact_details import ContactDetails
from resolvers.contact_identities import GivenIdentity
from schema.contacts import Contact
from schema.errors import MutationResult, changed
from schema.fields import Info
from schema.ids import IdType, decode_id


@strawberry.input
class ContactIdentityInput:
    kind: IdentityKind
    value: str = strawberry.field(description="In any usual form; of a USER the user's id.")
    region: str | None = strawberry.field(
        default=None,
        description="ISO 3166 code of the country of a phone that is given without one.",
    )

    def parsed(self) -> GivenIdentity:
        """The identity as resolvers take it. Raises BAD_ID."""
        if self.kind is IdentityKind.USER:
            return GivenIdentity(self.kind, str(decode_id(IdType.USER, self.value, "value")))
        return GivenIdentity(self.kind, self.value, self.region)


@strawberry.input(description="Local times of the contact, such as 22:00 and 07:30.")
class QuietHoursInput:
    start: time
    end: time


@strawberry.input
class ContactFieldInput:
    name: str
    value: str


def fields_of(given: list[ContactFieldInput]) -> dict[str, str]:
    """Fields by their names; of two with one name the later."""
    return {one.name: one.value for one in given}


@strawberry.input
class CreateContactInput:
    name: str
    identities: list[ContactIdentityInput] = strawberry.field(default_factory=list)
    locale: str | None = strawberry.field(default=None, description="Such as pt-BR.")
    time_zone: str | None = strawberry.field(default=None, description="An IANA name.")
    quiet_hours: QuietHoursInput | None = None
    fields: list[ContactFieldInput] = strawberry.field(default_factory=list)

    def details(self) -> ContactDetails:
        """The contact as resolvers take it."""
        quiet = self.quiet_hours
        return ContactDetails(
            self.name,
            self.locale,
            self.time_zone,
            (quiet.start, quiet.end) if quiet else None,
            fields_of(self.fields),
        )


@strawberry.input(description="What is left out stays as it is; null takes it away.")
class UpdateContactInput:
    contact_id: strawberry.ID
    name: str | None = strawberry.UNSET
    locale: str | None = strawberry.UNSET
    time_zone: str | None = strawberry.UNSET
    quiet_hours: QuietHoursInput | None = strawberry.UNSET
    fields: list[ContactFieldInput] | None = strawberry.field(
        default=strawberry.UNSET, description="All of them: those that are not here are gone."
    )
    opted_out: bool | None = strawberry.UNSET

    def key(self) -> UUID:
        """The contact's UUID. Raises BAD_ID."""
        return decode_id(IdType.CONTACT, self.contact_id, "contactId")

    def applied(self, details: ContactDetails) -> ContactDetails:
        """The details with what was given."""
        if self.name is not strawberry.UNSET:
            details = replace(details, name=self.name or "")
        if self.locale is not strawberry.UNSET:
            details = replace(details, locale=self.locale)
        if self.time_zone is not strawberry.UNSET:
            details = replace(details, time_zone=self.time_zone)
        if self.quiet_hours is not strawberry.UNSET:
            quiet = self.quiet_hours
            details = replace(details, quiet_hours=(quiet.start, quiet.end) if quiet else None)
        if self.fields is not strawberry.UNSET:
            details = replace(details, fields=fields_of(self.fields or []))
        if self.opted_out is not strawberry.UNSET:
            details = replace(details, opted_out=bool(self.opted_out))
        return details


@strawberry.input
class ArchiveContactInput:
    contact_id: strawberry.ID
    archived: bool = strawberry.field(default=True, description="False takes it back.")

    def key(self) -> UUID:
        """The contact's UUID. Raises BAD_ID."""
        return decode_id(IdType.CONTACT, self.contact_id, "contactId")


@strawberry.input
class AddContactIdentityInput:
    contact_id: strawberry.ID
    identity: ContactIdentityInput
    primary: bool = strawberry.field(
        default=False, description="Messages go here from now on; the first of a kind is so anyway."
    )

    def key(self) -> UUID:
        """The contact's UUID. Raises BAD_ID."""
        return decode_id(IdType.CONTACT, self.contact_id, "contactId")


@strawberry.input
class RemoveContactIdentityInput:
    identity_id: strawberry.ID

    def key(self) -> UUID:
        """The identity's UUID. Raises BAD_ID."""
        return decode_id(IdType.CONTACT_IDENTITY, self.identity_id, "identityId")


@strawberry.input
class MergeContactsInput:
    contact_id: strawberry.ID = strawberry.field(description="Who stands for all of them.")
    duplicate_ids: list[strawberry.ID] = strawberry.field(description="At most 20.")

    def keys(self) -> tuple[UUID, list[UUID]]:
        """The contact's UUID, and each duplicate's once. Raises BAD_ID."""
        duplicates = (decode_id(IdType.CONTACT, key, "duplicateIds") for key in self.duplicate_ids)
        key = decode_id(IdType.CONTACT, self.contact_id, "contactId")
        return key, list(dict.fromkeys(duplicates))


@strawberry.type
class _ContactResult(MutationResult):
    contact: Contact | None = None


@strawberry.type
class CreateContactPayload(_ContactResult):
    pass


@strawberry.type
class UpdateContactPayload(_ContactResult):
    pass


@strawberry.type
class ArchiveContactPayload(_ContactResult):
    pass


@strawberry.type
class AddContactIdentityPayload(_ContactResult):
    pass


@strawberry.type
class RemoveContactIdentityPayload(_ContactResult):
    pass


@strawberry.type
class MergeContactsPayload(_ContactResult):
    pass


@strawberry.input
class EraseContactInput:
    contact_id: strawberry.ID

    def key(self) -> UUID:
        """The contact's UUID. Raises BAD_ID."""
        return decode_id(IdType.CONTACT, self.contact_id, "contactId")


@strawberry.type
class EraseContactPayload(MutationResult):
    contact: Contact | None


@strawberry.type
class ContactMutations:
    @strawberry.mutation(description="An identity that another contact has is a CONFLICT.")
    async def create_contact(self, info: Info, input: CreateContactInput) -> CreateContactPayload:
        contact, errors = await changed(
            Contact,
            lambda: resolve.create_contact(
                info.context, input.details(), [one.parsed() for one in input.identities]
            ),
        )
        return CreateContactPayload(contact=contact, user_errors=errors)

    @strawberry.mutation
    async def update_contact(self, info: Info, input: UpdateContactInput) -> UpdateContactPayload:
        contact, errors = await changed(
            Contact, lambda: resolve.update_contact(info.context, input.key(), input.applied)
        )
        return UpdateContactPayload(contact=contact, user_errors=errors)

    @strawberry.mutation(description="It stays in its groups, and is sent nothing.")
    async def archive_contact(
        self, info: Info, input: ArchiveContactInput
    ) -> ArchiveContactPayload:
        contact, errors = await changed(
            Contact, lambda: resolve.archive_contact(info.context, input.key(), input.archived)
        )
        return ArchiveContactPayload(contact=contact, user_errors=errors)

    @strawberry.mutation(description="Adding one again changes no more than which is primary.")
    async def add_contact_identity(
        self, info: Info, input: AddContactIdentityInput
    ) -> AddContactIdentityPayload:
        contact, errors = await changed(
            Contact,
            lambda: resolve_identities.add_contact_identity(
                info.context, input.key(), input.identity.parsed(), input.primary
            ),
        )
        return AddContactIdentityPayload(contact=contact, user_errors=errors)

    @strawberry.mutation(description="The oldest other of its kind becomes primary in its place.")
    async def remove_contact_identity(
        self, info: Info, input: RemoveContactIdentityInput
    ) -> RemoveContactIdentityPayload:
        contact, errors = await changed(
            Contact, lambda: resolve_identities.remove_contact_identity(info.context, input.key())
        )
        return RemoveContactIdentityPayload(contact=contact, user_errors=errors)

    @strawberry.mutation(
        description="The contact gets the duplicates' identities, places in groups, and details"
        " that it does not have. They are archived, and it stands for them."
    )
    async def merge_contacts(self, info: Info, input: MergeContactsInput) -> MergeContactsPayload:
        contact, errors = await changed(
            Contact, lambda: resolve_merging.merge_contacts(info.context, *input.keys())
        )
        return MergeContactsPayload(contact=contact, user_errors=errors)

    @strawberry.mutation(
        description="For good: identities, details, what was said with them and what they were"
        " sent. Deliveries stay counted. For owners."
    )
    async def erase_contact(self, info: Info, input: EraseContactInput) -> EraseContactPayload:
        contact, errors = await changed(
            Contact, lambda: resolve_erasing.erase_contact(info.context, input.key())
        )
        return EraseContactPayload(contact=contact, user_errors=errors)
