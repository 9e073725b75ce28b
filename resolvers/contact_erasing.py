"""Contacts who are to be forgotten: all that names them goes, and what is counted stays counted.

It is done piece by piece, the contact's own row last. Whoever dies in between has done a part, and
doing it again does the rest.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy import Row as CoreRow

from models.conversations import Conversation
from models.database import Row
from models.deliveries import DeliveryStatus
from models.events import EventKind
from models.identity import AuditAction
from models.tenants import Role
from realtime.contacts import lock_identities
from realtime.posting import lock_conversation
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.contact_finding import changed_contact, find_contact, open_contact
from resolvers.context import Context
from resolvers.deliveries import MAX_IDS, Chosen, cancel_deliveries
from resolvers.errors import Code, UserError
from resolvers.identity import audit

PIECE = 5_000
ERASED = "(erased)"
"""What a contact, a participant and a conversation are called afterwards."""

_PEOPLE = text("""
SELECT id FROM contacts WHERE tenant_id = :tenant AND (id = :contact OR merged_into_id = :contact)
""")
_ADDRESSES = text("""
SELECT value FROM contact_identities WHERE tenant_id = :tenant AND contact_id = ANY (:people)
""")
_PUT_ASIDE = text("""
UPDATE contacts SET archived_at = coalesce(archived_at, :now),
    opted_out_at = coalesce(opted_out_at, :now), updated_at = :now
WHERE tenant_id = :tenant AND id = ANY (:people)
""")
# One that is scrubbed already has its own id for a recipient.
_DELIVERIES = text("""
SELECT id, status FROM deliveries WHERE tenant_id = :tenant AND recipient <> id::text
    AND (contact_id = ANY (:people) OR device_id IS NOT NULL AND recipient = ANY (:addresses))
""")
_SCRUB_DELIVERIES = text("""
UPDATE deliveries SET recipient = id::text, body = '', content = NULL, external_id = NULL,
    look_at = NULL
WHERE id = ANY (:ids) AND status NOT IN ('QUEUED', 'SENDING')
""")
_FORGET_REPORTS = text("DELETE FROM delivery_reports WHERE delivery_id = ANY (:ids)")
_SCRUB_RECIPIENTS = text("""
UPDATE schedule_recipients SET address = NULL, variables = NULL,
    contact_id = coalesce(contact_id, :contact)
WHERE tenant_id = :tenant AND (contact_id = ANY (:people) OR address = ANY (:addresses))
""")
_THREADS = text("""
SELECT DISTINCT conversation_id FROM device_threads
WHERE tenant_id = :tenant AND (contact_id = ANY (:people) OR address = ANY (:addresses))
""")
_SCRUB_MESSAGES = text("""
UPDATE messages SET body = '', language = NULL, details = NULL, ciphertext = NULL, scheme = NULL,
    key_id = NULL, nonce = NULL, deleted_at = coalesce(deleted_at, :now)
WHERE conversation_id = :conversation AND id = ANY (ARRAY(
    SELECT id FROM messages WHERE conversation_id = :conversation
        AND (deleted_at IS NULL OR body <> '' OR details IS NOT NULL)
    LIMIT :piece))
""")
_FILES = text("""
SELECT DISTINCT sha256 FROM attachments WHERE conversation_id = :conversation AND sha256 IS NOT NULL
""")
_SCRUB_FILES = text("""
UPDATE attachments SET sha256 = NULL, size = NULL, width = NULL, height = NULL, file_name = ''
WHERE conversation_id = :conversation
""")
_RENAME = text("""
UPDATE participants SET name = :erased,
    archive_name = CASE WHEN archive_name IS NOT NULL THEN id::text END
