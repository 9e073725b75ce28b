"""Messages of one moment are written by one statement.

Each transaction waits for the disk, and each statement goes to PostgreSQL and back: a tenant has
one under way in a process, and what its users send meanwhile goes together by the next. Whoever is
alone waits for nobody.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import DataError, IntegrityConstraintViolationError

from models.database import Database, Row
from models.statements import note, prepared
from realtime.post_statement import event_of, posting, posting_many, values_of_many
from realtime.unit_of_work import Bell, change_at_once

MOST = 64
"""Messages in a statement."""

ONE, MANY = prepared(posting), prepared(posting_many)
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Waiting:
    values: Values
    posted: "asyncio.Future[Row | None]"

    def tell(self, row: Row | None) -> None:
        if not self.posted.done():
            self.posted.set_result(row)

    def fail(self, error: Exception) -> None:
        if not self.posted.done():
            self.posted.set_exception(error)


class Posts:
    """Writes messages that users send, and tells of them when they are committed."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell
        # What waits for the statement that its tenant has under way.
        self._waiting: dict[UUID, list[_Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def post(self, values: Values) -> Row | None:
        """Write a message of `post_statement.values_of`; None where its statement gives no row.

        One that is patient waits for who has locked the conversation, and has a statement of its
        own. Raises as asyncpg does.
        """
        if values["is_patient"]:
            return await self._write_one(values)
        tenant_id = values["tenant_id"]
        if tenant_id not in self._waiting:
            self._waiting[tenant_id] = []
            try:
                return await self._write_one(values)
            finally:
                self._go_on(tenant_id)
        started = time.perf_counter()
        waiting = _Waiting(values, asyncio.get_running_loop().create_future())
        self._waiting[tenant_id].append(waiting)
        row = await waiting.posted
        note(MANY.sql, 0 if row is None else 1, time.perf_counter() - started)
        return row

    def _go_on(self, tenant_id: UUID) -> None:
        """Have what waits follow the statement that has ended."""
        # Who has gone away meanwhile has sent nothing.
        here = [each for each in self._waiting[tenant_id] if not each.posted.done()]
        if not here:
            del self._waiting[tenant_id]
            return
        self._waiting[tenant_id] = here[MOST:]
        task = asyncio.create_task(self._follow(tenant_id, here[:MOST]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, tenant_id: UUID, messages: Sequence[_Waiting]) -> None:
        try:
            await self._write(tenant_id, messages)
        finally:
            self._go_on(tenant_id)

    async def _write(self, tenant_id: UUID, messages: Sequence[_Waiting]) -> None:
        try:
            rows = await self._write_many(tenant_id, [each.values for each in messages])
        except (IntegrityConstraintViolationError, DataError):
            # One of them is at fault, and nothing was written: each on its own then.
            for each in messages:
                await self._write_alone(each)
        except Exception as error:
            for each in messages:
                each.fail(error)
        else:
            for each, row in zip(messages, rows, strict=True):
                each.tell(row)

    async def _write_alone(self, message: _Waiting) -> None:
        try:
            message.tell(await self._write_one(message.values))
        except Exception as error:
            message.fail(error)

    async def _write_one(self, values: Values) -> Row | None:
        database = self._database
        lend = database.patient_connection if values["is_patient"] else database.connection
        return await change_at_once(
            lend(values["tenant_id"]),
            self._bell,
            ONE,
            values,
            event_of=lambda row: event_of(values, row.id, row.seq),
        )

    async def _write_many(self, tenant_id: UUID, given: Sequence[Values]) -> list[Row | None]:
        """The rows, each in its message's place."""
        values = values_of_many(given)
        async with self._database.connection(tenant_id) as connection:
            rows = await connection.fetch(MANY.sql, *MANY.arguments(values))
        posted: list[Row | None] = [None] * len(given)
        for row in rows:
            posted[row.place - 1] = row
        await self._bell.ring([event_of(given[row.place - 1], row.id, row.seq) for row in rows])
        return posted
