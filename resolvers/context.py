"""What a resolver is given: who asks, and the things it may use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from realtime.hub import Hub

from models.base import now
from models.database import Database, Reader
from models.tenants import Role
from realtime.unit_of_work import Bell
from resolvers.errors import Code, ParleyError
from resolvers.limits import Limits
from resolvers.loaders import Loaders


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is signed in, in which tenant, with which role, until when (None: for good)."""

    tenant_id: UUID
    user_id: UUID
    role: Role
    expires_at: datetime | None = None

    def require(self, role: Role) -> None:
        """Raise FORBIDDEN unless the viewer's role includes `role`."""
        if not self.role.may_act_as(role):
            raise ParleyError(
                Code.FORBIDDEN, f"This needs the role {role.value}; yours is {self.role.value}."
            )


@dataclass(frozen=True, slots=True)
class Services:
    """What lives as long as the process."""

    database: Database
    bell: Bell
    hub: Hub
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], datetime] = now


@dataclass(frozen=True, slots=True)
class Context:
    """One operation's dependencies. Loaders cache, so each operation has its own."""

    viewer: Viewer
    services: Services
    read: Reader
    loaders: Loaders

    @classmethod
    def of(cls, viewer: Viewer, services: Services) -> "Context":
        """A context for one operation of a viewer."""
        read = services.database.reader(viewer.tenant_id)
        return cls(viewer, services, read, Loaders(read, viewer.user_id))
