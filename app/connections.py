"""The connections of this process, as resolvers ask for them."""

from uuid import UUID

from app.graphql.errors import TransportCode
from app.graphql.sockets import ConnectionInfo, SocketRegistry
from app.signin.live import Identity
from resolvers.sockets import OpenConnection


class LocalConnections:
    """Shows and closes those connections of the registry that have a viewer."""

    def __init__(self, registry: SocketRegistry) -> None:
        self._registry = registry

    def of_tenant(self, tenant_id: UUID) -> list[OpenConnection]:
        """Those of a tenant's users, the oldest first."""
        return sorted(
            (
                _shown(info, info.identity)
                for info in self._registry.describe()
                if isinstance(info.identity, Identity) and info.identity.tenant_id == tenant_id
            ),
            key=lambda connection: connection.opened_at,
        )

    def close(self, tenant_id: UUID, connection_id: UUID) -> bool:
        """End one of them; False when there is none with this id."""

        def is_meant(info: ConnectionInfo) -> bool:
            return (
                UUID(info.id) == connection_id
                and isinstance(info.identity, Identity)
                and info.identity.tenant_id == tenant_id
            )

        return self._registry.cut(is_meant, TransportCode.CLOSED_BY_ADMINISTRATOR.value) > 0


def _shown(info: ConnectionInfo, identity: Identity) -> OpenConnection:
    return OpenConnection(
        id=UUID(info.id),
        transport=info.transport,
        user_id=identity.user_id,
        address=info.address,
        opened_at=info.opened_at,
        operations=info.operations,
        queued_bytes=info.queued_bytes,
    )
