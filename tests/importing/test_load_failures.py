"""What breaks an import, and what is left of it."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from random import Random

import pytest

from importing.batches import ImportOptions
from importing.detection import DateOrder
from importing.load import INTERNAL, INTERRUPTED, import_archive
from importing.progress import Progress
from importing.records import ArchiveError, ErrorCode
from models.imports import ImportStatus
from tests.importing.desk import START, Desk, line, talk

# Modules are imported once; each line that it is told begins an import in a process of its own.
KILLED = """
import asyncio, os, sys
from pathlib import Path
from uuid import UUID
import importing.batches, importing.formats.text
from importing.load import import_archive
from models.database import Database

class Silent:
    async def ring(self, events):
        pass

async def run(url, tenant, path):
    importing.batches.BATCH_ROWS = 100
    importing.formats.text.READ_BYTES = 2_000
    database = Database(url, pool_min=1, pool_max=2)
    await database.connect()
    await import_archive(
        database, Silent(), UUID(tenant), Path(path),
        on_progress=lambda _: print("batch", flush=True),
    )

for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        print(os.getpid(), flush=True)
        asyncio.run(run(*sys.argv[1:]))
        os._exit(0)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


async def left_of(desk: Desk) -> tuple[int, int, int]:
    """How many conversations, messages and events the tenant has."""
    return (
        await desk.count("conversations"),
        await desk.count("messages"),
        await desk.count("events", "stream = 'CONVERSATION'"),
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", ErrorCode.EMPTY_FILE),
        (b"Dear diary,\ntoday nothing happened.\n", ErrorCode.NOT_A_CHAT),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 40, ErrorCode.NOT_A_CHAT),
        (b"PK\x03\x04 and then nothing of the kind", ErrorCode.BROKEN_ZIP),
    ],
)
async def test_a_file_that_is_no_chat_leaves_an_error_and_nothing_else(
    desk: Desk, content: bytes, code: ErrorCode
) -> None:
    path = desk.folder / "export"
    path.write_bytes(content)

    with pytest.raises(ArchiveError) as raised:
        await desk.bring(path)

    assert raised.value.code == code
    [row] = await desk.imports()
    assert (row["status"], row["error_code"]) == (ImportStatus.FAILED, code)
    assert row["conversation_id"] is None
    assert row["finished_at"] is not None
    assert await left_of(desk) == (0, 0, 0)


async def test_an_unknown_time_zone_is_told_before_the_file_is_read(desk: Desk) -> None:
    with pytest.raises(ArchiveError, match="Mars/Olympus"):
        await desk.bring(desk.write(talk(3)), ImportOptions(timezone="Mars/Olympus"))

    assert await left_of(desk) == (0, 0, 0)


async def test_a_missing_file_is_an_oserror_and_a_failed_import(desk: Desk) -> None:
    with pytest.raises(FileNotFoundError):
        await desk.bring(desk.folder / "gone.txt")

    assert [row["error_code"] for row in await desk.imports()] == [INTERNAL]


async def test_a_crowd_of_thousands_of_names_is_no_chat(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importing.batches.MAX_PARTICIPANTS", 50)
    path = desk.write(talk(51, authors=[f"Person {n}" for n in range(51)]))

    with pytest.raises(ArchiveError, match="different names"):
        await desk.bring(path)

    assert await left_of(desk) == (0, 0, 0)


@pytest.mark.usefixtures("small_batches")
async def test_of_a_zip_that_breaks_off_nothing_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importing.formats.sampling.SAMPLE", 10_000)
    options = ImportOptions(date_order=DateOrder.DAY_FIRST)
    random = Random(3)
    lines = [f"{text} {random.getrandbits(400):x}" for text in talk(3_000)]
    path = desk.pack(lines, {})
    intact = path.read_bytes()
    broken = bytearray(intact)
    middle = len(broken) * 2 // 3
    broken[middle : middle + 100] = bytes(100)
    path.write_bytes(broken)

    with pytest.raises(ArchiveError) as raised:
        await desk.bring(path, options)

    [row] = await desk.imports()
    assert raised.value.code == row["error_code"] == ErrorCode.BROKEN_ZIP
    assert row["conversation_id"] is None
    assert await desk.count("messages") == await desk.count("conversations") == 0

    path.write_bytes(intact)
    mended = await desk.bring(path, options)
    assert mended.added == 3_000
    await desk.audit(mended.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_an_import_that_is_cancelled_says_so_and_can_be_completed(desk: Desk) -> None:
    path = desk.write(talk(1_000))
    begun = asyncio.Event()

    def on_progress(_progress: Progress) -> None:
        begun.set()

    task = asyncio.create_task(
        import_archive(desk.database, desk.bells, desk.tenant, path, on_progress=on_progress)
    )
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    [row] = await desk.imports()
    assert (row["status"], row["error_code"]) == (ImportStatus.FAILED, INTERRUPTED)
    assert await desk.count("messages") == row["added"]
    completed = await desk.bring(path)
    assert completed.added + row["added"] == 1_000
    await desk.audit(completed.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_a_fault_of_the_database_undoes_its_batch_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importing.storing._INSERT_ATTACHMENTS", "SELECT $1::uuid, $2::uuid, 1/0")
    path = desk.write([*talk(300), line(START, "Bob", "a.pdf (file attached)")])

    with pytest.raises(Exception, match="division by zero"):
        await desk.bring(path)

    [row] = await desk.imports()
    assert (row["status"], row["error_code"]) == (ImportStatus.FAILED, INTERNAL)
    assert await desk.count("messages") == row["added"] > 0
    await desk.audit(row["conversation_id"])


async def test_an_import_that_is_killed_is_completed_by_the_next(
    desk: Desk, database_url: str
) -> None:
    """kill -9 ten times, after random numbers of batches: anywhere within those that follow."""
    name = "IMG-20240330-WA0001.jpg (file attached)"
    path = desk.write([*talk(1_000), line(START, "Eve", name), *talk(1_000, first=1_000)])
    random = Random(9)

    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, database_url, str(desk.tenant), str(path)),
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    for batches in [0, *(random.randrange(20) for _ in range(9))]:
        await _kill_after(batches, killed)
    assert killed.stdin is not None
    killed.stdin.close()
    assert await killed.wait() == 0
    completed = await desk.bring(path)
    again = await desk.bring(path)

    assert completed.added + completed.duplicates == 2_001
    assert (again.added, again.duplicates) == (0, 2_001)
    assert again.conversation_id == completed.conversation_id
    assert await desk.count("conversations") == 1
    assert await desk.count("messages") == 2_001
    assert await desk.count("attachments") == 1
    bodies = [body for body in await desk.bodies(again.conversation_id) if body]
    assert bodies == [f"message {n}" for n in range(2_000)]
    await desk.audit(again.conversation_id)


async def _kill_after(batches: int, imports: asyncio.subprocess.Process) -> None:
    assert imports.stdin is not None
    assert imports.stdout is not None
    imports.stdin.write(b"again\n")
    child = int(await imports.stdout.readline())
    for _ in range(batches):
        assert await imports.stdout.readline() == b"batch\n"
    os.kill(child, signal.SIGKILL)
    while (told := await imports.stdout.readline()) != b"ended\n":
        assert told == b"batch\n"
