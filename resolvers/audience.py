"""Who of many may see a conversation: asked of the database once for all of them."""

from collections.abc import Collection, Mapping
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import case, func, select

from models.conversations import Visibility
from models.database import Reader
from models.tables import conversations, participants
from resolvers.scope import is_one_of

c = conversations.c
p = participants.c

Users: TypeAlias = frozenset[UUID] | None
"""Some users of a tenant; None: all of them."""

NONE_OF_THEM: Users = frozenset()


async def seers(
    read: Reader, conversation_ids: Collection[UUID], user_ids: Collection[UUID]
) -> Mapping[UUID, Users]:
    """For each conversation those of the users who may see it now.

    The rule is that of `resolvers.scope.visible_conversations`.
    """
    taking_part = (
        select(func.array_agg(p.user_id))
        .where(p.conversation_id == c.id, p.left_at.is_(None), is_one_of(p.user_id, list(user_ids)))
        .scalar_subquery()
    )
    is_open = c.visibility == Visibility.TENANT.value
    statement = select(
        c.id, is_open.label("is_open"), case((is_open, None), else_=taking_part).label("users")
    ).where(c.tenant_id == read.tenant_id, is_one_of(c.id, list(conversation_ids)))
    rows = await read.all(statement)
    found = {row.id: None if row.is_open else frozenset(row.users or ()) for row in rows}
    return {key: found.get(key, NONE_OF_THEM) for key in conversation_ids}
