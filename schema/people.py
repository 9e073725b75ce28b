"""Users, and who takes part in conversations."""

from datetime import datetime

import strawberry

from resolvers.loaders import PageKey
from resolvers.loaders.public_keys import BY_PUBLISHING, PublicKeyFilter
from resolvers.paging import page_request
from schema.connections import After, Connection, First, connection
from schema.enums import Role
from schema.fields import SAME_FOR_ALL, Info, Node, column, loaded
from schema.ids import IdType
from schema.public_keys import PublicKey, PublicKeyFilterInput


@strawberry.type(description="Someone who signs in to the tenant.")
class User(Node):
    id_type = IdType.USER

    handle: str = column("Unique within the tenant.")
    name: str = column()
    role: Role = column()

    @strawberry.field(
        metadata=SAME_FOR_ALL,
        description="Revoked ones too; in the order in which they were published.",
    )
    async def public_keys(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: PublicKeyFilterInput | None = None,
    ) -> Connection[PublicKey]:
        loaders = info.context.loaders
        wanted = filter.parsed(info) if filter else PublicKeyFilter()
        page = await loaders.public_keys.load(
            PageKey(self.row.id, page_request(first, after), wanted)
        )
        return connection(
            page,
            BY_PUBLISHING,
            PublicKey,
            lambda: loaders.public_key_count.load((self.row.id, wanted)),
        )


@strawberry.type(description="Someone who takes part in a conversation.")
class Participant(Node):
    id_type = IdType.PARTICIPANT

    name: str = column("The user's name, or the name that an archive gives.")
    left_at: datetime | None = column()

    @strawberry.field
    def joined_at(self) -> datetime:
        joined: datetime = self.row.created_at
        return joined

    user: User | None = loaded(
        "user_id",
        lambda loaders: loaders.user,
        lambda row: User(row=row),
        "Null for a name from an archive.",
    )
