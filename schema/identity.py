"""Members, their credentials, and the audit trail, as clients see them."""

from datetime import datetime
from uuid import UUID

import orjson
import strawberry
from strawberry.scalars import JSON

from models.database import Row
from resolvers.identity.sessions import SessionTokens
from schema.conversations import User
from schema.enums import AuditAction, Role
from schema.fields import Info, RowType, column
from schema.ids import IdType, encode_id

# What the audit trail's actions are about.
SUBJECTS = {
    "SESSION": IdType.SESSION,
    "REFRESH": IdType.SESSION,
    "API": IdType.API_KEY,
    "INVITATION": IdType.INVITATION,
    "TENANT": IdType.TENANT,
}


@strawberry.type(description="A sign-in. Both tokens are secrets; nobody can show them again.")
class Session:
    access_token: str = strawberry.field(description="For the Authorization header: Bearer …")
    access_expires_at: datetime = strawberry.field(description="Refresh before this.")
    refresh_token: str = strawberry.field(
        description="Good once. Used twice, it ends the session: it may have been stolen."
    )
    expires_at: datetime = strawberry.field(description="Then one must sign in anew.")

    @classmethod
    def of(cls, tokens: SessionTokens) -> "Session":
        """The session as the resolvers give it."""
        return cls(
            access_token=tokens.access_token,
            access_expires_at=tokens.access_expires_at,
            refresh_token=tokens.refresh_token,
            expires_at=tokens.expires_at,
        )


@strawberry.type(description="A program's credential. It acts as its user.")
class ApiKey(RowType):
    row: strawberry.Private[Row]

    name: str = column()
    role: Role = column("The most that it may do; its user's role bounds it as well.")
    read_only: bool = column("Whether every mutation is refused to it.")
    created_at: datetime = column()
    expires_at: datetime | None = column()
    last_used_at: datetime | None = column("To the minute.")
    revoked_at: datetime | None = column()

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id(IdType.API_KEY, self.row.id)

    @strawberry.field
    async def user(self, info: Info) -> User | None:
        return await find_user(info, self.row.user_id)


@strawberry.type(description="A place in the tenant that waits for whoever has the token.")
class Invitation(RowType):
    row: strawberry.Private[Row]

    handle: str = column()
    role: Role = column()
    created_at: datetime = column()
    expires_at: datetime = column()

    @strawberry.field
    def id(self) -> strawberry.ID:
        return encode_id(IdType.INVITATION, self.row.id)

    @strawberry.field
    async def invited_by(self, info: Info) -> User | None:
        return await find_user(info, self.row.invited_by_id)


@strawberry.type(description="An Ethereum account that signs its user in.")
class Wallet(RowType):
    row: strawberry.Private[Row]

    address: str = column("0x and 40 digits, in lower case.")
    created_at: datetime = column()


@strawberry.type(description="Who did what to what, when, and from where.")
class AuditEntry(RowType):
    row: strawberry.Private[Row]

    action: AuditAction = column()
    created_at: datetime = column()
    address: str | None = column("Where the request came from.")

    @strawberry.field(description="What else there is to say, by the action.")
    def detail(self) -> JSON:
        return JSON(orjson.loads(self.row.detail))

    @strawberry.field(description="Null for the installation's operators.")
    async def actor(self, info: Info) -> User | None:
        return await find_user(info, self.row.actor_id)

    @strawberry.field(description="The session, key, invitation, tenant or user it was done to.")
    def subject_id(self) -> strawberry.ID | None:
        if self.row.subject_id is None:
            return None
        id_type = SUBJECTS.get(self.row.action.partition("_")[0], IdType.USER)
        return encode_id(id_type, self.row.subject_id)


async def find_user(info: Info, user_id: UUID | None) -> User | None:
    """The user that a row names, who may have been removed since."""
    row = None if user_id is None else await info.context.loaders.user.load(user_id)
    return User(row=row) if row else None
