"""Counting: what happened in a conversation, or in a tenant, becomes its statistics.

All of a conversation is counted again each time, in one snapshot: that is simple and right after
imports, edits and undone imports alike. PostgreSQL sums up, and the texts pass by in batches, so
memory stays bounded. What takes long is done seldom: see `next_due`.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import orjson
import structlog

from analysis.counting import TextTally
from models.base import now
from models.database import Database
from resolvers.statistics.terms import forget_terms, keep_terms

Connection: TypeAlias = "asyncpg.Connection[Any]"

log = structlog.get_logger(__name__)

# Counting a conversation takes at most this part of the time.
SHARE = 50
LEAST_INTERVAL = timedelta(seconds=60)
# A worker that died is waited for so long.
LEASE = timedelta(minutes=10)
TAKEN_AT_ONCE = 10
TOP = 200
BATCH = 1_000

_COUNTED = "conversation_id = $1 AND sender_id IS NOT NULL AND deleted_at IS NULL"
_SEQ = "SELECT last_seq FROM conversations WHERE id = $1"
# The row without a sender is of all of them together. The first message of all answers none.
_PEOPLE = f"""
    WITH turns AS (
        SELECT sender_id, sent_at, length(body) AS characters,
            CASE WHEN lag(sender_id) OVER reading <> sender_id
                THEN extract(epoch FROM sent_at - lag(sent_at) OVER reading)::float8 END AS response
        FROM messages WHERE {_COUNTED}
        WINDOW reading AS (ORDER BY conversation_id, sent_at, id)
    )
    SELECT sender_id, count(*) AS message_count,
        count(*) FILTER (WHERE characters > 0) AS text_count,
        coalesce(sum(characters), 0)::bigint AS characters, min(sent_at) AS first_at,
        max(sent_at) AS last_at, percentile_cont(0.5) WITHIN GROUP (ORDER BY response) AS response
    FROM turns GROUP BY GROUPING SETS ((sender_id), ())
"""
_HOURS = f"""
    SELECT coalesce(array_agg(hour ORDER BY hour), '{{}}') AS hours,
        coalesce(array_agg(count ORDER BY hour), '{{}}') AS hourly
    FROM (SELECT date_trunc('hour', sent_at, 'UTC') AS hour, count(*)::integer AS count
        FROM messages WHERE {_COUNTED} GROUP BY 1) AS hourly
