"""Conversations together with a page of their messages: what is opened most, by one statement."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import select, true

from models.database import PartialRow, Reader, Row
from models.tables import conversations
from resolvers.loaders.batching import Chosen, PageKey, gathered_page, one_each
from resolvers.loaders.messages import ALL_COLUMNS, BY_SENDING, SENDERS, of_conversation
from resolvers.paging import Page, PageRequest, PageShape, Selection
from resolvers.scope import IDS, TENANT_ID, USER_ID, is_one_of, visible_conversations

c = conversations.c
OWN = "conversation."
"""Begins the names of the conversation's columns, beside those of its messages."""

COUNT = "message_count"
"""Its column with the number of its messages, which is read in any case."""


class Opening(NamedTuple):
    """A conversation with these columns, and a page of its messages."""

    page: PageKey
    columns: frozenset[str]


Opened: TypeAlias = tuple[PartialRow, Page]


async def opened_conversations(
    read: Reader, user_id: UUID, keys: Sequence[Opening]
) -> list[Opened | None]:
    """The conversations that the user may see, each with its page; a statement for each distinct
    request. The pages are neither filtered nor around a position."""
    asked: defaultdict[tuple[PageRequest, frozenset[str] | None, frozenset[str]], list[UUID]]
    asked = defaultdict(list)
    for key in keys:
        asked[key.page.request, key.page.columns, key.columns].append(key.page.parent_id)
    opened: dict[Opening, Opened | None] = {}
    for (request, columns, own), ids in asked.items():
        of_it = own - {"id"} | {COUNT}
        rows = await read.rows(
            _opened,
            request.shape,
            ALL_COLUMNS if columns is None else columns,
            of_it,
            ids=ids,
            reader_tenant_id=read.tenant_id,
            reader_user_id=user_id,
            **BY_SENDING.values(request),
        )
        for parent_id, found in zip(ids, one_each(rows, ids, "parent_id"), strict=True):
            key = Opening(PageKey(parent_id, request, columns=columns), own)
            opened[key] = _of_row(found, request, of_it) if found else None
    return [opened[key] for key in keys]


def _of_row(row: Row, request: PageRequest, own: frozenset[str]) -> Opened:
    found = dict(row.items())
    columns = {name: found.pop(OWN + name) for name in own}
    conversation = PartialRow(columns, id=found.pop("parent_id"))
    return conversation, gathered_page(BY_SENDING, request, found, SENDERS, columns[COUNT])


def _opened(shape: PageShape, columns: frozenset[str], own: frozenset[str]) -> Selection:
    theirs = of_conversation(c.id, None).correlate(conversations)
    page = BY_SENDING.select_shape(theirs, shape).lateral("page")
    gathered = Chosen(columns, SENDERS).gathered(BY_SENDING, page)
    parent = [c.id.label("parent_id"), *(c[name].label(OWN + name) for name in sorted(own))]
    return (
        select(*parent, *gathered.c)
        .select_from(conversations.outerjoin(gathered, true()))
        .where(is_one_of(c.id, IDS), visible_conversations(TENANT_ID, USER_ID))
    )
