"""Messages: by id, a conversation's page of them, and what hangs on each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Text, any_, exists, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from analysis.search.query import Query
from models.database import Reader, Row
from models.messages import MessageKind
from models.tables import attachments, bookmarks, messages, participants, reactions
from resolvers.loaders.batching import (
    Beside,
    PageKey,
    many_each,
    one_each,
    page_each,
    value_each,
)
from resolvers.paging import Keyset, Page, Selection
from resolvers.scope import given_message_ids, is_one_of, message_ids, times_of

m = messages.c
p = participants.c
COLUMNS = (
    m.id,
    m.conversation_id,
    m.sender_id,
    m.sent_at,
    m.seq,
    m.kind,
    m.body,
    m.reply_to_id,
    m.edited_at,
    m.deleted_at,
    m.details,
)
BY_SENDING = Keyset(b"m", m.sent_at, m.id)

SENDERS = Beside("senders", m.sender_id.key, p.id, (p.id, p.name, p.user_id))
WITH_SENDERS = frozenset({SENDERS.key, SENDERS.name})
"""The columns of a page whose senders are read with it."""

ALL_COLUMNS = frozenset({column.key for column in COLUMNS})


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What messages must be like: each given condition holds. Times: from `since` to `until`.

    A `query` is no condition on rows: it is for the search to answer.
    """

    kinds: tuple[MessageKind, ...] = ()
    sender_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    bookmarked_by: UUID | None = None
    query: Query | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on `messages`."""
        found: list[ColumnElement[bool]] = []
        if self.kinds:
            kinds = literal([kind.value for kind in self.kinds], ARRAY(Text))
            found.append(m.kind == any_(kinds))
        if self.sender_id is not None:
            found.append(m.sender_id == self.sender_id)
        if self.since is not None:
            found.append(m.sent_at >= self.since)
        if self.until is not None:
            found.append(m.sent_at < self.until)
        if self.bookmarked_by is not None:
            marked = exists().where(
                bookmarks.c.message_id == m.id, bookmarks.c.user_id == self.bookmarked_by
            )
            found.append(marked)
        return found


async def messages_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The messages with these ids, reached from a row that the viewer sees."""
    rows = await read.rows(_by_id, ids=ids, times=times_of(ids))
    return one_each(rows, ids, "id")


async def encrypted_bodies(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The ciphertext of these messages and how it was made, where they have any."""
    columns = (m.id, m.ciphertext, m.scheme, m.key_id, m.nonce)
    statement = select(*columns).where(message_ids(list(ids)), m.ciphertext.is_not(None))
    return one_each(await read.all(statement), ids, "id")


async def message_pages(read: Reader, keys: Sequence[PageKey]) -> list[Page]:
    """A page of each conversation's messages, oldest first."""
    return await page_each(read, BY_SENDING, of_conversation, keys, SENDERS)


def senders_of(pages: Iterable[Page]) -> dict[UUID, Row]:
    """The senders that were read with pages, by their ids."""
    return {sender["id"]: sender for page in pages for sender in page.beside}


async def message_counts(read: Reader, keys: Sequence[tuple[UUID, MessageFilter]]) -> list[int]:
    """How many messages of each conversation pass a filter; a statement a distinct filter."""
    asked: defaultdict[MessageFilter, list[UUID]] = defaultdict(list)
    for conversation_id, wanted in keys:
        asked[wanted].append(conversation_id)
    counts: dict[tuple[UUID, MessageFilter], int] = {}
    for wanted, ids in asked.items():
        statement = (
            select(m.conversation_id, func.count())
            .where(is_one_of(m.conversation_id, ids), *wanted.conditions())
            .group_by(m.conversation_id)
        )
        for conversation_id, count in zip(
            ids, value_each(await read.all(statement), ids, 0), strict=True
        ):
            counts[conversation_id, wanted] = count
    return [counts[key] for key in keys]


async def attachments_by_message(read: Reader, ids: Sequence[UUID]) -> list[list[Row]]:
    """The attachments of each message, in the order in which they were added."""
    a = attachments.c
    columns = (
        *(a.id, a.message_id, a.kind, a.file_name, a.media_type, a.size),
        *(a.sha256, a.width, a.height),
    )
    statement = select(*columns).where(is_one_of(a.message_id, list(ids))).order_by(a.id)
    return many_each(await read.all(statement), ids, "message_id")


async def reactions_by_message(read: Reader, ids: Sequence[UUID]) -> list[list[Row]]:
    """The reactions to each message, first come first."""
    r = reactions.c
    statement = (
        select(r.message_id, r.participant_id, r.emoji, r.created_at)
        .where(is_one_of(r.message_id, list(ids)))
        .order_by(r.created_at, r.participant_id)
    )
    return many_each(await read.all(statement), ids, "message_id")


async def bookmarks_by_message(
    read: Reader, user_id: UUID, ids: Sequence[UUID]
) -> list[Row | None]:
    """The user's own bookmark on each message."""
    b = bookmarks.c
    statement = select(b.id, b.message_id, b.note, b.created_at).where(
        b.user_id == user_id, is_one_of(b.message_id, list(ids))
    )
    return one_each(await read.all(statement), ids, "message_id")


def _by_id() -> Selection:
    return select(*COLUMNS).where(given_message_ids())


def of_conversation(parent: ColumnElement[UUID], wanted: MessageFilter | None) -> Selection:
    """The messages of a conversation."""
    conditions = wanted.conditions() if wanted else []
    return select(*COLUMNS).where(m.conversation_id == parent, *conditions)
