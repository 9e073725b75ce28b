"""Which of the messages that were just added a query finds, without asking the index."""

from collections.abc import Sequence

from sqlalchemy import select

from analysis.search.matching import MessageFacts, matches
from analysis.search.query import Place, Query, Sender
from models.database import Row
from models.messages import MessageKind
from models.tables import conversations, participants
from resolvers.context import Context
from resolvers.scope import is_one_of

c, p = conversations.c, participants.c


async def matching(context: Context, query: Query, rows: Sequence[Row | None]) -> list[Row | None]:
    """The messages that match, None in the place of the others.

    Names are looked up only where the query asks for them. New messages have no reactions and no
    bookmarks.
    """
    found = [row for row in rows if row is not None]
    senders = await _senders(context, found) if query.names(Sender) else {}
    titles = await _titles(context, found) if query.names(Place) else {}
    own = context.viewer.user_id if query.is_personal else None

    def facts(row: Row) -> MessageFacts:
        sender = senders.get(row.sender_id)
        return MessageFacts(
            body=row.body,
            kind=MessageKind(row.kind),
            sent_at=row.sent_at,
            sender_name=sender.name if sender else "",
            from_viewer=own is not None and sender is not None and sender.user_id == own,
            conversation_title=titles.get(row.conversation_id, ""),
            edited=row.edited_at is not None,
        )

    return [row if row is not None and matches(query, facts(row)) else None for row in rows]


async def _senders(context: Context, rows: Sequence[Row]) -> dict[object, Row]:
    ids = list({row.sender_id for row in rows if row.sender_id is not None})
    statement = select(p.id, p.name, p.user_id).where(is_one_of(p.id, ids))
    return {row.id: row for row in await context.read.all(statement)}


async def _titles(context: Context, rows: Sequence[Row]) -> dict[object, str]:
    ids = list({row.conversation_id for row in rows})
    statement = select(c.id, c.title).where(is_one_of(c.id, ids))
    return {row.id: row.title for row in await context.read.all(statement)}
