"""Receipts: how far a conversation has come to each user, and how far each has read.

Each takes two statements in one transaction: one locks the conversation and looks, the other moves
the viewer's positions and keeps the event, if that is a move.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, Table, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import Insert, insert

from models.database import Row
from models.events import EventKind
from models.ids import time_of
from models.tables import conversations, messages, read_positions, receipts
from realtime.change_statement import RowChange
from realtime.events import LiveEvent
from realtime.unit_of_work import QuickWork, quick_work
from resolvers.context import Context
from resolvers.conversations import find_conversation
from resolvers.errors import Code, UserError
from resolvers.locking import counted, locked_conversation, look
from resolvers.paging import Selection
from resolvers.parameters import CONVERSATION_ID, IS_GIVEN_MESSAGE, MOMENT, TENANT, USER
from resolvers.scope import USER_ID

c, m, k, r = conversations.c, messages.c, read_positions.c, receipts.c


async def mark_conversation_delivered(
    context: Context, conversation_id: UUID, message_id: UUID | None
) -> Row:
    """Say that a conversation has come to the viewer's device, up to a message or the newest."""
    async with _marking(context, conversation_id, message_id) as mark:
        known, seq = mark.known, mark.known.seq
        if seq > known.delivered_seq:
            written = {"read_seq": known.read_seq, "delivered_seq": seq}
            await mark.record(EventKind.RECEIPT_DELIVERED, {"seq": seq}, _receipt, written)
    return await find_conversation(context, conversation_id)


async def mark_conversation_read(
    context: Context, conversation_id: UUID, message_id: UUID | None
) -> Row:
    """Move the viewer's read position to a message, or to the newest; it never moves back."""
    async with _marking(context, conversation_id, message_id) as mark:
        known, seq, count = mark.known, mark.known.seq, mark.known.live_count
        if count > known.position:
            # The position may have been moved back, which others are not told.
            read_seq, delivered_seq = max(known.read_seq, seq), max(known.delivered_seq, seq)
            told = {"live_count": count, "seq": read_seq}
            written = {"live_count": count, "seq": seq, "read_seq": read_seq}
            written |= {"delivered_seq": delivered_seq}
            await mark.record(EventKind.RECEIPT_READ, told, _position_and_receipt, written)
    return await find_conversation(context, conversation_id)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A viewer's mark in a locked conversation.

    `known`: the `seq` and `live_count` up to which it is to be; where the viewer's `position` is,
    which is a live count, and their receipt's `read_seq` and `delivered_seq`.
    """

    context: Context
    work: QuickWork
    known: Row

    async def record(
        self,
        kind: EventKind,
        told: dict[str, UUID | int],
        build: Callable[[], RowChange],
        written: dict[str, int],
    ) -> None:
        """Write, and keep an event of it."""
        viewer, known = self.context.viewer, self.known
        told = {"user_id": viewer.user_id, **told}
        seq = known.last_seq + 1
        event = LiveEvent.in_conversation(viewer.tenant_id, known.id, seq, kind, told)
        await self.work.record(
            event,
            build,
            tenant_id=viewer.tenant_id,
            conversation_id=known.id,
            user_id=viewer.user_id,
            moment=self.context.services.clock(),
            **written,
        )


@asynccontextmanager
async def _marking(
    context: Context, conversation_id: UUID, message_id: UUID | None
) -> AsyncIterator[_Mark]:
    """Raises NOT_FOUND for a conversation that the viewer may not see, or a message elsewhere."""
    viewer, services = context.viewer, context.services
    up_to = {} if message_id is None else {"message_id": message_id, "sent_at": time_of(message_id)}
    async with quick_work(services.database, services.bell, viewer.tenant_id) as work:
        known = await look(
            work,
            _looking,
            message_id is not None,
            conversation_id=conversation_id,
            reader_tenant_id=viewer.tenant_id,
            reader_user_id=viewer.user_id,
            **up_to,
        )
        if known is None:
            raise UserError(Code.NOT_FOUND, "There is no such conversation.", "conversationId")
        if known.seq is None:
            raise UserError(Code.NOT_FOUND, "There is no such message here.", "messageId")
        yield _Mark(context, work, known)


def _looking(up_to_message: bool) -> Selection:
    """A conversation that the viewer may see, locked, and what `_Mark` knows of it."""
    locked = locked_conversation(c.id == CONVERSATION_ID)
    here = locked.c.id
    statement = (
        select(
            here,
            *counted(locked),
            func.coalesce(k.live_count, 0).label("position"),
            func.coalesce(r.read_seq, 0).label("read_seq"),
            func.coalesce(r.delivered_seq, 0).label("delivered_seq"),
        )
        .select_from(locked)
        .outerjoin(read_positions, and_(k.conversation_id == here, k.user_id == USER_ID))
        .outerjoin(receipts, and_(r.conversation_id == here, r.user_id == USER_ID))
    )
    if not up_to_message:
        return statement.add_columns(locked.c.last_seq.label("seq"), locked.c.live_count)
    later = messages.alias("later").c
    came_later = (
        select(func.count())
        .where(later.conversation_id == here, later.seq > m.seq, later.import_id.is_(None))
        .scalar_subquery()
    )
    up_to = and_(IS_GIVEN_MESSAGE, m.conversation_id == here)
    return statement.outerjoin(messages, up_to).add_columns(
        m.seq, (locked.c.live_count - came_later).label("live_count")
    )


def _receipt() -> RowChange:
    """The viewer's receipt in a conversation as given."""
    return _given(receipts, "read_seq", "delivered_seq", moment="changed_at").returning(r.user_id)


def _position_and_receipt() -> RowChange:
    """The same, and their read position."""
    position = _given(read_positions, "live_count", "seq", moment="read_at")
    return _receipt().add_cte(position.cte("moved"))


def _given(table: Table, *numbers: str, moment: str) -> Insert:
    """The viewer's row of a conversation with these numbers and the moment, new or known."""
    columns = table.c
    made = insert(table).values(
        {
            columns.tenant_id: TENANT,
            columns.conversation_id: CONVERSATION_ID,
            columns.user_id: USER,
            columns[moment]: MOMENT,
            **{columns[name]: bindparam(name, type_=BigInteger()) for name in numbers},
        }
    )
    return made.on_conflict_do_update(
        index_elements=[columns.conversation_id, columns.user_id],
        set_={name: made.excluded[name] for name in (*numbers, moment)},
    )
