"""The files beside a chat go to the media store, and its attachments say under which digest.

Content comes first and its row afterwards, a handful at a time, so that what a row names is there;
an import that dies leaves at most a handful without a row, which the next attempt finds again.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from importing.archive import Archive, open_archive
from importing.holding import DATABASE_TROUBLE, Hold
from importing.images import READABLE, measure
from importing.media import sniff
from importing.media_store import THUMBNAIL_ENDING, Content, MediaStore
from importing.records import ArchiveError, ErrorCode
from importing.rows import MAX_NAME, storable
from models.database import Database

HANDFUL = 50
HANDFUL_BYTES = 32 << 20

_WANTED = """
    SELECT DISTINCT file_name FROM attachments
    WHERE conversation_id = $1 AND file_name = ANY($2::text[]) AND sha256 IS NULL
"""
_NAME = """
    UPDATE attachments a SET sha256 = f.sha256, size = f.size, media_type = f.media_type,
        width = f.width, height = f.height, import_id = $2
    FROM unnest($3::text[], $4::bytea[], $5::bigint[], $6::text[], $7::int[], $8::int[])
        AS f(file_name, sha256, size, media_type, width, height)
    WHERE a.conversation_id = $1 AND a.file_name = f.file_name AND a.sha256 IS NULL
"""
_USED = "SELECT DISTINCT sha256 FROM attachments WHERE tenant_id = $1 AND sha256 = ANY($2)"
# Those who name contents share the lock; who removes some has it alone.
_SHARE = "SELECT pg_advisory_xact_lock_shared(hashtextextended('media:' || $1::text, 0))"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('media:' || $1::text, 0))"


@dataclass(frozen=True, slots=True)
class Fetched:
    """How many files were stored so far, how many could not be read, and the part that is done."""

    files: int
    broken: int
    share: float


@dataclass(frozen=True, slots=True)
class _File:
    """A file in the store."""

    name: str
    content: Content
    media_type: str
    width: int | None
    height: int | None


async def fetch_media(
    hold: Hold, path: Path, conversation_id: UUID, store: MediaStore
) -> AsyncGenerator[Fetched]:
    """Store each file of the archive that an attachment of the conversation names and lacks.

    Raises what opening the archive raises, OSError of the store, and what a step raises.
    """
    archive = await asyncio.to_thread(open_archive, path)
    files = broken = seen = 0
    total = max(1, sum(archive.members.values()))
    try:
        for names in _handfuls(archive):
            stored = await _store(hold, archive, conversation_id, store, names)
            files += stored.count
            broken += stored.broken
            seen += sum(archive.members[name] for name in names)
            yield Fetched(files, broken, seen / total)
    finally:
        archive.close()


def _handfuls(archive: Archive) -> Iterator[list[str]]:
    """The names of the archive's files, a bounded number and a bounded size at a time."""
    names: list[str] = []
    size = 0
    for name, its_size in archive.members.items():
        names.append(name)
        size += its_size
        if len(names) >= HANDFUL or size >= HANDFUL_BYTES:
            yield names
            names, size = [], 0
    if names:
        yield names


@dataclass(frozen=True, slots=True)
class _Stored:
    count: int
    broken: int


async def _store(
    hold: Hold, archive: Archive, conversation_id: UUID, store: MediaStore, names: Sequence[str]
) -> _Stored:
    """Store those of the files that are wanted, and say so in their rows."""
    calls = {storable(name)[:MAX_NAME]: name for name in names}
    async with hold.database.connection(hold.tenant_id) as connection:
        rows = await connection.fetch(_WANTED, conversation_id, list(calls))
    wanted = [row["file_name"] for row in rows]
    files: list[_File] = []
    try:
        for name in wanted:
            found = await asyncio.to_thread(
                _keep, archive, calls[name], name, store, hold.tenant_id
            )
            if found is not None:
                files.append(found)
        named = await _name(hold, conversation_id, store, files)
    except BaseException:
        # What keeps them from being named may keep them from being discarded as well.
        with suppress(*DATABASE_TROUBLE):
            await discard(hold, store, [file.content.digest for file in files])
        raise
    return _Stored(named, len(wanted) - len(files))


def _keep(
    archive: Archive, member: str, file_name: str, store: MediaStore, tenant_id: UUID
) -> _File | None:
    """Store one file; None when the archive's copy is damaged."""
    try:
        with archive.open_member(member) as source:
            content = store.add(tenant_id, source)
    except ArchiveError as error:
        if error.code is ErrorCode.BROKEN_ZIP:
            return None
        raise
    media_type = sniff(content.head, file_name)
    size = None
    if media_type in READABLE:
        with store.open(tenant_id, content.digest.hex()) as file:
            size = measure(file)
    width, height = size or (None, None)
    return _File(file_name, content, media_type, width, height)


async def _name(
    hold: Hold, conversation_id: UUID, store: MediaStore, files: Sequence[_File]
) -> int:
    """Say in the attachments' rows where their contents are; for how many files.

    A content that was the last of an import that is being undone may have gone in the meantime;
    such a file is left out, and the next import of the archive brings it.
    """
    if not files:
        return 0
    async with hold.step() as step:
        connection = await step.work.driver()
        await connection.execute(_SHARE, str(hold.tenant_id))
        there = await asyncio.to_thread(_still_there, store, hold.tenant_id, files)
        await connection.execute(
            _NAME,
            conversation_id,
            hold.import_id,
            [file.name for file in there],
            [file.content.digest for file in there],
            [file.content.size for file in there],
            [file.media_type for file in there],
            [file.width for file in there],
            [file.height for file in there],
        )
    return len(there)


def _still_there(store: MediaStore, tenant_id: UUID, files: Sequence[_File]) -> list[_File]:
    return [file for file in files if store.has(tenant_id, file.content.digest.hex())]


async def discard(hold: Hold, store: MediaStore, digests: Sequence[bytes]) -> None:
    """Give the place of contents back that no attachment of the tenant names."""
    await discard_unused(hold.database, store, hold.tenant_id, digests)


async def discard_unused(
    database: Database, store: MediaStore, tenant_id: UUID, digests: Sequence[bytes]
) -> None:
    """Remove those of the contents, by their SHA-256, that no attachment of the tenant names."""
    if not digests:
        return
    async with database.connection(tenant_id) as connection, connection.transaction():
        await connection.execute(_ALONE, str(tenant_id))
        rows = await connection.fetch(_USED, tenant_id, list(digests))
        unused = set(digests) - {row["sha256"] for row in rows}
        await asyncio.to_thread(_remove, store, tenant_id, unused)


def _remove(store: MediaStore, tenant_id: UUID, digests: set[bytes]) -> None:
    for digest in digests:
        store.remove(tenant_id, digest.hex())
        store.remove(tenant_id, digest.hex() + THUMBNAIL_ENDING)
