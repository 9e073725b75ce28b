"""Full-text search over the messages that the viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.sql.expression import cast, literal

from analysis.highlighting import TextRange, highlights, wanted_words, web_query
from models.database import Row
from models.tables import messages
from resolvers.context import Context
from resolvers.errors import Code, ParleyError
from resolvers.loaders import MessageFilter
from resolvers.loaders.messages import COLUMNS
from resolvers.paging import Keyset, Page, PageRequest, Selection
from resolvers.scope import is_one_of, visible_messages

m = messages.c
NEWEST_FIRST = Keyset(b"f", m.sent_at, m.id, descending=True)


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Where to search; each given condition holds."""

    conversation_ids: tuple[UUID, ...] = ()
    messages: MessageFilter = field(default_factory=MessageFilter)

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on `messages`."""
        found = self.messages.conditions()
        if self.conversation_ids:
            found.append(is_one_of(m.conversation_id, list(self.conversation_ids)))
        return found


async def search_messages(
    context: Context, query: str, request: PageRequest, wanted: SearchFilter
) -> Page:
    """A page of the messages that match, newest first."""
    statement = _matching(context, checked(context, query), wanted).with_only_columns(*COLUMNS)
    rows = await context.read.all(NEWEST_FIRST.select(statement, request))
    return NEWEST_FIRST.page(rows, request)


async def count_matches(context: Context, query: str, wanted: SearchFilter) -> int:
    """How many messages match on all pages."""
    count: int = await context.read.value(_matching(context, query, wanted))
    return count


def matches_in(row: Row, query: str) -> Sequence[TextRange]:
    """Where the query's words stand in a message's body, in code points."""
    return highlights(row.body, wanted_words(query))


def checked(context: Context, query: str) -> str:
    """The query, if it asks for something. Raises BAD_QUERY."""
    limit = context.services.limits.query
    if len(query) > limit:
        raise ParleyError(Code.BAD_QUERY, f"The query has more than {limit} characters.")
    if "\x00" in query or not wanted_words(query):
        raise ParleyError(Code.BAD_QUERY, "The query names no word to look for.")
    return query


def _matching(context: Context, query: str, wanted: SearchFilter) -> Selection:
    viewer = context.viewer
    config = cast(literal("parley"), REGCONFIG)
    words = func.websearch_to_tsquery(config, web_query(query))
    return (
        select(func.count())
        .select_from(messages)
        .where(
            m.search.op("@@")(words),
            m.deleted_at.is_(None),
            visible_messages(viewer.tenant_id, viewer.user_id),
            *wanted.conditions(),
        )
    )
