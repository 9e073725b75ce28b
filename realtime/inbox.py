"""All streams of a tenant, read in the order of commits: what one snapshot shows and another not.

Why a position is a snapshot, and no number, is in docs/decisions/inbox-cursors.md.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from models.database import Database, Row
from realtime.endings import Draining, FeedEnded
from realtime.events import LiveEvent
from realtime.journal import bound, entry_in

# Who is further behind is told to fetch anew, which is less work for both.
FARTHEST = 10_000
PAGE = 500
_NOWHERE = UUID(int=0)
_SNAPSHOT = re.compile(r"(\d{1,18}):(\d{1,18}):((?:\d{1,18}(?:,\d{1,18})*)?)", re.ASCII)

_PRESENT = """
    SELECT pg_current_snapshot()::text AS present FROM tenants WHERE id = :tenant_id
"""
# An `xid` below a snapshot's xmin is of a transaction that it shows; the others are compared one
# by one. A snapshot from beyond the present is another database's, of before a backup was restored.
_READ = """
    WITH moment AS MATERIALIZED (
        SELECT CAST(:since AS pg_snapshot) AS since,
            COALESCE(CAST(:until AS pg_snapshot), pg_current_snapshot()) AS until
    ), fresh AS MATERIALIZED (
        SELECT * FROM events WHERE tenant_id = :tenant_id
            AND xid >= (SELECT pg_snapshot_xmin(since)::text::bigint FROM moment)
            AND NOT pg_visible_in_snapshot(xid::text::xid8, (SELECT since FROM moment))
            AND pg_visible_in_snapshot(xid::text::xid8, (SELECT until FROM moment))
        ORDER BY xid LIMIT :limit
    )
    SELECT m.until::text AS until,
        t.forgotten_xid >= pg_snapshot_xmin(m.since)::text::bigint
            OR greatest(pg_snapshot_xmax(m.since), pg_snapshot_xmax(m.until))
                > pg_snapshot_xmax(pg_current_snapshot())
            OR (SELECT count(*) FROM fresh) = :limit AS lost,
        f.stream_id, f.seq, f.stream, f.kind, f.payload, f.created_at
    FROM moment m JOIN tenants t ON t.id = :tenant_id
    LEFT JOIN LATERAL (
        SELECT * FROM fresh WHERE (stream_id, seq) > (:stream_id, :seq)
        ORDER BY stream_id, seq LIMIT :page
    ) AS f ON true
    ORDER BY f.stream_id, f.seq
