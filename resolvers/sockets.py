"""Who is connected to this process, as resolvers see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """A socket or an event stream of a user, and the operations that run on it."""

    id: UUID
    transport: str
    user_id: UUID
    address: str | None
    opened_at: datetime
    operations: tuple[str, ...]
    queued_bytes: int


class Connections(Protocol):
    """The connections of this process."""

    def of_tenant(self, tenant_id: UUID) -> list[OpenConnection]:
        """Those of a tenant's users, the oldest first."""
        ...

    def close(self, tenant_id: UUID, connection_id: UUID) -> bool:
        """End one of them; False when there is none with this id."""
        ...


class NoConnections:
    """A process that nobody can connect to."""

    def of_tenant(self, tenant_id: UUID) -> list[OpenConnection]:
        """None."""
        return []

    def close(self, tenant_id: UUID, connection_id: UUID) -> bool:
        """There is nothing to close."""
        return False
