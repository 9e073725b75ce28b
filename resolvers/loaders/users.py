"""Users by id."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from models.database import Reader, Row
from models.tables import users
from resolvers.loaders.batching import one_each
from resolvers.scope import is_one_of

u = users.c


async def users_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The users of the tenant with these ids."""
    statement = select(u.id, u.handle, u.name, u.role, u.created_at).where(
        u.tenant_id == read.tenant_id, is_one_of(u.id, list(ids))
    )
    return one_each(await read.all(statement), ids, "id")
