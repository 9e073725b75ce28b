"""Who is signed in, and to which tenant."""

import strawberry

from models.database import Row
from resolvers import context
from resolvers import users as resolve_users
from resolvers.inbox import present_cursor
from resolvers.reading import unread_counts
from schema.conversations import User
from schema.enums import Role
from schema.fields import Info, Node, RowType, column
from schema.ids import IdType, encode_id


@strawberry.type(description="A customer of the installation.")
class Tenant(Node):
    id_type = IdType.TENANT

    slug: str = column("Unique in the installation.")
    name: str = column()


@strawberry.type(description="What the viewer has not read; archived and muted do not count.")
class UnreadCounts(RowType):
    row: strawberry.Private[Row]

    conversations: int = column()

    @strawberry.field
    def messages(self) -> int:
        return int(self.row.messages)


@strawberry.type(description="Who is signed in.")
class Viewer:
    signed_in: strawberry.Private[context.Viewer]

    @strawberry.field(description="The user's id.")
    def id(self) -> strawberry.ID:
        return encode_id(IdType.USER, self.signed_in.user_id)

    @strawberry.field
    def role(self) -> Role:
        return self.signed_in.role

    @strawberry.field
    async def user(self, info: Info) -> User:
        return User(row=await resolve_users.find_viewer(info.context))

    @strawberry.field
    async def tenant(self, info: Info) -> Tenant:
        return Tenant(row=await resolve_users.find_tenant(info.context))

    @strawberry.field(description="For the badge of an application.")
    async def unread(self, info: Info) -> UnreadCounts:
        return UnreadCounts(row=await unread_counts(info.context))

    @strawberry.field(
        description="The cursor for now of `inboxEvents`, and of `scheduleEvents` of all schedules."
        " Ask for it first, then read what you show, then subscribe after it: nothing falls"
        " between."
    )
    async def inbox_cursor(self, info: Info) -> str:
        return await present_cursor(info.context)


@strawberry.type
class ViewerQueries:
    @strawberry.field(description="Who is signed in.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer(signed_in=info.context.viewer)