"""
_TEXTS = f"SELECT body FROM messages WHERE {_COUNTED} AND body <> ''"
_FORGET_PEOPLE = "DELETE FROM participant_statistics WHERE conversation_id = $1"
_KEEP_PEOPLE = """
    INSERT INTO participant_statistics (tenant_id, conversation_id, participant_id, message_count,
        text_count, characters, first_at, last_at, response_seconds)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_KEEP = """
    UPDATE conversation_statistics SET seq = $2, as_of = $3, due_at = $4,
        counted_at = clock_timestamp(), message_count = $5, text_count = $6, characters = $7,
        sender_count = $8, first_at = $9, last_at = $10, response_seconds = $11, hours = $12,
        hourly = $13, words = $14, emoji = $15
    WHERE conversation_id = $1
"""
_TENANT_TOTALS = """
    SELECT count(*) AS conversation_count, coalesce(sum(message_count), 0)::bigint AS message_count,
        coalesce(sum(text_count), 0)::bigint AS text_count,
        coalesce(sum(characters), 0)::bigint AS characters, min(first_at) AS first_at,
        max(last_at) AS last_at
    FROM conversation_statistics WHERE tenant_id = $1 AND as_of IS NOT NULL
"""
_TENANT_HOURS = """
    SELECT coalesce(array_agg(hour ORDER BY hour), '{}') AS hours,
        coalesce(array_agg(count ORDER BY hour), '{}') AS hourly
    FROM (SELECT t.hour, sum(t.count)::integer AS count
        FROM conversation_statistics s, unnest(s.hours, s.hourly) AS t (hour, count)
        WHERE s.tenant_id = $1 GROUP BY 1) AS hourly
"""
_SENDERS = """
    FROM participant_statistics s JOIN participants p ON p.id = s.participant_id
    WHERE s.tenant_id = $1
"""
# Archives know people by their names alone: a name is one of them.
_TENANT_SENDER_COUNT = f"""
    SELECT count(DISTINCT p.user_id)
        + count(DISTINCT p.name) FILTER (WHERE p.user_id IS NULL) {_SENDERS}
"""
_TENANT_USERS = f"""
    SELECT p.user_id::text, sum(s.message_count)::bigint AS count
    {_SENDERS} AND p.user_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2
"""
_TENANT_NAMES = f"""
    SELECT p.name, sum(s.message_count)::bigint AS count
    {_SENDERS} AND p.user_id IS NULL AND EXISTS (SELECT FROM conversations c
        WHERE c.id = s.conversation_id AND c.visibility = 'TENANT')
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2
"""
# The median of the conversations' medians, each as often as it has messages.
_TENANT_RESPONSE = """
    SELECT response_seconds FROM (
        SELECT response_seconds, sum(message_count) OVER (ORDER BY response_seconds) AS up_to_here,
            sum(message_count) OVER () AS whole
        FROM conversation_statistics WHERE tenant_id = $1 AND response_seconds IS NOT NULL
    ) AS weighed
    WHERE 2 * up_to_here >= whole ORDER BY response_seconds LIMIT 1
"""
# Of the conversations that everybody in the tenant may see anyway.
_TENANT_TOP = """
    SELECT pair ->> 0 AS text, sum((pair ->> 1)::bigint)::bigint AS count
    FROM conversation_statistics s JOIN conversations c ON c.id = s.conversation_id,
        jsonb_array_elements(s.{column}) AS pair
    WHERE s.tenant_id = $1 AND c.visibility = 'TENANT' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2
"""
_KEEP_TENANT = """
    UPDATE tenant_statistics SET as_of = $2, due_at = $3, conversation_count = $4,
        message_count = $5, text_count = $6, characters = $7, first_at = $8, last_at = $9,
        hours = $10, hourly = $11, sender_count = $12, response_seconds = $13, senders = $14,
        names = $15, words = $16, emoji = $17
    WHERE tenant_id = $1
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a conversation was found to have, in one snapshot."""

    seq: int
    """Of its last event."""
    people: list[asyncpg.Record]
    """A row of `_PEOPLE` for each sender, and one of all together."""
    hours: asyncpg.Record
    tally: TextTally


def next_due(began: datetime, seconds: float) -> datetime:
    """When what took `seconds` to count may be counted again."""
    return began + max(LEAST_INTERVAL, timedelta(seconds=SHARE * seconds))


async def count_what_is_due(database: Database, at: datetime | None = None) -> int:
    """Count every conversation, and then every tenant, in which something has happened since.

    `at` is the present. Any number of processes may do this at once: each conversation is one's.
    """
    total = 0
    while taken := await _take(database, "parley_take_statistics", at):
        for row in taken:
            with _forgiven(row):
                await count_conversation(database, row.tenant_id, row.conversation_id)
        total += len(taken)
    while taken := await _take(database, "parley_take_tenant_statistics", at):
        for row in taken:
            with _forgiven(row):
                await count_tenant(database, row.tenant_id)
    return total


