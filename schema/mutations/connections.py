"""Ending connections."""

from uuid import UUID

import strawberry

from resolvers.connections import close_connection
from schema.errors import MutationResult, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id


@strawberry.input
class CloseConnectionInput:
    connection_id: strawberry.ID

    def key(self) -> UUID:
        """The connection's UUID. Raises BAD_ID."""
        return decode_id(IdType.CONNECTION, self.connection_id, "connectionId")


@strawberry.type
class CloseConnectionPayload(MutationResult):
    connection_id: strawberry.ID | None = None


@strawberry.type
class ConnectionMutations:
    @strawberry.mutation(
        description="The client may come back: to keep someone out, end their session or key. Only"
        " connections of the process that answers can be closed."
    )
    async def close_connection(
        self, info: Info, input: CloseConnectionInput
    ) -> CloseConnectionPayload:
        closed, errors = await outcome(lambda: close_connection(info.context, input.key()))
        key = input.connection_id if closed else None
        return CloseConnectionPayload(connection_id=key, user_errors=errors)
