"""Attachments whose content is kept, for those who may see their message."""

from uuid import UUID

from sqlalchemy import select

from models.database import Row
from models.tables import attachments
from resolvers.context import Context
from resolvers.errors import not_found
from resolvers.messages import visible_message

a = attachments.c


async def find_media(context: Context, attachment_id: UUID) -> Row:
    """The attachment, its content kept: rows (sha256, size, media_type, file_name, …).

    Raises NOT_FOUND when there is none, when its content was left out of the archive, and when
    the viewer may not see its message or the message was deleted.
    """
    row = await context.read.first(
        select(a.id, a.message_id, a.file_name, a.media_type, a.size, a.sha256).where(
            a.id == attachment_id,
            a.tenant_id == context.viewer.tenant_id,
            a.sha256.is_not(None),
        )
    )
    message = await visible_message(context, row.message_id) if row else None
    if row is None or message is None or message.deleted_at is not None:
        raise not_found("attachment")
    return row
