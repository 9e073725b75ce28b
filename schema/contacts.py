"""Contacts and recipient groups: the types that refer to one another."""

from datetime import datetime, time
from uuid import UUID

import orjson
import strawberry

from models.audience import IdentityKind
from models.database import Row
from resolvers.loaders import PageKey
from resolvers.loaders.audience import GROUPS_BY_CREATION, MEMBERS_BY_JOINING
from resolvers.paging import page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.conversations import User
from schema.fields import Info, Node, RowType, column
from schema.ids import IdType, encode_id

strawberry.enum(IdentityKind, description="What a contact is known by.")


@strawberry.type(description="Something that a contact is known by, and nobody else.")
class ContactIdentity(RowType):
    row: strawberry.Private[Row]

    kind: IdentityKind = column()
    is_primary: bool = column("Whether messages go here rather than to others of the kind.")
    created_at: datetime = column()

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id(IdType.CONTACT_IDENTITY, self.row.id)

    @strawberry.field(description="A phone in E.164, a wallet as EIP-55 has it, a user's id.")
    def value(self) -> str:
        if self.row.kind == IdentityKind.USER.value:
            return encode_id(IdType.USER, UUID(self.row.value))
        kept: str = self.row.value
        return kept

    @strawberry.field(description="The user of the tenant that it names, if it names one.")
    async def user(self, info: Info) -> User | None:
        if self.row.kind != IdentityKind.USER.value:
            return None
        row = await info.context.loaders.user.load(UUID(self.row.value))
        return User(row=row) if row else None


@strawberry.type(description="From when until when, by the contact's clocks, nothing should come.")
class QuietHours:
    start: time
    end: time = strawberry.field(description="On the next day, where it is before the start.")


@strawberry.type(description="Something of your own that you keep of a contact.")
class ContactField:
    name: str = strawberry.field(description="Templates say {{contact.name}} with this name.")
    value: str


@strawberry.type(description="Somebody whom messages are sent to, known by any number of things.")
class Contact(Node):
    id_type = IdType.CONTACT

    name: str = column()
    locale: str | None = column("A language tag, such as pt-BR.")
    time_zone: str | None = column("An IANA name.")
    created_at: datetime = column()
    updated_at: datetime = column()
    archived_at: datetime | None = column("Archived contacts are sent nothing.")
    opted_out_at: datetime | None = column("Since when they want nothing.")
    erased_at: datetime | None = column("When all that was known of them was forgotten.")

    @strawberry.field(description="Who stands for this contact, if it was found a duplicate.")
    async def merged_into(self, info: Info) -> "Contact | None":
        if self.row.merged_into_id is None:
            return None
        row = await info.context.loaders.contact.load(self.row.merged_into_id)
        return Contact(row=row) if row else None

    @strawberry.field(description="Null: any time is right.")
    def quiet_hours(self) -> QuietHours | None:
        if self.row.quiet_from is None:
            return None
        return QuietHours(start=self.row.quiet_from, end=self.row.quiet_until)

    @strawberry.field(description="In the order of their names.")
    def fields(self) -> list[ContactField]:
        kept: dict[str, str] = orjson.loads(self.row.fields)
        return [ContactField(name=name, value=kept[name]) for name in sorted(kept)]

    @strawberry.field(description="At most 20, in the order in which they were added.")
    async def identities(self, info: Info) -> list[ContactIdentity]:
        rows = await info.context.loaders.identities.load(self.row.id)
        return [ContactIdentity(row=row) for row in rows]

    @strawberry.field(description="The groups that the contact is in, the newest group first.")
    async def groups(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection["RecipientGroup"]:
        loaders, key = info.context.loaders, self.row.id
        request = page_request(first, after, last, before)
        return connection(
            await loaders.contact_groups.load(PageKey(key, request)),
            GROUPS_BY_CREATION,
            RecipientGroup,
            lambda: loaders.contact_group_count.load(key),
        )


@strawberry.type(description="Contacts that are written to together.")
class RecipientGroup(Node):
    id_type = IdType.RECIPIENT_GROUP

    name: str = column("Unique within the tenant.")
    description: str = column()
    size: int = column("How many contacts are in it.")
    version: int = column("Counts its changes, of members too.")
    created_at: datetime = column()
    updated_at: datetime = column()

    @strawberry.field(description="In the order in which they were added.")
    async def members(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Contact]:
        request = page_request(first, after, last, before)
        page = await info.context.loaders.group_members.load(PageKey(self.row.id, request))
        return connection(page, MEMBERS_BY_JOINING, Contact, self._size)

    async def _size(self) -> int:
        size: int = self.row.size
        return size
