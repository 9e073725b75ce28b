"""Reading the events table: the truth that the bus only points to."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import ARRAY, BigInteger, DateTime, Integer, Text, TextClause, Uuid, bindparam, text

from models.database import Database, Row
from models.events import EventKind, Stream
from realtime.events import LiveEvent
from realtime.measures import HubStatistics

log = structlog.get_logger(__name__)

# Streams may be many: arrays keep one statement for any number of them, and LATERAL makes
# PostgreSQL step through the primary key of each.
_EVENTS_AFTER = """
    SELECT e.stream_id, e.seq, e.stream, e.kind, e.payload, e.created_at
    FROM unnest(:stream_ids, :seqs) AS known (stream_id, seq)
    CROSS JOIN LATERAL (
        SELECT * FROM events
        WHERE tenant_id = :tenant_id AND stream_id = known.stream_id AND seq > known.seq
        ORDER BY seq LIMIT :limit
    ) AS e
    ORDER BY e.stream_id, e.seq LIMIT :limit
"""
_MADE_SINCE = """
    SELECT stream_id, seq, stream, kind, payload, created_at FROM events
    WHERE tenant_id = :tenant_id AND created_at >= :moment
    ORDER BY created_at DESC, seq DESC LIMIT :limit
"""
_SPANS_SINCE = """
    SELECT stream_id, min(seq) AS first, max(seq) AS last FROM events
    WHERE tenant_id = :tenant_id AND created_at >= :moment
    GROUP BY stream_id
"""
_POSITIONS_BEFORE = """
    SELECT wanted.stream_id, COALESCE(
        (SELECT seq FROM events
         WHERE tenant_id = :tenant_id AND stream_id = wanted.stream_id AND created_at < :moment
         ORDER BY seq DESC LIMIT 1),
        (SELECT seq - 1 FROM events
         WHERE tenant_id = :tenant_id AND stream_id = wanted.stream_id
         ORDER BY seq LIMIT 1),
        (SELECT last_seq FROM conversations
         WHERE tenant_id = :tenant_id AND id = wanted.stream_id),
        (SELECT last_seq FROM schedules WHERE tenant_id = :tenant_id AND id = wanted.stream_id),
        (SELECT last_seq FROM imports WHERE tenant_id = :tenant_id AND id = wanted.stream_id),
        (SELECT last_seq FROM devices WHERE tenant_id = :tenant_id AND id = wanted.stream_id),
        0) AS seq
    FROM unnest(:stream_ids) AS wanted (stream_id)
"""
_LAST_SEQ = """
    SELECT last_seq FROM conversations WHERE tenant_id = :tenant_id AND id = :stream_id
    UNION ALL
    SELECT last_seq FROM schedules WHERE tenant_id = :tenant_id AND id = :stream_id
    UNION ALL
    SELECT last_seq FROM imports WHERE tenant_id = :tenant_id AND id = :stream_id
    UNION ALL
    SELECT last_seq FROM devices WHERE tenant_id = :tenant_id AND id = :stream_id
"""
_TYPES: dict[str, Any] = {
    "tenant_id": Uuid(),
    "stream_id": Uuid(),
    "stream_ids": ARRAY(Uuid()),
    "seqs": ARRAY(BigInteger()),
    "moment": DateTime(timezone=True),
    "limit": Integer(),
    "page": Integer(),
    "seq": BigInteger(),
    "since": Text(),
    "until": Text(),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the journal; without `event` if a newer version wrote it and we cannot read it."""

    stream_id: UUID
    seq: int
    event: LiveEvent | None


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last seq of a stream within a time."""

    first: int
    last: int


class Journal:
    """The events of one tenant. Each method is one statement; database errors come through."""

    def __init__(self, database: Database, tenant_id: UUID) -> None:
        self._database = database
        self._tenant_id = tenant_id

    async def events_after(self, positions: Mapping[UUID, int], limit: int) -> list[Entry]:
        """At most `limit` entries beyond the given seqs, ordered by stream and seq."""
        rows = await self._read(
            _EVENTS_AFTER,
            stream_ids=list(positions),
            seqs=list(positions.values()),
            limit=limit,
        )
        return [entry_in(row, self._tenant_id) for row in rows]

    async def made_since(self, moment: datetime, limit: int) -> list[Entry]:
        """The newest `limit` entries made at or after `moment`, oldest first."""
        rows = await self._read(_MADE_SINCE, moment=moment, limit=limit)
        return [entry_in(row, self._tenant_id) for row in reversed(rows)]

    async def spans_since(self, moment: datetime) -> dict[UUID, Span]:
        """What each stream recorded at or after `moment`."""
        rows = await self._read(_SPANS_SINCE, moment=moment)
        return {row.stream_id: Span(row.first, row.last) for row in rows}

    async def positions_before(
        self, stream_ids: Iterable[UUID], moment: datetime
    ) -> dict[UUID, int]:
        """The last seq of each stream that was recorded before `moment`.

        Where none is, the seq before the first one that is kept; where none is kept either, the
        last one that the stream has counted.
        """
        rows = await self._read(_POSITIONS_BEFORE, stream_ids=list(stream_ids), moment=moment)
        return {row.stream_id: row.seq for row in rows}

    async def last_seq(self, stream_id: UUID) -> int:
        """How many events a stream has counted, kept or not; 0 for one that does not exist."""
        rows = await self._read(_LAST_SEQ, stream_id=stream_id)
        return rows[0].last_seq if rows else 0

    async def _read(self, sql: str, **values: Any) -> list[Row]:
        statement = bound(sql, {"tenant_id": self._tenant_id, **values})
        return await self._database.reader(self._tenant_id).all(statement)


def entry_in(row: Row, tenant_id: UUID) -> Entry:
    """The entry that a row of `events` is."""
    try:
        stream, kind = Stream(row.stream), EventKind(row.kind)
    except ValueError:
        return Entry(row.stream_id, row.seq, None)
    event = LiveEvent(
        tenant_id=tenant_id,
        stream_id=row.stream_id,
        seq=row.seq,
        stream=stream,
        kind=kind,
        payload=orjson.loads(row.payload),
        created_at=row.created_at,
    )
    return Entry(row.stream_id, row.seq, event)


def bound(sql: str, values: Mapping[str, Any]) -> TextClause:
    """The statement with its parameters, each of the type that its name has."""
    parameters = [bindparam(name, value, type_=_TYPES[name]) for name, value in values.items()]
    return text(sql).bindparams(*parameters)


class Turns:
    """Bounds how many channels read at once, and says once when reading fails for all of them."""

    def __init__(self, count: int, statistics: HubStatistics) -> None:
        self._semaphore = asyncio.Semaphore(count)
        self._statistics = statistics
        self._failing = False

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Read within the block; what it raises is counted and raised on."""
        async with self._semaphore:
            try:
                yield
            except Exception as error:
                self._failed(error)
                raise
        if self._failing:
            self._failing = False
            log.info("journal_readable")

    def _failed(self, error: Exception) -> None:
        self._statistics.journal_failures += 1
        if not self._failing:
            self._failing = True
            log.warning("journal_unreadable", reason=f"{type(error).__name__}: {error}")
