"""Who is connected to this process: for administrators to see, and to end."""

from uuid import UUID

from models.identity import AuditAction
from models.tenants import Role
from realtime.unit_of_work import unit_of_work
from resolvers.context import Context
from resolvers.errors import Code, UserError
from resolvers.identity import audit
from resolvers.sockets import OpenConnection


def list_connections(context: Context) -> list[OpenConnection]:
    """The connections of the viewer's tenant to this process, the oldest first."""
    context.viewer.require(Role.ADMIN)
    return context.services.connections.of_tenant(context.viewer.tenant_id)


async def close_connection(context: Context, connection_id: UUID) -> UUID:
    """End a connection of the tenant; its user may come back. Raises NOT_FOUND."""
    viewer = context.viewer
    viewer.require(Role.ADMIN)
    services = context.services
    found = [each for each in list_connections(context) if each.id == connection_id]
    if not found:
        message = "This process has no such connection; it may be another's, or closed."
        raise UserError(Code.NOT_FOUND, message, "connectionId")
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        audit.record(work, viewer, AuditAction.CONNECTION_CLOSED, found[0].user_id)
    # It may have closed by itself meanwhile, which is as well.
    services.connections.close(viewer.tenant_id, connection_id)
    return connection_id
