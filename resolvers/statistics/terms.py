"""The words that a tenant's messages have, kept for searches that misspell one."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

SHORTEST, LONGEST = 4, 32
"""Characters of a word. Those of scripts without spaces are pairs in the index: never so long."""
LOOKED_AT = 200
"""Words of a tenant that are looked up each time whether they are still said."""

_TERMS = "SELECT search FROM messages WHERE conversation_id = '{}'"
# In one order, so that two that do so at once do not wait for one another. Most are known already,
# and are not written again.
_KEEP = """
    INSERT INTO search_terms AS known (tenant_id, term, count, checked_at)
    SELECT $1, word, ndoc, $3 FROM ts_stat($2)
    WHERE length(word) BETWEEN $4 AND $5 AND word !~ '^\\.|[0-9]'
    ORDER BY word COLLATE "C"
    ON CONFLICT (tenant_id, term) DO UPDATE SET count = excluded.count
        WHERE excluded.count > known.count
"""


async def keep_terms(
    connection: "asyncpg.Connection[Any]", tenant_id: UUID, conversation_id: UUID, at: datetime
) -> None:
    """Keep the words of a conversation. Those of deleted messages go by `forget_terms`."""
    terms = _TERMS.format(conversation_id)
    await connection.execute(_KEEP, tenant_id, terms, at, SHORTEST, LONGEST)


async def forget_terms(connection: "asyncpg.Connection[Any]", at: datetime) -> int:
    """Look up some words of the tenant, those that were not looked up longest; says how many are
    not said any more, and were forgotten."""
    gone: int = await connection.fetchval("SELECT parley_forget_terms($1, $2)", at, LOOKED_AT)
    return gone
