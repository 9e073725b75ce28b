"""Files that devices heard of are fetched from their outlets, beside the sending."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from tempfile import TemporaryFile
from typing import BinaryIO, Protocol
from uuid import UUID

import structlog

from dispatch.tools import DATABASE_TROUBLE, Tools
from gateways.outlets import OutletMaker
from gateways.protocol import Action, GatewayError
from gateways.registry import configuration_of
from models.database import Database
from models.events import EventKind
from realtime.posting import lock_conversation
from realtime.unit_of_work import unit_of_work

AT_ONCE = 4
"""Files of one worker."""
TRIES = 8
FIRST_WAIT = timedelta(minutes=2)
"""From the first try to the second; each wait after it is twice as long as the one before."""
PATIENCE = timedelta(seconds=90)
"""How long one file may take."""
BLOCK = 1 << 20
"""Bytes that are read at once."""
FAULT = "MEDIA_FAULT"
DAMAGED = "MEDIA_DAMAGED"

_TAKE = """
UPDATE media_fetches AS f SET attempt = f.attempt + 1,
    due_at = $2::timestamptz + $3::interval * (1 << f.attempt)
WHERE f.id = ANY (ARRAY(
    SELECT id FROM media_fetches WHERE tenant_id = $1 AND due_at <= $2
    ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED))
RETURNING f.*, (SELECT a.file_name FROM attachments a WHERE a.id = f.attachment_id) AS file_name
"""
_FILL = """
UPDATE attachments SET sha256 = $2, size = $3, media_type = $4, width = $5, height = $6
WHERE id = $1
"""
_CLOSE = "UPDATE media_fetches SET due_at = NULL, error_code = $2 WHERE id = $1"

log: structlog.stdlib.BoundLogger = structlog.get_logger("dispatch")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file in the media store; `width` and `height` are of pictures."""

    digest: bytes
    size: int
    media_type: str
    width: int | None
    height: int | None


class FileKeeper(Protocol):
    """The media store. Blocks; call it in a thread."""

    def keep(self, tenant_id: UUID, file_name: str, source: BinaryIO) -> KeptFile:
        """Keep what the stream holds. Raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class Files:
    """Where files come from, and where they go."""

    outlets: OutletMaker
    keeper: FileKeeper


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file to be fetched, in a worker's hands."""

    id: UUID
    tenant_id: UUID
    device_id: UUID
    conversation_id: UUID
    message_id: UUID
    attachment_id: UUID
    external_id: str
    sha256: bytes | None
    file_name: str
    attempt: int


class Collector:
    """Fetches files by tenant, a few at a time; no transaction is open meanwhile."""

    def __init__(self, tools: Tools, files: Files) -> None:
        self._tools = tools
        self._outlets = files.outlets
        self._keeper = files.keeper
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def collect(self, tenant_id: UUID) -> int:
        """Fetch some of a tenant's files, unless there is enough to do; how many were tried."""
        tools = self._tools
        if self._turns.locked():
            return 0
        try:
            fetches = await take_fetches(tools.database, tenant_id, tools.clock(), AT_ONCE)
        except DATABASE_TROUBLE as trouble:
            tools.weather(trouble)
            return 0
        async with asyncio.TaskGroup() as group:
            for fetch in fetches:
                group.create_task(self._see_through(fetch))
        return len(fetches)

    async def _see_through(self, fetch: Fetch) -> None:
        """One that fails is tried again later, unless it never can."""
        async with self._turns:
            try:
                kept = await self._fetch(fetch)
                await self._fill(fetch, kept)
                self._tools.statistics.collected += 1
            except GatewayError as error:
                await self._failed(fetch, error.code, final=error.action is Action.FAIL)
            except DATABASE_TROUBLE as trouble:
                self._tools.weather(trouble)
            except Exception:
                log.exception("media_fault", fetch=str(fetch.id))
                await self._failed(fetch, FAULT, final=False)

    async def _fetch(self, fetch: Fetch) -> KeptFile:
        found = await configuration_of(self._tools.database, fetch.tenant_id, fetch.device_id)
        if found is None:
            raise GatewayError("DEVICE_GONE", Action.FAIL)
        outlet = self._outlets.fetcher(found[0])
        try:
            with TemporaryFile() as target:
                try:
                    async with asyncio.timeout(PATIENCE.total_seconds()):
                        await outlet.media.fetch(fetch.external_id, target)
                except TimeoutError:
                    raise GatewayError("WHATSAPP_NO_ANSWER", Action.RETRY) from None
                return await asyncio.to_thread(self._keep, fetch, target)
        finally:
            await outlet.close()

    def _keep(self, fetch: Fetch, source: BinaryIO) -> KeptFile:
        """Keep what the outlet said that it would be, and nothing else. Blocks."""
        if fetch.sha256 not in {None, _digest(source)}:
            raise GatewayError(DAMAGED, Action.RETRY)
        source.seek(0)
        return self._keeper.keep(fetch.tenant_id, fetch.file_name, source)

    async def _fill(self, fetch: Fetch, kept: KeptFile) -> None:
        """Say in the attachment where the content is, and tell who shows the message."""
        tools = self._tools
        async with unit_of_work(tools.database, tools.bell, fetch.tenant_id) as work:
            conversation = await lock_conversation(work, fetch.conversation_id)
            connection = await work.session.connection()
            await connection.exec_driver_sql(
                _FILL,
                (
                    fetch.attachment_id,
                    kept.digest,
                    kept.size,
                    kept.media_type,
                    kept.width,
                    kept.height,
                ),
            )
            await connection.exec_driver_sql(_CLOSE, (fetch.id, None))
            if conversation is not None:
                work.record(conversation, EventKind.MESSAGE_EDITED, message_id=fetch.message_id)

    async def _failed(self, fetch: Fetch, code: str, *, final: bool) -> None:
        log.warning("media_not_fetched", fetch=str(fetch.id), code=code, attempt=fetch.attempt)
        if final or fetch.attempt >= TRIES:
            async with self._tools.database.connection(fetch.tenant_id) as connection:
                await connection.execute(_CLOSE, fetch.id, code)


async def take_fetches(
    database: Database, tenant_id: UUID, now: datetime, limit: int
) -> list[Fetch]:
    """Take up to `limit` files that are to be fetched; one whose worker dies is taken again."""
    async with database.connection(tenant_id) as connection:
        rows = await connection.fetch(_TAKE, tenant_id, now, FIRST_WAIT, limit)
    return [Fetch(**{name: row[name] for name in Fetch.__slots__}) for row in rows]


def _digest(source: BinaryIO) -> bytes:
    """The SHA-256 of all that the stream holds."""
    digest = sha256()
    source.seek(0)
    while block := source.read(BLOCK):
        digest.update(block)
    return digest.digest()
