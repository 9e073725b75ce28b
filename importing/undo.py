"""Undoing an import: what it added goes, batch by batch, the newest messages first."""

from uuid import UUID

from sqlalchemy import select

from importing.chats import locked
from importing.fetching import discard
from importing.holding import Hold, Step
from importing.media_store import MediaStore
from models.conversations import Conversation
from models.events import EventKind
from models.imports import ImportStatus
from models.tables import messages

BATCH = 5_000
"""Messages that one transaction removes: it holds the conversation's row lock for so long."""

_REMOVE = "SELECT * FROM parley_remove_imported($1, $2)"
_FINISH = "SELECT * FROM parley_finish_undo($1)"


async def undo(hold: Hold, store: MediaStore) -> int:
    """Undo the import that `hold` holds, and let go of it as UNDONE; how many messages went.

    It may be cut short anywhere and begun again. Raises HoldLost and the database's errors.
    """
    total = 0
    while removed := await _remove_some(hold, store):
        total += removed
    await _finish(hold, store)
    await hold.end(ImportStatus.UNDONE)
    return total


async def _remove_some(hold: Hold, store: MediaStore) -> int:
    async with hold.step() as step:
        conversation = await _conversation(step)
        if conversation is None:
            return 0
        connection = await step.work.driver()
        row = await connection.fetchrow(_REMOVE, hold.import_id, BATCH)
        assert row is not None, "the function gives one row"
        removed: int = row["removed"]
        if removed:
            await _count_again(step, conversation, removed)
            step.row.added = max(0, step.row.added - removed)
            step.work.record(
                conversation,
                EventKind.MESSAGES_REMOVED,
                import_id=hold.import_id,
                count=removed,
            )
    await discard(hold, store, row["contents"])
    return removed


async def _finish(hold: Hold, store: MediaStore) -> None:
    """Let go of what nothing refers to any more: names, files, an empty conversation."""
    async with hold.step() as step:
        conversation = await _conversation(step)
        if conversation is None:
            return
        connection = await step.work.driver()
        row = await connection.fetchrow(_FINISH, hold.import_id)
        assert row is not None, "the function gives one row"
        step.row.media = 0
        if row["emptied"]:
            step.work.session.expunge(conversation)
            await step.work.session.refresh(step.row, ["conversation_id"])
        else:
            step.work.record(conversation, EventKind.CONVERSATION_CHANGED)
    await discard(hold, store, row["contents"])


async def _conversation(step: Step) -> Conversation | None:
    place: UUID | None = step.row.conversation_id
    return await locked(step.work, place) if place else None


async def _count_again(step: Step, conversation: Conversation, removed: int) -> None:
    """The conversation's counters without the messages that were removed."""
    m = messages.c
    newest = (
        select(m.id, m.sent_at)
        .where(m.conversation_id == conversation.id)
        .order_by(m.conversation_id, m.sent_at.desc(), m.id.desc())
        .limit(1)
    )
    connection = await step.work.session.connection()
    last = (await connection.execute(newest)).one_or_none()
    conversation.message_count -= removed
    conversation.last_message_id = last.id if last else None
    conversation.last_activity_at = last.sent_at if last else conversation.created_at
