"""Looking at who is connected."""

import strawberry

from resolvers.connections import list_connections
from schema.fields import Info
from schema.network import ClientConnection


@strawberry.type
class ConnectionQueries:
    @strawberry.field(
        description="Who of the tenant is connected to the process that answers, the oldest first."
        " Where several processes serve, each knows its own alone."
    )
    def connections(self, info: Info) -> list[ClientConnection]:
        return [ClientConnection(connection=one) for one in list_connections(info.context)]
