"""Who is connected to this process: for administrators to see, and to end."""

from uuid import UUID

import structlog

from models.tenants import Role
from resolvers.context import Context
from resolvers.errors import Code, UserError
from resolvers.sockets import OpenConnection

log = structlog.get_logger(__name__)


def list_connections(context: Context) -> list[OpenConnection]:
    """The connections of the viewer's tenant to this process, the oldest first."""
    context.viewer.require(Role.ADMIN)
    return context.services.connections.of_tenant(context.viewer.tenant_id)


async def close_connection(context: Context, connection_id: UUID) -> UUID:
    """End a connection of the tenant; its user may come back. Raises NOT_FOUND."""
    viewer = context.viewer
    viewer.require(Role.ADMIN)
    if not context.services.connections.close(viewer.tenant_id, connection_id):
        message = "This process has no such connection; it may be another's, or closed."
        raise UserError(Code.NOT_FOUND, message, "connectionId")
    log.info("connection_closed", socket=connection_id.hex, by=str(viewer.user_id))
    return connection_id
