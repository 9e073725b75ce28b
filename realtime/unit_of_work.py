"""The one place that commits: a change and its events in one transaction, told after the commit."""

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from models.conversations import Conversation
from models.database import Change, Database, Row, ScopedConnection
from models.devices import Device
from models.events import Event, EventKind, Stream
from models.imports import ArchiveImport
from models.schedules import Schedule
from models.statements import Prepared, note
from realtime.change_statement import RowChange, values_of, with_event
from realtime.events import LiveEvent

Source: TypeAlias = Conversation | Schedule | ArchiveImport | Device
STREAMS: dict[type[Source], Stream] = {
    Conversation: Stream.CONVERSATION,
    Schedule: Stream.SCHEDULE,
    ArchiveImport: Stream.IMPORT,
    Device: Stream.DEVICE,
}


_KEEP = """
INSERT INTO events (tenant_id, stream_id, seq, stream, kind, payload, created_at)
SELECT $1, e.* FROM unnest(
    $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::jsonb[], $7::timestamptz[]) AS e
"""


class Bell(Protocol):
    """Tells the other processes that events were committed."""

    async def ring(self, events: Sequence[LiveEvent]) -> None:
        """Publish the events. Never raises: they are in the journal, and hubs read it."""
        ...


class Work(Protocol):
    """A transaction of one tenant, whatever it is made with."""

    tenant_id: UUID

    async def driver(self) -> ScopedConnection:
        """The transaction's own connection, scoped to the tenant."""
        ...

    async def keep(self, events: Sequence[LiveEvent]) -> None:
        """Keep events, each counted already under its source's row lock; told after the commit."""
        ...


class UnitOfWork:
    """A transaction of one tenant and the events that it records."""

    def __init__(self, session: AsyncSession, tenant_id: UUID) -> None:
        self.session = session
        self.tenant_id = tenant_id
        self.events: list[Event] = []
        self.kept: list[LiveEvent] = []

    async def driver(self) -> ScopedConnection:
        """The transaction's own connection, for lists of thousands of values.

        SQLAlchemy would look at each of them.
        """
        connection = await self.session.connection()
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, ScopedConnection), "models.database opens them"
        # For the transaction, as its session was: nobody else reads it here.
        driver.tenant_id = self.tenant_id
        return driver

    def record(self, source: Source, kind: EventKind, **payload: Any) -> Event:
        """Count and keep one event of `source`, whose row this transaction must have locked.

        Ids in the payload are kept as text.
        """
        source.last_seq += 1
        event = Event(
            tenant_id=self.tenant_id,
            stream_id=source.id,
            seq=source.last_seq,
            stream=STREAMS[type(source)],
            kind=kind,
            payload={
                name: str(value) if isinstance(value, UUID) else value
                for name, value in payload.items()
                if value is not None
            },
        )
        self.session.add(event)
        self.events.append(event)
        return event

    async def keep(self, events: Sequence[LiveEvent]) -> None:
        """Keep events of many sources, each counted already under its row's lock, at once."""
        await _keep(await self.driver(), self.tenant_id, events)
        self.kept.extend(events)


class QuickWork:
    """The same of statements that are built once, without a session."""

    def __init__(self, change: Change, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self.kept: list[LiveEvent] = []
        self.rows = change.rows
        self._connection = change.connection

    async def driver(self) -> ScopedConnection:
        """The transaction's own connection."""
        return self._connection

    async def keep(self, events: Sequence[LiveEvent]) -> None:
        """Keep events of many sources, each counted already under its row's lock, at once."""
        await _keep(self._connection, self.tenant_id, events)
        self.kept.extend(events)

    async def record(
        self, event: LiveEvent, build: Callable[[], RowChange], **values: Any
    ) -> Row | None:
        """Change a row of a locked conversation and keep the event of that, in one statement.

        The row as it is now; None, and no event, where there was nothing to change.
        """
        rows = await self.rows(with_event, build, **values, **values_of(event))
        if not rows:
            return None
        self.kept.append(event)
        return rows[0]


async def _keep(driver: ScopedConnection, tenant_id: UUID, events: Sequence[LiveEvent]) -> None:
    if events:
        await driver.execute(
            _KEEP,
            tenant_id,
            [event.stream_id for event in events],
            [event.seq for event in events],
            [event.stream for event in events],
            [event.kind for event in events],
            [orjson.dumps(event.payload).decode() for event in events],
            [event.created_at for event in events],
        )


@asynccontextmanager
async def unit_of_work(
    database: Database, bell: Bell, tenant_id: UUID
) -> AsyncIterator[UnitOfWork]:
    """Begin a change: commits when the block ends, rolls back when it raises, then rings."""
    async with database.transaction(tenant_id) as session:
        work = UnitOfWork(session, tenant_id)
        yield work
    told = [*work.kept, *map(LiveEvent.of, work.events)]
    if told:
        # Those of a stream follow each other, however they were kept.
        await bell.ring(sorted(told, key=lambda event: event.seq))


@asynccontextmanager
async def quick_work(database: Database, bell: Bell, tenant_id: UUID) -> AsyncIterator[QuickWork]:
    """Begin a change that a few known statements make; otherwise like `unit_of_work`."""
    async with database.change(tenant_id) as change:
        work = QuickWork(change, tenant_id)
        yield work
    if work.kept:
        await bell.ring(work.kept)


async def change_at_once(
    loan: AbstractAsyncContextManager[ScopedConnection],
    bell: Bell,
    statement: Prepared,
    values: Mapping[str, Any],
    *,
    event_of: Callable[[Row], LiveEvent],
) -> Row | None:
    """Make a change by one statement that keeps its event too; then ring, if it gave a row.

    One statement is one transaction: nothing is begun and committed around it.
    """
    async with loan as connection:
        started = time.perf_counter()
        row: Row | None = await connection.fetchrow(statement.sql, *statement.arguments(values))
        note(statement.sql, 0 if row is None else 1, time.perf_counter() - started)
    if row is not None:
        await bell.ring([event_of(row)])
    return row
