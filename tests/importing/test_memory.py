"""How much memory an import takes does not depend on the size of what it imports.

`python -m benchmarks.imports.extremes` does the same with gigabytes.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.importing.desk import START, Desk, line, talk

MEGABYTE = 1 << 20

# Modules are imported once; each line that it is told is a file, imported by a process of its own
# that tells the most memory that it had, and how many messages it added.
MEASURED = """
import asyncio, os, sys
from pathlib import Path
from uuid import UUID
import importing.batches
from importing.load import import_archive
from importing.media_store import DirectoryStore
from models.database import Database

class Silent:
    async def ring(self, events):
        pass

async def run(url, tenant, store, path):
    importing.batches.BATCH_ROWS = 20
    database = Database(url, pool_min=1, pool_max=2)
    await database.connect()
    store = DirectoryStore(Path(store))
    done = await import_archive(database, Silent(), UUID(tenant), Path(path), media=store)
    await database.close()
    peak = next(text for text in open("/proc/self/status") if text.startswith("VmHWM"))
    print(int(peak.split()[1]) * 1024, done.added, flush=True)

for path in sys.stdin:
    child = os.fork()
    if child == 0:
        asyncio.run(run(*sys.argv[1:], path.rstrip()))
        os._exit(0)
    os.waitpid(child, 0)
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells it")


def media(folder: Path, megabytes: int) -> tuple[Path, int]:
    """A zip with a few files of noise, beside a chat of ten messages that names them."""
    names = [f"VID-20240330-WA{number:04}.mp4" for number in range(4)]
    path = folder / f"WhatsApp Chat - Media {megabytes}.zip"
    with ZipFile(path, "w") as archive:
        said = [line(START, "Ana", f"{name} (file attached)") for name in names]
        archive.writestr("_chat.txt", "\n".join([*said, *talk(6)]) + "\n")
        for name in names:
            archive.writestr(name, os.urandom(megabytes * MEGABYTE // len(names)))
    return path, 10


def endless(folder: Path, megabytes: int) -> tuple[Path, int]:
    """A chat of ten messages, with one more that is a single line, and too long."""
    path = folder / f"WhatsApp Chat with Line {megabytes}.txt"
    with path.open("w") as chat:
        chat.write("\n".join([*talk(10), line(START, "Ana", "")]))
        chat.writelines("x" * MEGABYTE for _ in range(megabytes))
    return path, 10


def long(folder: Path, megabytes: int) -> tuple[Path, int]:
    """A chat of so many megabytes, in messages of sixteen kilobytes."""
    path = folder / f"WhatsApp Chat with Long {megabytes}.txt"
    said = talk(megabytes << 6)
    path.write_text(
        "".join(f"{message} {'word' * 250}\n" + f"{'word' * 250}\n" * 15 for message in said)
    )
    return path, len(said)


@asynccontextmanager
async def imports(desk: Desk, database_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that imports the files that it is told of."""
    store = str(desk.folder / "store")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MEASURED, database_url, str(desk.tenant), store),
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


async def test_a_larger_file_takes_no_more_memory(desk: Desk, database_url: str) -> None:
    async with imports(desk, database_url) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for write in (media, endless, long):
            peaks: list[int] = []
            for megabytes in (2, 18):
                path, messages = write(desk.folder, megabytes)
                process.stdin.write(f"{path}\n".encode())
                peak, added = (await process.stdout.readline()).split()
                path.unlink()
                assert int(added) == messages
                peaks.append(int(peak))
            assert peaks[1] - peaks[0] < 6 * MEGABYTE, write.__name__
