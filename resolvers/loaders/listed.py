"""The list of conversations together with what its rows are shown with, by one statement: the
newest message of each, and the first of those who take part."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import FromClause, Integer, bindparam, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from models.database import PartialRow, Reader, Row, Table, Tables, WithEach, column_of
from models.tables import messages, participants
from resolvers.loaders.batching import PageKey, columns_of, in_arrays, table_of
from resolvers.loaders.conversations import BY_ACTIVITY, COLUMNS, is_archived
from resolvers.loaders.participants import BY_JOINING, of_conversation
from resolvers.paging import Page, PageRequest, PageShape, Selection
from resolvers.scope import TENANT_ID, USER_ID, visible_conversations

m = messages.c

NEWEST: Mapping[str, str] = {
    name: f"newest.{name}" for name in ("id", "kind", "body", "sent_at", "sender_id", "deleted_at")
}
"""The columns with which newest messages are read, and what they are called in the list's rows."""

NEWEST_MESSAGE: Final = "newest message"
"""What the newest messages are known by in the list's `Table.with_each`, where each conversation
has one; the first participants are by their `People`."""

PEOPLE = "people."
"""Begins the names of the columns of participants there; each holds those of all of them."""

FROM_THE_FIRST = PageShape(after=False, before=False, backwards=False)
MOST_PEOPLE = bindparam("most_people", type_=Integer())


class People(NamedTuple):
    """The first participants of a conversation, with these columns."""

    request: PageRequest
    columns: frozenset[str]

    def key(self, conversation_id: UUID) -> PageKey:
        """What the page of one conversation is known by."""
        return PageKey(conversation_id, self.request, columns=self.columns)


class Listing(NamedTuple):
    """A page of the viewer's conversations that are not archived, the most recently active first.

    `columns` are those that are needed (None: all). `newest`: with the newest message of each.
    """

    request: PageRequest
    columns: frozenset[str] | None = None
    newest: bool = False
    people: People | None = None


async def listed_conversations(read: Reader, user_id: UUID, listing: Listing) -> Page:
    """The listing, by one statement. Raises BAD_CURSOR."""
    request, people = listing.request, listing.people
    values: dict[str, Any] = {"reader_tenant_id": read.tenant_id, "reader_user_id": user_id}
    values |= BY_ACTIVITY.values(request)
    if people is not None:
        values[MOST_PEOPLE.key] = people.request.size + 1
    shape = request.shape, listing.columns, listing.newest, people and people.columns
    page = BY_ACTIVITY.page(await read.rows(_listed, *shape, **values), request)
    if not page.rows or not (listing.newest or people):
        return page
    return Page(_table(page.rows, listing), page.has_next, page.has_previous)


def newest_messages(rows: Sequence[Row]) -> dict[UUID, PartialRow]:
    """The newest messages that were read with a list, by their ids."""
    columns = [column_of(rows, label) for label in NEWEST.values()]
    found = [values for values in zip(*columns, strict=True) if values[0] is not None]
    return {values[0]: PartialRow(zip(NEWEST, values, strict=True)) for values in found}


def people_pages(rows: Sequence[Row], people: People) -> dict[PageKey, Page]:
    """The pages of participants that were read with a list."""
    names = {name: PEOPLE + name for name in _names(people.columns)}
    pages = {}
    for row in rows:
        table = table_of({name: row[label] for name, label in names.items()})
        pages[people.key(row["id"])] = BY_JOINING.page(table, people.request)
    return pages


def _table(rows: Sequence[Row], listing: Listing) -> Sequence[Row]:
    """The rows with what was read beside each: at hand, it need not go through loaders."""
    columns = dict(zip(rows[0].keys(), zip(*rows, strict=True), strict=True))
    with_each: dict[Hashable, WithEach] = {}
    if listing.newest and None not in columns[NEWEST["id"]]:
        newest = Table({name: columns[at] for name, at in NEWEST.items()})
        with_each[NEWEST_MESSAGE] = WithEach(newest)
    if listing.people is not None:
        with_each[listing.people] = WithEach(_first_people(columns, listing.people))
    return cast("Sequence[Row]", Table(columns, with_each))


def _first_people(columns: Mapping[str, Sequence[Any]], people: People) -> Sequence[Table]:
    """The first participants of each conversation; the arrays are null where there are none."""
    tables = Tables({name: columns[PEOPLE + name] for name in _names(people.columns)})
    most = people.request.size
    return tables if max(tables.lengths) <= most else [table[:most] for table in tables]


@cache
def _names(columns: frozenset[str]) -> list[str]:
    """The columns of participants that are read, one at least."""
    return [str(each.key) for each in columns_of(BY_JOINING, participants, columns | {"id"})]


def _listed(
    shape: PageShape,
    columns: frozenset[str] | None,
    newest: bool,
    people: frozenset[str] | None,
) -> Selection:
    seen = visible_conversations(TENANT_ID, USER_ID)
    unarchived = select(*COLUMNS).where(seen, ~is_archived(USER_ID))
    page: FromClause = BY_ACTIVITY.select_shape(unarchived, shape).subquery("listed")
    chosen = columns_of(BY_ACTIVITY, page, None if columns is None else columns | {"id"})
    source = page
    if newest:
        message = _message_of(page)
        source = source.outerjoin(message, true())
        chosen += [message.c[name].label(label) for name, label in NEWEST.items()]
    if people is not None:
        joined = _people_of(page, people)
        source = source.outerjoin(joined, true())
        chosen += list(joined.c)
    return BY_ACTIVITY.ordered(select(*chosen).select_from(source), page, shape)


def _message_of(page: FromClause) -> LateralFromClause:
    """The newest message of a conversation; the list stands in the order of their times."""
    return (
        select(*(m[name] for name in NEWEST))
        .where(m.id == page.c.last_message_id, m.sent_at == page.c.last_activity_at)
        .limit(1)
        .lateral("newest")
    )


def _people_of(page: FromClause, columns: frozenset[str]) -> LateralFromClause:
    theirs = of_conversation(page.c.id, None).correlate(page)
    first = BY_JOINING.select_shape(theirs, FROM_THE_FIRST, MOST_PEOPLE).lateral("first")
    return in_arrays([first.c[name] for name in _names(columns)], first, PEOPLE).lateral("people")
