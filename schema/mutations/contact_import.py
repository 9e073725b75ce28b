"""Bringing contacts in by the thousand."""

from uuid import UUID

import strawberry

from models.audience import IdentityKind
from models.tenants import Role
from resolvers import contact_import as resolve
from resolvers import recipient_groups as resolve_groups
from resolvers.contact_identities import GivenIdentity
from resolvers.contact_import import ImportedContacts
from resolvers.contact_rows import ContactRow, rows_of_csv
from resolvers.errors import Code
from resolvers.errors import UserError as InputError
from schema.contacts import RecipientGroup
from schema.errors import MutationResult, outcome
from schema.fields import Info
from schema.ids import IdType, decode_optional_id
from schema.mutations.contacts import ContactFieldInput, fields_of

MAX_LISTED = 1_000
MAX_SHOWN = 100


@strawberry.input(description="Known by at least one of phone, email, wallet, WhatsApp user.")
class ImportContactInput:
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    wallet: str | None = None
    whatsapp_user: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    fields: list[ContactFieldInput] = strawberry.field(default_factory=list)

    def parsed(self, region: str | None) -> ContactRow:
        """The row as resolvers take it."""
        given = {
            IdentityKind.PHONE: self.phone,
            IdentityKind.EMAIL: self.email,
            IdentityKind.WALLET: self.wallet,
            IdentityKind.WHATSAPP_USER: self.whatsapp_user,
        }
        identities = tuple(
            GivenIdentity(kind, value, region) for kind, value in given.items() if value
        )
        fields = fields_of(self.fields)
        return ContactRow(identities, self.name, self.locale, self.time_zone, fields)


@strawberry.input(description="Give contacts or csv.")
class ImportContactsInput:
    contacts: list[ImportContactInput] | None = strawberry.field(
        default=None, description="At most 1,000."
    )
    csv: str | None = strawberry.field(
        default=None,
        description="At most 10,000 rows below a heading: name, phone, email, wallet,"
        " whatsapp_user, locale, time_zone; other columns are fields. Empty cells say nothing.",
    )
    region: str | None = strawberry.field(
        default=None, description="ISO 3166 code of the country of phones that have none."
    )
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="All of them are in this group afterwards."
    )

    def rows(self) -> list[ContactRow]:
        """The rows as resolvers take them. Raises BAD_INPUT or TOO_LONG."""
        if (self.contacts is None) == (self.csv is None):
            raise InputError(Code.BAD_INPUT, "Give contacts or csv, and not both.", "contacts")
        if self.csv is not None:
            return rows_of_csv(self.csv, self.region)
        given = self.contacts or []
        if len(given) > MAX_LISTED:
            message = f"There are {len(given)} contacts; give more than {MAX_LISTED} as csv."
            raise InputError(Code.TOO_LONG, message, "contacts")
        return [one.parsed(self.region) for one in given]

    def group(self) -> UUID | None:
        """The group's UUID. Raises BAD_ID."""
        return decode_optional_id(IdType.RECIPIENT_GROUP, self.group_id, "groupId")


@strawberry.type(description="A row that was left out.")
class RejectedContact:
    row: int = strawberry.field(description="From 1, without the heading.")
    code: str
    message: str
    field: str | None


@strawberry.type
class ImportContactsPayload(MutationResult):
    created: int | None = None
    updated: int | None = strawberry.field(
        default=None, description="Contacts that were known already."
    )
    rejected_count: int | None = None
    rejected: list[RejectedContact] = strawberry.field(
        default_factory=list, description="The first 100."
    )
    recipient_group: RecipientGroup | None = None


@strawberry.type
class ContactImportMutations:
    @strawberry.mutation(
        description="Contacts are found by any of their identities and brought up to date, or"
        " made. Again changes nothing more. Rows that cannot be kept are told and left out."
    )
    async def import_contacts(
        self, info: Info, input: ImportContactsInput
    ) -> ImportContactsPayload:
        found, errors = await outcome(lambda: _import(info, input))
        if found is None:
            return ImportContactsPayload(user_errors=errors)
        return await _shown(info, found, input.group())


async def _import(info: Info, input: ImportContactsInput) -> ImportedContacts:
    info.context.viewer.require(Role.AGENT)
    return await resolve.import_contacts(info.context, input.rows(), input.group())


async def _shown(
    info: Info, found: ImportedContacts, group_id: UUID | None
) -> ImportContactsPayload:
    group = None
    if group_id is not None:
        group = RecipientGroup(row=await resolve_groups.find_group(info.context, group_id))
    return ImportContactsPayload(
        created=found.created,
        updated=found.updated,
        rejected_count=len(found.rejected),
        rejected=[
            RejectedContact(
                row=row.number, code=row.code.value, message=row.message, field=row.field
            )
            for row in found.rejected[:MAX_SHOWN]
        ],
        recipient_group=group,
        user_errors=[],
    )
