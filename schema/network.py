"""Who is connected, for administrators."""

from datetime import datetime

import strawberry

from resolvers.sockets import OpenConnection
from schema.conversations import User
from schema.fields import Info
from schema.ids import IdType, encode_id


@strawberry.type(description="A socket, or an event stream, of a member.")
class ClientConnection:
    connection: strawberry.Private[OpenConnection]

    @strawberry.field(description="Ends with the connection.")
    def id(self) -> strawberry.ID:
        return encode_id(IdType.CONNECTION, self.connection.id)

    @strawberry.field(description="`websocket` or `sse`.")
    def transport(self) -> str:
        return self.connection.transport

    @strawberry.field
    async def user(self, info: Info) -> User | None:
        row = await info.context.loaders.user.load(self.connection.user_id)
        return User(row=row) if row else None

    @strawberry.field(description="Where it comes from; behind a proxy, the proxy's.")
    def address(self) -> str | None:
        return self.connection.address

    @strawberry.field
    def opened_at(self) -> datetime:
        return self.connection.opened_at

    @strawberry.field(description="The names of the operations that run on it.")
    def operations(self) -> list[str]:
        return list(self.connection.operations)

    @strawberry.field(description="What waits because the client reads too slowly.")
    def queued_bytes(self) -> int:
        return self.connection.queued_bytes