WHERE id IN (SELECT participant_id FROM device_threads WHERE conversation_id = :conversation)
""")
_FORGET_THREAD = (
    text("""
        UPDATE media_fetches SET due_at = NULL, external_id = ''
        WHERE conversation_id = :conversation
    """),
    text("DELETE FROM heard_messages WHERE conversation_id = :conversation"),
    text("DELETE FROM device_threads WHERE conversation_id = :conversation"),
)
# The digest stays, so that a call which is repeated is not taken for a new one.
_SCRUB_CALLS = text("""
UPDATE webhook_calls SET body = ''
WHERE tenant_id = :tenant AND due_at IS NULL AND EXISTS (
    SELECT FROM unnest(CAST(:needles AS text[])) AS needle
    WHERE position(convert_to(needle, 'UTF8') IN body) > 0)
""")
_LEAVE_GROUPS = text("""
WITH gone AS (
    DELETE FROM recipient_group_members
    WHERE tenant_id = :tenant AND contact_id = ANY (:people) RETURNING group_id
)
UPDATE recipient_groups AS g SET version = version + 1, updated_at = :now,
    size = size - (SELECT count(*) FROM gone WHERE gone.group_id = g.id)
WHERE g.id IN (SELECT group_id FROM gone)
""")
_FORGET_IDENTITIES = text("""
DELETE FROM contact_identities WHERE tenant_id = :tenant AND contact_id = ANY (:people)
""")
_FORGET_PEOPLE = text("""
UPDATE contacts SET name = :erased, locale = NULL, time_zone = NULL, quiet_from = NULL,
    quiet_until = NULL, fields = '{}', updated_at = :now, erased_at = :now
