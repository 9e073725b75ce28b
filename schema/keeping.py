"""What the viewer, and the tenant, made of a conversation."""

from datetime import datetime
from uuid import UUID

import strawberry

from models.database import Row
from schema.fields import SAME_FOR_ALL, Info
from schema.labels import Label


@strawberry.type
class Kept:
    """The fields of a conversation that say how it is kept."""

    row: strawberry.Private[Row]

    @strawberry.field(description="When the viewer pinned it; null: it is not pinned.")
    async def pinned_at(self, info: Info) -> datetime | None:
        settings = await _settings(info, self.row.id)
        return settings.pinned_at if settings else None

    @strawberry.field(description="When the viewer archived it; null: it is not archived.")
    async def archived_at(self, info: Info) -> datetime | None:
        settings = await _settings(info, self.row.id)
        return settings.archived_at if settings else None

    @strawberry.field(description="Whether the viewer wants no notifications of it now.")
    async def muted(self, info: Info) -> bool:
        settings = await _settings(info, self.row.id)
        if settings is None or settings.muted_at is None:
            return False
        until: datetime | None = settings.muted_until
        return until is None or until > info.context.services.clock()

    @strawberry.field(description="Until when it is muted; null: for good, or not at all.")
    async def muted_until(self, info: Info) -> datetime | None:
        settings = await _settings(info, self.row.id)
        return settings.muted_until if settings else None

    @strawberry.field(metadata=SAME_FOR_ALL, description="By name.")
    async def labels(self, info: Info) -> list[Label]:
        rows = await info.context.loaders.labels.load(self.row.id)
        return [Label(row=row) for row in rows]


async def _settings(info: Info, conversation_id: UUID) -> Row | None:
    return await info.context.loaders.settings.load(conversation_id)