async def count_conversation(database: Database, tenant_id: UUID, conversation_id: UUID) -> None:
    """Count one conversation that was taken."""
    began, clock = now(), time.perf_counter()
    async with database.connection(tenant_id) as connection:
        await keep_terms(connection, tenant_id, conversation_id, began)
    async with (
        database.connection(tenant_id) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        counted = await _count(connection, conversation_id)
    # Not in that snapshot: rows that refer to a conversation that was changed since, as every
    # message changes it, would be refused in it.
    async with database.connection(tenant_id) as connection, connection.transaction():
        due = next_due(began, time.perf_counter() - clock)
        await _keep(connection, (tenant_id, conversation_id), counted, (began, due))


async def _count(connection: Connection, conversation_id: UUID) -> Counted:
    hours = await connection.fetchrow(_HOURS, conversation_id)
    assert hours is not None, "an aggregate gives one row"
    return Counted(
        seq=await connection.fetchval(_SEQ, conversation_id),
        people=await connection.fetch(_PEOPLE, conversation_id),
        hours=hours,
        tally=await _tally(connection, conversation_id),
    )


async def _keep(
    connection: Connection, place: tuple[UUID, UUID], counted: Counted, times: tuple[datetime, ...]
) -> None:
    """Keep what was counted in place of what was before.

    `place`: the tenant and the conversation. `times`: as of when, and when it is due again.
    """
    _, conversation_id = place
    senders = [row for row in counted.people if row["sender_id"] is not None]
    (whole,) = [row for row in counted.people if row["sender_id"] is None]
    await connection.execute(_FORGET_PEOPLE, conversation_id)
    await connection.executemany(_KEEP_PEOPLE, [(*place, *row.values()) for row in senders])
    await connection.execute(
        _KEEP,
        *(conversation_id, counted.seq, *times),
        *(whole["message_count"], whole["text_count"], whole["characters"], len(senders)),
        *(whole["first_at"], whole["last_at"], whole["response"]),
        *(counted.hours["hours"], counted.hours["hourly"]),
        _as_json(counted.tally.words.top(TOP)),
        _as_json(counted.tally.emoji.top(TOP)),
    )


async def count_tenant(database: Database, tenant_id: UUID) -> None:
    """Add up the statistics of a tenant's conversations."""
    began, clock = now(), time.perf_counter()
    async with database.connection(tenant_id) as connection:
        await forget_terms(connection, began)
    async with (
        database.connection(tenant_id) as connection,
        connection.transaction(isolation="repeatable_read"),
    ):
        totals = await connection.fetchrow(_TENANT_TOTALS, tenant_id)
        hours = await connection.fetchrow(_TENANT_HOURS, tenant_id)
        assert totals is not None and hours is not None, "an aggregate gives one row"
        sender_count = await connection.fetchval(_TENANT_SENDER_COUNT, tenant_id)
        response = await connection.fetchval(_TENANT_RESPONSE, tenant_id)
        texts = (_TENANT_TOP.format(column=column) for column in ("words", "emoji"))
        lists = [
            await connection.fetch(statement, tenant_id, TOP)
            for statement in (_TENANT_USERS, _TENANT_NAMES, *texts)
        ]
        await connection.execute(
            _KEEP_TENANT,
            tenant_id,
            began,
            next_due(began, time.perf_counter() - clock),
            *totals.values(),
            *(hours.hours, hours.hourly),
            *(sender_count, response),
            *(_as_json([tuple(row) for row in top]) for top in lists),
        )


async def _take(database: Database, function: str, at: datetime | None) -> list[Any]:
    moment = at or now()
    return await database.across_tenants(function, moment, moment + LEASE, TAKEN_AT_ONCE)


async def _tally(connection: Connection, conversation_id: UUID) -> TextTally:
    """The words and emoji of all texts; counted in a thread, so that requests are served on."""
    tally = TextTally()
    cursor = await connection.cursor(_TEXTS, conversation_id)
    while rows := await cursor.fetch(BATCH):
        await asyncio.to_thread(tally.add, [row["body"] for row in rows])
    return tally


@contextmanager
def _forgiven(row: Any) -> Iterator[None]:
    """What PostgreSQL refuses is told, and tried again when the lease is over."""
    try:
        yield
    except asyncpg.PostgresError as error:
        log.warning("not_counted", of=str(row[-1]), error=str(error))


def _as_json(pairs: list[tuple[Any, ...]]) -> str:
    return orjson.dumps(pairs).decode()
