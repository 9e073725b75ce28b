"""What a WhatsApp device knows of its messages: what was heard of them, and what they refer to."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import exists, select

from gateways.protocol import Outgoing
from gateways.whatsapp_cloud import Trace
from gateways.whatsapp_media import StoredFile
from gateways.whatsapp_payloads import MediaKind
from gateways.whatsapp_records import MessageStatus
from models.base import now
from models.database import Database
from models.messages import MessageKind
from models.tables import attachments, delivery_reports, devices, heard_messages, webhook_calls

# The content of a tenant's file by its digest in hexadecimal. Blocks; raises OSError.
ReadFile = Callable[[UUID, str], bytes]

_KINDS = {
    MessageKind.IMAGE: MediaKind.IMAGE,
    MessageKind.VIDEO: MediaKind.VIDEO,
    MessageKind.GIF: MediaKind.VIDEO,
    MessageKind.AUDIO: MediaKind.AUDIO,
    MessageKind.STICKER: MediaKind.STICKER,
}


class WhatsAppMemory:
    """Of one device, in the database and the media store."""

    def __init__(
        self, database: Database, tenant_id: UUID, device_id: UUID, read_file: ReadFile
    ) -> None:
        self._read = database.reader(tenant_id)
        self._tenant_id = tenant_id
        self._device_id = device_id
        self._read_file = read_file

    async def trace(self, outgoing: Outgoing) -> Trace:
        """What was heard of a delivery, and of the device."""
        r = delivery_reports.c
        rows = await self._read.all(
            select(r.external_id, r.status).where(
                r.delivery_id == outgoing.delivery_id, r.device_id == self._device_id
            )
        )
        # What was not read yet may tell of the delivery: silence is none as long as there is some.
        unread = exists().where(
            webhook_calls.c.tenant_id == self._tenant_id, webhook_calls.c.due_at.is_not(None)
        )
        heard_at = await self._read.value(
            select(devices.c.last_heard_at).where(devices.c.id == self._device_id, ~unread)
        )
        statuses = {row.external_id: MessageStatus(row.status) for row in rows}
        return Trace(outgoing.attempted_at or now(), statuses, heard_at)

    async def file(self, attachment_id: UUID) -> StoredFile | None:
        """See `References`."""
        a = attachments.c
        row = await self._read.first(
            select(a.kind, a.file_name, a.media_type, a.size, a.sha256).where(
                a.tenant_id == self._tenant_id, a.id == attachment_id, a.sha256.is_not(None)
            )
        )
        if row is None:
            return None
        kind = _KINDS.get(MessageKind(row.kind), MediaKind.DOCUMENT)
        return StoredFile(kind, row.file_name, row.media_type, row.size, row.sha256)

    async def content(self, file: StoredFile) -> bytes:
        """See `References`."""
        return await asyncio.to_thread(self._read_file, self._tenant_id, file.digest.hex())

    async def external_id(self, message_id: UUID) -> str | None:
        """See `References`."""
        h = heard_messages.c
        found: str | None = await self._read.value(
            select(h.external_id).where(h.device_id == self._device_id, h.message_id == message_id)
        )
        return found
