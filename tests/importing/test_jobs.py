"""The import worker: what it takes, and what becomes of an import whose worker dies."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from importing.holding import LEASE
from importing.jobs import MAX_ATTEMPTS, UPLOAD_ABANDONED, ImportWorker
from importing.load import INTERNAL, INTERRUPTED
from importing.media_store import DirectoryStore
from importing.records import ErrorCode
from importing.uploads import UploadFolder
from models.base import now
from models.ids import new_id
from models.imports import ArchiveImport, ImportStatus
from tests.importing.desk import ANA, Desk, talk
from tests.importing.gate import Gate

LONG_AGO = now() - timedelta(days=2)


@dataclass
class Counter:
    """A desk with a worker behind it."""

    desk: Desk
    uploads: UploadFolder
    media: DirectoryStore
    ahead: timedelta = timedelta()

    def worker(self) -> ImportWorker:
        return ImportWorker(
            self.desk.database,
            self.desk.bells,
            self.uploads,
            self.media,
            clock=lambda: now() + self.ahead,
            poll=timedelta(seconds=1),
        )

    async def hand_in(self, content: bytes, **columns: object) -> UUID:
        """Queue the import of a file."""
        key = new_id()
        await self.uploads.keep(key, ANA, io.BytesIO(content))
        row = ArchiveImport(
            id=key,
            tenant_id=self.desk.tenant,
            file_name=ANA,
            options={"date_order": "DMY"},
            **{"status": ImportStatus.QUEUED, "stored": True, **columns},
        )
        async with self.desk.database.transaction(self.desk.tenant) as session:
            session.add(row)
        return key

    async def row(self, key: UUID) -> asyncpg.Record:
        found = await self.desk.owner.fetchrow("SELECT * FROM imports WHERE id = $1", key)
        assert found is not None
        return found

    def kept(self, key: UUID) -> bool:
        """Whether the uploaded file is still there."""
        return self.uploads.path_of(key, ANA).exists()


@pytest.fixture
def counter(desk: Desk, tmp_path: Path) -> Counter:
    uploads = UploadFolder(tmp_path / "uploads", limit=10_000_000)
    return Counter(desk, uploads, DirectoryStore(tmp_path / "media"))


def chat(count: int) -> bytes:
    return ("\n".join(talk(count)) + "\n").encode()


@asynccontextmanager
async def at_work(worker: ImportWorker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await task


async def until(counter: Counter, key: UUID, status: ImportStatus) -> asyncpg.Record:
    async with asyncio.timeout(60):
        while (row := await counter.row(key))["status"] != status:
            pass
    return row


async def test_a_queued_import_is_done_and_its_file_is_dropped(counter: Counter) -> None:
    key = await counter.hand_in(chat(50))

    await counter.worker().run_once()

    row = await counter.row(key)
    assert (row["status"], row["added"], row["share"]) == (ImportStatus.COMPLETED, 50, 1.0)
    assert row["lease_until"] is None
    assert not counter.kept(key)
    await counter.desk.audit(row["conversation_id"])


async def test_a_notification_wakes_the_worker(counter: Counter) -> None:
    async with at_work(counter.worker()):
        key = await counter.hand_in(chat(5))
        await until(counter, key, ImportStatus.COMPLETED)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", ErrorCode.EMPTY_FILE),
        (b"\xff\xd8\xff\xe0JFIF" * 500, ErrorCode.NOT_A_CHAT),
        (b"PK\x03\x04 broken", ErrorCode.BROKEN_ZIP),
        (b'{"parley":"conversation","version":99}\n', ErrorCode.NOT_A_CHAT),
    ],
)
async def test_a_bad_file_fails_with_its_code_and_the_worker_goes_on(
    counter: Counter, content: bytes, code: ErrorCode
) -> None:
    bad, good = await counter.hand_in(content), await counter.hand_in(chat(5))

    await counter.worker().run_once()

    row = await counter.row(bad)
    assert (row["status"], row["error_code"]) == (ImportStatus.FAILED, code)
    assert row["error_message"]
    assert (await counter.row(good))["status"] == ImportStatus.COMPLETED
    assert not counter.kept(bad)


async def test_a_job_whose_worker_died_is_taken_up_again(counter: Counter) -> None:
    key = await counter.hand_in(chat(30))
    await counter.worker()._take()
    assert (await counter.row(key))["status"] == ImportStatus.RUNNING
    assert await counter.worker().run_once() == 0

    counter.ahead = LEASE * 2
    await counter.worker().run_once()

    row = await counter.row(key)
    assert (row["status"], row["added"], row["attempt"]) == (ImportStatus.COMPLETED, 30, 2)


@pytest.mark.usefixtures("small_batches")
async def test_an_attempt_goes_on_where_the_last_one_was_cut_short(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await counter.hand_in(chat(500))
    begun = asyncio.Event()
    monkeypatch.setattr("importing.load._ignore", lambda _: begun.set())
    async with at_work(counter.worker()):
        await begun.wait()
    row = await counter.row(key)
    assert row["status"] == ImportStatus.QUEUED
    assert 0 < row["added"] < 500

    await counter.worker().run_once()

    row = await counter.row(key)
    assert (row["status"], row["added"], row["duplicates"]) == (ImportStatus.COMPLETED, 500, 0)
    await counter.desk.audit(row["conversation_id"])


@pytest.mark.usefixtures("small_batches")
async def test_however_often_workers_are_restarted_an_import_is_done_in_the_end(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await counter.hand_in(chat(500))
    begun = asyncio.Event()
    monkeypatch.setattr("importing.load._ignore", lambda _: begun.set())
    for _ in range(MAX_ATTEMPTS + 2):
        begun.clear()
        async with at_work(counter.worker()):
            await begun.wait()
        assert (await counter.row(key))["status"] == ImportStatus.QUEUED

    await counter.worker().run_once()

    row = await counter.row(key)
    assert (row["status"], row["added"]) == (ImportStatus.COMPLETED, 500)
    assert row["attempt"] == MAX_ATTEMPTS + 3


@pytest.mark.usefixtures("small_batches")
async def test_an_attempt_that_added_something_before_it_died_counts_for_nothing(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await counter.hand_in(chat(500), attempt=MAX_ATTEMPTS - 1)
    begun = asyncio.Event()
    monkeypatch.setattr("importing.load._ignore", lambda _: begun.set())
    monkeypatch.setattr("importing.load._end_by", _die)
    job = await counter.worker()._take()
    assert job is not None
    task = asyncio.create_task(counter.worker()._do(job))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    row = await counter.row(key)
    assert (row["status"], row["advanced_attempt"]) == (ImportStatus.RUNNING, MAX_ATTEMPTS)
    monkeypatch.undo()

    counter.ahead = LEASE * 2
    await counter.worker().run_once()

    assert (await counter.row(key))["status"] == ImportStatus.COMPLETED


async def _die(*_: object) -> None:
    """A process that is killed ends nothing."""


async def test_cancelling_ends_a_running_import_before_its_next_batch(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await counter.hand_in(chat(2_000))
    gate = Gate(monkeypatch)
    async with at_work(counter.worker()):
        await gate.reached()
        await counter.desk.owner.execute(
            "UPDATE imports SET cancel_requested = true WHERE id = $1", key
        )
        gate.open()
        row = await until(counter, key, ImportStatus.CANCELLED)
        async with asyncio.timeout(60):
            while counter.kept(key):
                await counter.row(key)

    assert 0 < row["added"] < 2_000
    assert await counter.desk.count("messages") == row["added"]


@pytest.mark.usefixtures("small_batches")
async def test_a_worker_that_lost_its_hold_changes_nothing_more(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await counter.hand_in(chat(500))
    job = await counter.worker()._take()
    assert job is not None
    await counter.desk.owner.execute("UPDATE imports SET attempt = 7 WHERE id = $1", key)

    await counter.worker()._do(job)

    assert await counter.desk.count("messages") == 0
    row = await counter.row(key)
    assert (row["status"], row["attempt"]) == (ImportStatus.RUNNING, 7)


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"attempt": MAX_ATTEMPTS}, INTERNAL),
        ({"stored": False, "status": ImportStatus.RUNNING, "attempt": 1}, INTERRUPTED),
        (
            {"status": ImportStatus.UPLOADING, "created_at": now() - timedelta(days=2)},
            UPLOAD_ABANDONED,
        ),
    ],
)
async def test_what_cannot_be_done_is_given_up(
    counter: Counter, columns: dict[str, object], code: str
) -> None:
    key = await counter.hand_in(chat(5), **columns)

    await counter.worker().run_once()

    row = await counter.row(key)
    assert (row["status"], row["error_code"]) == (ImportStatus.FAILED, code)
    assert not counter.kept(key)


async def test_tenants_with_fewer_running_imports_come_first(
    counter: Counter, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    await counter.worker().run_once()
    first = await counter.hand_in(chat(5))
    second = await counter.hand_in(chat(5))
    neighbour = await counter.desk.other_tenant()
    elsewhere = await Counter(neighbour, counter.uploads, counter.media).hand_in(chat(5))

    taken = [await counter.worker()._take() for _ in range(3)]

    assert [job and job["id"] for job in taken] == [first, elsewhere, second]
    await owner.execute("DELETE FROM imports WHERE id = ANY($1)", [first, second, elsewhere])


async def test_what_a_dead_process_left_behind_is_swept(counter: Counter) -> None:
    key = await counter.hand_in(chat(5), status=ImportStatus.COMPLETED)
    await counter.uploads.sweep(timedelta(days=1))
    assert counter.kept(key)

    await counter.uploads.sweep(timedelta(seconds=-1))

    assert not counter.kept(key)