"""


class Lost(FeedEnded):
    """What follows a position is not kept (any more), or is too much to read: refetch."""

    def __init__(self) -> None:
        super().__init__("the events that follow the position cannot be read", {})


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader is: it knows all that the snapshot `since` shows.

    And of what `until` shows besides, the events up to `seq` of `stream_id`, ordered by both.
    """

    since: str
    until: str | None = None
    stream_id: UUID = _NOWHERE
    seq: int = 0

    def encode(self) -> str:
        """The position as text."""
        return "|".join((self.since, self.until or "", self.stream_id.hex, str(self.seq)))

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises ValueError for what is none."""
        since, until, stream_id, seq = text.split("|")
        position = cls(since, until or None, UUID(hex=stream_id), int(seq))
        if not _is_snapshot(since) or not (until == "" or _is_snapshot(until)):
            raise ValueError("no snapshot")
        if not 0 <= position.seq < 2**63:
            raise ValueError("no seq")
        return position


@dataclass(frozen=True, slots=True)
class Page:
    """Events with the positions of who has read them, and where to read on.

    Without `more` nothing else was there to be read.
    """

    events: list[tuple[LiveEvent, Position]]
    following: Position
    more: bool


class Inbox:
    """The events of all streams of a tenant. Database errors come through."""

    def __init__(self, database: Database, tenant_id: UUID, *, page: int = PAGE) -> None:
        """`page` is how many events one read returns at most."""
        self._database = database
        self._tenant_id = tenant_id
        self._page = page

    async def present(self) -> Position:
        """The position of who knows all that is committed."""
        (row,) = await self._rows(_PRESENT)
        return Position(row.present)

    async def read(self, position: Position) -> Page:
        """What was committed since, in the order of the seqs of each stream. Raises Lost.

        Read page by page, on from each one's `following`, nothing comes twice or is missing.
        """
        rows = await self._rows(
            _READ,
            since=position.since,
            until=position.until,
            stream_id=position.stream_id,
            seq=position.seq,
            limit=FARTHEST + 1,
            page=self._page,
        )
        if rows[0].lost:
            raise Lost
        until = rows[0].until
        known = [row for row in rows if row.stream_id is not None]
        positions = [Position(position.since, until, row.stream_id, row.seq) for row in known]
        entries = [entry_in(row, self._tenant_id) for row in known]
        events = [
            (entry.event, position)
            for entry, position in zip(entries, positions, strict=True)
            if entry.event is not None
        ]
        if len(known) == self._page:
            return Page(events, positions[-1], more=True)
        return Page(events, Position(until), more=position.until is not None)

    async def _rows(self, sql: str, **values: object) -> list[Row]:
        statement = bound(sql, {"tenant_id": self._tenant_id, **values})
        return await self._database.reader(self._tenant_id).all(statement)


class Doorbell:
    """Wakes a reader of the inbox. Nothing waits in it: what happened is in the database."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._ended: FeedEnded | None = None

    def ring(self, _event: LiveEvent | None = None) -> None:
        """Something happened."""
        self._rung.set()

    def end(self, ended: FeedEnded) -> None:
        """Nothing more will be heard."""
        self._ended = ended
        self._rung.set()

    async def wait(self) -> None:
        """Return when it has rung since the last time. Raises what it was ended with."""
        await self._rung.wait()
        self._rung.clear()
        if self._ended is not None:
            raise self._ended


class Reading:
    """How far one reader is who reads for many, and who waits to come level with it.

    `place` is None while it reads.
    """

    def __init__(self) -> None:
        self.place: Position | None = None
        self._bell = Doorbell()
        self._next: list[asyncio.Future[Position]] = []
        self._waiting: list[asyncio.Future[Position]] = []

    @contextmanager
    def running(self, place: Position) -> Iterator[Doorbell]:
        """From a place on, while the block lasts: gives the bell that makes the reader go on.

        Who waits at the end is told Draining.
        """
        self.place = place
        self._bell.ring()
        try:
            yield self._bell
        finally:
            for waiter in (*self._next, *self._waiting):
                if not waiter.done():
                    waiter.set_exception(Draining({}))

    async def begin(self) -> bool:
        """Wait for the bell; from here to `reached` the reader reads. Always True."""
        await self._bell.wait()
        self.place = None
        self._waiting, self._next = self._next, []
        return True

    def reached(self, place: Position) -> None:
        """Note that all is told up to a place, from which it will read on."""
        self.place = place
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(place)

    async def ahead(self) -> Position:
        """A place that is reached by a reading that begins after now."""
        self._bell.ring()
        return await self._wait(self._next)

    async def here(self) -> Position:
        """The place, at once or when what is being read has been told."""
        return self.place or await self._wait(self._waiting)

    async def _wait(self, waiting: list[asyncio.Future[Position]]) -> Position:
        waiter: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        waiting.append(waiter)
        return await waiter


def _is_snapshot(text: str) -> bool:
    """Whether PostgreSQL would read this as a pg_snapshot: xmin:xmax:running,running,…"""
    found = _SNAPSHOT.fullmatch(text)
    if found is None:
        return False
    xmin, xmax = int(found[1]), int(found[2])
    running = [int(xid) for xid in found[3].split(",") if xid]
    return (
        0 < xmin <= xmax
        and running == sorted(running)
        and all(xmin <= xid < xmax for xid in running)
    )
