"""Batches that go on where a conversation ends are inserted two at a time.

The events of a conversation are counted under its row's lock, so its batches would wait for each
other. Yet most of a batch's time goes into the words and the indexes of its messages, which need
no lock. So a batch that only goes on where the one before ends is inserted while that one still
is, with the `seq` that it will have if nothing comes between. It is counted and committed after
the one before. Whatever changes a conversation counts an event: where the conversation's `last_seq`
is not what was foreseen then, all is rolled back, and the batch is stored behind the locks.

Two imports of one chat may each have inserted what the other is about to. So batches wait for each
other in the database, which sees who waits for whom and ends it.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from importing.batches import Batch
from importing.chats import locked
from importing.holding import Step
from importing.records import Kind
from importing.rows import Row
from importing.storing import count_in, insert_attachments, insert_messages
from realtime.unit_of_work import UnitOfWork

_TURN = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


class Overtaken(Exception):  # noqa: N818 - it reads as what happened
    """The conversation was changed by somebody else meanwhile."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a conversation, as one import has brought it there or is about to."""

    conversation_id: UUID
    seq: int
    """Of the conversation's last event."""
    newest: datetime
    """When its last message was sent."""
    held_until: datetime | None
    """What was sent later than this is all of this import; None: everything is."""
    names: Set[str | None]
    """Under which the import has added messages, and None."""

    def goes_on(self, rows: Sequence[Row], me: str | None) -> bool:
        """Whether the rows, which are the file's next, are all new and let nobody new in."""
        if not rows:
            return False
        first, names = min(row.sent_at for row in rows), self.names
        return (
            first >= self.newest
            and (self.held_until is None or first > self.held_until)
            and all(
                row.sender in names or (row.kind == Kind.NOTICE and row.sender != me)
                for row in rows
            )
        )

    def after(self, rows: Sequence[Row]) -> "Tail":
        """The end when these rows are added too."""
        newest = max(row.sent_at for row in rows)
        return replace(self, seq=self.seq + 1, newest=newest)


async def insert_ahead(work: UnitOfWork, import_id: UUID, batch: Batch, tail: Tail) -> None:
    """Insert a batch that goes on behind the tail, before anybody may know that it will be so.

    The transaction must have its turn.
    """
    assert batch.copied is not None, "only batches as they were read go on"
    connection = await work.driver()
    destination = work.tenant_id, tail.conversation_id
    await insert_messages(connection, destination, tail.seq + 1, import_id, batch.copied)


async def take_turn(work: UnitOfWork, import_id: UUID, seq: int) -> None:
    """Wait for the transaction that adds the batch of this `seq`, if any; then it is this one."""
    connection = await work.driver()
    await connection.execute(_TURN, f"{import_id}:{seq}")


async def count_behind(step: Step, batch: Batch, tail: Tail) -> None:
    """Count what `insert_ahead` has inserted, now that the batch before is committed.

    Raises Overtaken when the conversation does not end as it was foreseen.
    """
    work, import_id = step.work, step.row.id
    conversation = await locked(work, tail.conversation_id)
    if conversation is None or conversation.last_seq != tail.seq:
        raise Overtaken
    count_in(work, conversation, import_id, batch.rows)
    connection = await work.driver()
    await insert_attachments(connection, (work.tenant_id, conversation.id), batch.rows)
