"""Search: messages, and where in them the words stand."""

from collections.abc import Sequence

import strawberry

from models.database import Row
from resolvers import search as resolve
from resolvers.paging import Page, page_request
from resolvers.search import NEWEST_FIRST, SearchFilter
from schema.connections import After, First, PageInfo
from schema.conversations import Message, MessageFilterInput
from schema.fields import Info
from schema.ids import IdType, decode_id


@strawberry.type(description="Part of a text, counted in code points: `end` is not part of it.")
class TextRange:
    start: int
    end: int


@strawberry.type(description="A message that matches, and where.")
class SearchEdge:
    node: Message
    cursor: str
    query: strawberry.Private[str]

    @strawberry.field(description="Where the words stand in the message's `body`.")
    def highlights(self) -> list[TextRange]:
        found = resolve.matches_in(self.node.row, self.query)
        return [TextRange(start=each.start, end=each.end) for each in found]


@strawberry.type(description="A page of the messages that match, newest first.")
class SearchConnection:
    edges: list[SearchEdge]
    page_info: PageInfo
    query: strawberry.Private[str]
    wanted: strawberry.Private[SearchFilter]

    @strawberry.field
    def nodes(self) -> list[Message]:
        return [edge.node for edge in self.edges]

    @strawberry.field(description="How many match on all pages; counted only when asked for.")
    async def total_count(self, info: Info) -> int:
        return await resolve.count_matches(info.context, self.query, self.wanted)


@strawberry.input(description="Where to search; each given condition holds.")
class SearchFilterInput:
    conversation_ids: list[strawberry.ID] | None = None
    messages: MessageFilterInput | None = None

    def parsed(self, info: Info) -> SearchFilter:
        """The filter as resolvers take it. Raises BAD_ID."""
        ids = [
            decode_id(IdType.CONVERSATION, value, "conversationIds")
            for value in self.conversation_ids or ()
        ]
        messages = self.messages.parsed(info) if self.messages else None
        return SearchFilter(tuple(ids), messages) if messages else SearchFilter(tuple(ids))


@strawberry.type
class SearchQueries:
    @strawberry.field(
        description='Words, "phrases", -not and OR over the messages that the viewer may see.'
    )
    async def search(
        self,
        info: Info,
        query: str,
        first: First = None,
        after: After = None,
        filter: SearchFilterInput | None = None,
    ) -> SearchConnection:
        wanted = filter.parsed(info) if filter else SearchFilter()
        page = await resolve.search_messages(
            info.context, query, page_request(first, after), wanted
        )
        return SearchConnection(
            edges=_edges(page, query),
            page_info=PageInfo(page=page, cursors=NEWEST_FIRST),
            query=query,
            wanted=wanted,
        )


def _edges(page: Page, query: str) -> list[SearchEdge]:
    rows: Sequence[Row] = page.rows
    return [
        SearchEdge(node=Message(row=row), cursor=NEWEST_FIRST.cursor(row), query=query)
        for row in rows
    ]
