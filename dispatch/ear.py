"""What reads for one device."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.database import Database
from realtime.unit_of_work import Bell, UnitOfWork, unit_of_work


@dataclass(frozen=True, slots=True)
class Ear:
    """The device, its tenant, and when it reads."""

    database: Database
    bell: Bell
    tenant_id: UUID
    device_id: UUID
    now: datetime

    def work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction of the tenant's."""
        return unit_of_work(self.database, self.bell, self.tenant_id)
