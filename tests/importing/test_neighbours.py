"""What an import leaves to others while it is at work."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from importing.appending import Tail, insert_ahead
from importing.batches import Batch
from models.tables import messages as m
from realtime.unit_of_work import UnitOfWork
from tests.importing.desk import Desk, talk

FREE = {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}
"""The locks of tables that let all others read and write: "Table-Level Locks" in PostgreSQL's
manual."""
LOCKS = """
    SELECT DISTINCT l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
    WHERE l.pid = ANY($1) AND c.relpersistence <> 't'
"""


def connections(desk: Desk) -> int:
    """How many connections are in use."""
    return sum(use.in_use for use in desk.database.pool_uses().values())


@pytest.mark.usefixtures("small_batches")
async def test_batches_under_way_lock_no_table_and_take_two_connections(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two batches are stored and not committed. Another tenant imports the same months, and reads
    them; what the import's own tenant reads is the batches before, whole."""
    stranger = await desk.other_tenant()
    idle = connections(desk)
    storing: list[int] = []
    looked = asyncio.Event()

    async def look() -> None:
        locks = {row["mode"] for row in await desk.owner.fetch(LOCKS, storing)}
        assert "RowExclusiveLock" in locks
        assert locks <= FREE
        assert connections(desk) - idle == 2
        async with asyncio.timeout(60):
            theirs = await stranger.bring(stranger.write(talk(50), "WhatsApp Chat with Zoe.txt"))
            place = m.c.conversation_id == theirs.conversation_id
            read = await desk.database.reader(stranger.tenant).all(select(m.c.id).where(place))
        assert len(read) == 50
        assert await desk.count("messages") == desk.progress[-1].added

    async def insert(work: UnitOfWork, import_id: UUID, batch: Batch, tail: Tail) -> None:
        await insert_ahead(work, import_id, batch, tail)
        storing.append((await work.driver()).get_server_pid())
        if len(storing) == 1:
            await looked.wait()
        elif len(storing) == 2:
            try:
                await look()
            finally:
                looked.set()

    monkeypatch.setattr("importing.running.insert_ahead", insert)
    done = await desk.bring(desk.write(talk(1_000)))

    assert len(storing) > 2
    assert done.added == 1_000
