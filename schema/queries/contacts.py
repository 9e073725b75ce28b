"""Finding contacts and recipient groups."""

import strawberry

from models.audience import IdentityKind
from resolvers import contact_finding
from resolvers import contacts as resolve
from resolvers import recipient_groups as resolve_groups
from resolvers.contacts import ContactFilter
from resolvers.loaders.audience import CONTACTS_BY_CREATION, GROUPS_BY_CREATION
from resolvers.paging import page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.contacts import Contact, RecipientGroup
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id


@strawberry.input(description="Which contacts; each given condition holds.")
class ContactFilterInput:
    search: str | None = strawberry.field(
        default=None, description="A part of the name, or the beginning of an identity."
    )
    group_id: strawberry.ID | None = None
    identity_kind: IdentityKind | None = strawberry.field(
        default=None, description="Those who are known by one of this kind."
    )
    opted_out: bool | None = None
    archived: bool = strawberry.field(
        default=False, description="Those who are archived instead of those who are not."
    )

    def parsed(self) -> ContactFilter:
        """The filter as resolvers take it. Raises BAD_ID."""
        return ContactFilter(
            self.search,
            decode_optional_id(IdType.RECIPIENT_GROUP, self.group_id, "groupId"),
            self.identity_kind,
            self.opted_out,
            self.archived,
        )


@strawberry.type
class ContactQueries:
    @strawberry.field
    async def contact(self, info: Info, id: strawberry.ID) -> Contact | None:
        return await find_contact(info, id)

    @strawberry.field(description="The tenant's contacts, the newest first.")
    async def contacts(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: ContactFilterInput | None = None,
    ) -> Connection[Contact]:
        wanted = filter.parsed() if filter else ContactFilter()
        request = page_request(first, after, last, before)
        return connection(
            await resolve.list_contacts(info.context, request, wanted),
            CONTACTS_BY_CREATION,
            Contact,
            lambda: resolve.count_contacts(info.context, wanted),
        )

    @strawberry.field
    async def recipient_group(self, info: Info, id: strawberry.ID) -> RecipientGroup | None:
        return await find_group(info, id)

    @strawberry.field(description="The tenant's groups of contacts, the newest first.")
    async def recipient_groups(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        search: str | None = None,
    ) -> Connection[RecipientGroup]:
        request = page_request(first, after, last, before)
        return connection(
            await resolve_groups.list_groups(info.context, request, search),
            GROUPS_BY_CREATION,
            RecipientGroup,
            lambda: resolve_groups.count_groups(info.context, search),
        )


async def find_contact(info: Info, key: strawberry.ID) -> Contact:
    """The contact with an id. Raises BAD_ID or NOT_FOUND."""
    contact_id = decode_id(IdType.CONTACT, key)
    return Contact(row=await contact_finding.find_contact(info.context, contact_id))


async def find_group(info: Info, key: strawberry.ID) -> RecipientGroup:
    """The recipient group with an id. Raises BAD_ID or NOT_FOUND."""
    group_id = decode_id(IdType.RECIPIENT_GROUP, key)
    return RecipientGroup(row=await resolve_groups.find_group(info.context, group_id))
