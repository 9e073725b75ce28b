"""Users by id."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from models.database import Reader, Row
from models.tables import users
from resolvers.loaders.batching import one_each
from resolvers.paging import Selection
from resolvers.scope import IDS, TENANT_ID, is_one_of

u = users.c


async def users_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The users of the tenant with these ids."""
    rows = await read.rows(_by_id, ids=ids, reader_tenant_id=read.tenant_id)
    return one_each(rows, ids, "id")


def _by_id() -> Selection:
    columns = (u.id, u.handle, u.name, u.role, u.created_at)
    return select(*columns).where(u.tenant_id == TENANT_ID, is_one_of(u.id, IDS))