WHERE tenant_id = :tenant AND id = ANY (:people)
""")


@dataclass(frozen=True, slots=True)
class Traces:
    """By what a contact is found: its row and those of its duplicates, and their addresses."""

    contact: UUID
    people: list[UUID]
    addresses: list[str]

    @property
    def needles(self) -> list[str]:
        """The addresses as outlets write them: a phone without its plus sign."""
        return [address.lstrip("+") for address in self.addresses]


async def erase_contact(context: Context, contact_id: UUID) -> Row:
    """Forget a contact and those that were merged into it, for good.

    Raises FORBIDDEN below OWNER, NOT_FOUND, ALREADY_DONE for one that was merged into another, and
    CONFLICT while a message to the contact is just going out.
    """
    context.viewer.require(Role.OWNER)
    traces = await _put_aside(context, contact_id)
    while found := await _deliveries(context, traces):
        await _scrub_deliveries(context, found)
    for conversation_id in await _conversations(context, traces):
        await _empty(context, conversation_id)
    await _forget(context, traces)
    context.loaders.group_members.clear_all()
    context.loaders.recipient_group.clear_all()
    return await changed_contact(context, contact_id)


async def note_export(context: Context, contact_id: UUID) -> None:
    """Keep in the trail that all that is held about a contact was asked for.

    Raises FORBIDDEN below OWNER, and NOT_FOUND.
    """
    context.viewer.require(Role.OWNER)
    contact = await find_contact(context, contact_id)
    async with _work(context) as work:
        audit.record(work, context.viewer, AuditAction.CONTACT_EXPORTED, contact.id)


async def _put_aside(context: Context, contact_id: UUID) -> Traces:
    """Nothing more is queued for the contact from here on."""
    async with _work(context) as work:
        contact = await open_contact(work, context.viewer, contact_id)
        if contact.merged_into_id is not None:
            message = "The contact was merged into another: erase that one, and both are erased."
            raise UserError(Code.ALREADY_DONE, message, "contactId")
        of_tenant = {"tenant": work.tenant_id}
        people = [row.id for row in await _run(work, _PEOPLE, of_tenant, contact=contact_id)]
        addresses = [row.value for row in await _run(work, _ADDRESSES, of_tenant, people=people)]
        now = context.services.clock()
        await _run(work, _PUT_ASIDE, of_tenant, people=people, now=now)
    return Traces(contact_id, people, addresses)


async def _deliveries(context: Context, traces: Traces) -> Sequence[CoreRow[Any]]:
    async with _work(context) as work:
        values = {"tenant": work.tenant_id}
        people, addresses = traces.people, traces.addresses
        return (await _run(work, _DELIVERIES, values, people=people, addresses=addresses)).all()


async def _scrub_deliveries(context: Context, found: Sequence[CoreRow[Any]]) -> None:
    """Keep of deliveries what is counted; those that wait are cancelled. Raises CONFLICT."""
    waiting = [row.id for row in found if row.status == DeliveryStatus.QUEUED]
    for first in range(0, len(waiting), MAX_IDS):
        await cancel_deliveries(context, Chosen(tuple(waiting[first : first + MAX_IDS])))
    changed = 0
    for first in range(0, len(found), PIECE):
        ids = [row.id for row in found[first : first + PIECE]]
        async with _work(context) as work:
            changed += (await _run(work, _SCRUB_DELIVERIES, {}, ids=ids)).rowcount
            await _run(work, _FORGET_REPORTS, {}, ids=ids)
    if not changed:
        message = "A message to the contact is just going out; try again in a minute."
        raise UserError(Code.CONFLICT, message, "contactId")


async def _conversations(context: Context, traces: Traces) -> list[UUID]:
    """The conversations that devices have with the contact."""
    async with _work(context) as work:
        values = {"tenant": work.tenant_id}
        people, addresses = traces.people, traces.addresses
        rows = await _run(work, _THREADS, values, people=people, addresses=addresses)
        return [row.conversation_id for row in rows]


async def _empty(context: Context, conversation_id: UUID) -> None:
    """Take all that was said from a conversation, whoever said it."""
    while await _empty_piece(context, conversation_id) == PIECE:
        pass
    async with _work(context) as work:
        conversation = await _locked(work, conversation_id)
        values = {"conversation": conversation_id}
        digests = [row.sha256 for row in await _run(work, _FILES, values)]
        await _run(work, _SCRUB_FILES, values)
        await _run(work, _RENAME, values, erased=ERASED)
        for statement in _FORGET_THREAD:
            await _run(work, statement, values)
        conversation.title = ERASED
        work.record(conversation, EventKind.CONVERSATION_CHANGED)
    await context.services.discard(context.viewer.tenant_id, digests)


async def _empty_piece(context: Context, conversation_id: UUID) -> int:
    async with _work(context) as work:
        conversation = await _locked(work, conversation_id)
        values = {"conversation": conversation_id, "now": context.services.clock(), "piece": PIECE}
        removed = (await _run(work, _SCRUB_MESSAGES, values)).rowcount
        if removed:
            work.record(conversation, EventKind.MESSAGES_REMOVED, count=removed)
    return removed


async def _forget(context: Context, traces: Traces) -> None:
    """Take what is known of the people themselves, and keep in the trail that it was done."""
    now, people, addresses = context.services.clock(), traces.people, traces.addresses
    async with _work(context) as work:
        await lock_identities(work)
        of_tenant = {"tenant": work.tenant_id}
        whom = {"contact": traces.contact, "people": people, "addresses": addresses}
        await _run(work, _SCRUB_RECIPIENTS, of_tenant, **whom)
        await _run(work, _SCRUB_CALLS, of_tenant, needles=traces.needles)
        await _run(work, _LEAVE_GROUPS, of_tenant, people=people, now=now)
        await _run(work, _FORGET_IDENTITIES, of_tenant, people=people)
        await _run(work, _FORGET_PEOPLE, of_tenant, people=people, now=now, erased=ERASED)
        audit.record(work, context.viewer, AuditAction.CONTACT_ERASED, traces.contact)


def _work(context: Context) -> AbstractAsyncContextManager[UnitOfWork]:
    services = context.services
    return unit_of_work(services.database, services.bell, context.viewer.tenant_id)


async def _locked(work: UnitOfWork, conversation_id: UUID) -> Conversation:
    conversation = await lock_conversation(work, conversation_id)
    assert conversation is not None, "conversations are not deleted under a thread"
    return conversation


async def _run(
    work: UnitOfWork, statement: TextClause, values: dict[str, Any], **more: Any
) -> CursorResult[Any]:
    connection = await work.session.connection()
    return await connection.execute(statement, values | more)
