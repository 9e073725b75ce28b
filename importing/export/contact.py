"""All that is held about a contact, as lines of JSON: what people may ask to be told.

The contact and whoever was merged into it, what they are known by, the groups they are in, what
was sent to them, and what was said in the conversations that devices have with them.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

from importing.export.reading import PREFETCH
from models.database import Database

_PEOPLE = "SELECT id FROM contacts WHERE id = $1 OR merged_into_id = $1"
_ADDRESSES = f"SELECT value FROM contact_identities WHERE contact_id IN ({_PEOPLE})"
_THREADS = f"""
SELECT conversation_id FROM device_threads
WHERE contact_id IN ({_PEOPLE}) OR address IN ({_ADDRESSES})
"""
# Each a select of one column, a line of the file.
_PARTS = (
    f"""
    SELECT jsonb_build_object('type', 'CONTACT', 'name', name, 'locale', locale,
        'timeZone', time_zone, 'quietFrom', quiet_from, 'quietUntil', quiet_until,
        'fields', fields, 'createdAt', created_at, 'updatedAt', updated_at,
        'archivedAt', archived_at, 'optedOutAt', opted_out_at)
    FROM contacts WHERE id IN ({_PEOPLE}) ORDER BY merged_into_id NULLS FIRST, id
    """,
    f"""
    SELECT jsonb_build_object('type', 'IDENTITY', 'kind', kind, 'value', value,
        'isPrimary', is_primary, 'createdAt', created_at)
    FROM contact_identities WHERE contact_id IN ({_PEOPLE}) ORDER BY created_at, id
    """,
    f"""
    SELECT jsonb_build_object('type', 'GROUP', 'name', g.name, 'addedAt', m.added_at)
    FROM recipient_group_members AS m JOIN recipient_groups AS g ON g.id = m.group_id
    WHERE m.contact_id IN ({_PEOPLE}) ORDER BY m.added_at, g.id
    """,
    f"""
    SELECT jsonb_build_object('type', 'DELIVERY', 'recipient', recipient, 'body', body,
        'content', content, 'status', status, 'errorCode', error_code,
        'occurrenceAt', occurrence_at, 'attemptedAt', attempted_at, 'updatedAt', updated_at)
    FROM deliveries
    WHERE contact_id IN ({_PEOPLE}) OR device_id IS NOT NULL AND recipient IN ({_ADDRESSES})
    ORDER BY created_at, id
    """,
    f"""
    SELECT jsonb_build_object('type', 'MESSAGE', 'conversation', c.title, 'sentAt', m.sent_at,
        'sender', p.name, 'kind', m.kind, 'body', m.body, 'details', m.details,
        'deletedAt', m.deleted_at, 'files',
        (SELECT jsonb_agg(a.file_name ORDER BY a.id) FROM attachments AS a
            WHERE a.message_id = m.id))
    FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
    LEFT JOIN participants AS p ON p.id = m.sender_id
    WHERE m.conversation_id IN ({_THREADS}) ORDER BY m.conversation_id, m.sent_at, m.id
    """,
)


@dataclass(frozen=True, slots=True)
class ContactExport:
    """One contact to be written."""

    database: Database
    tenant_id: UUID
    contact_id: UUID

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The file, as of one moment; a connection is held until the last piece is taken."""
        async with (
            self.database.connection(self.tenant_id) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            for part in _PARTS:
                cursor = await connection.cursor(part, self.contact_id)
                while rows := await cursor.fetch(PREFETCH):
                    yield b"".join([f"{row[0]}\n".encode() for row in rows])
