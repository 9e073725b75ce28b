"""Search: messages, and where in them the words stand."""

from datetime import date

import strawberry

from resolvers import search as resolve
from resolvers.paging import page_request
from resolvers.search import Matches, SearchFilter, SearchPage
from resolvers.searching.counting import Facets
from schema.connections import After, First, PageInfo
from schema.conversations import Conversation, Message, Participant
from schema.enums import MessageKind, SearchOrder
from schema.fields import HELD_ROWS, Info
from schema.ids import IdType, decode_id
from schema.message_filter import MessageFilterInput


@strawberry.type(description="Part of a text, counted in code points: `end` is not part of it.")
class TextRange:
    start: int
    end: int


@strawberry.type(description="A message that matches, and where.")
class SearchEdge:
    node: Message
    page: strawberry.Private[SearchPage]

    @strawberry.field
    def cursor(self) -> str:
        return self.page.cursors.cursor(self.node.row)

    @strawberry.field(description="Where the words stand in the message's `body`.")
    def highlights(self) -> list[TextRange]:
        found = self.page.highlights(self.node.row)
        return [TextRange(start=each.start, end=each.end) for each in found]


@strawberry.type(description="How many of the matches are in a conversation.")
class ConversationFacet:
    conversation: Conversation
    count: int


@strawberry.type(description="How many of the matches a participant sent.")
class SenderFacet:
    sender: Participant
    count: int


@strawberry.type(description="How many of the matches were sent in a month.")
class MonthFacet:
    month: date = strawberry.field(description="Its first day; months begin and end in UTC.")
    count: int


@strawberry.type(description="How many of the matches are of a kind.")
class KindFacet:
    kind: MessageKind
    count: int


@strawberry.type(
    description="The newest 1,000 matches, counted; of each, the 50 most frequent values."
)
class SearchFacets:
    facets: strawberry.Private[Facets]

    @strawberry.field(description="How many were counted.")
    def total(self) -> int:
        return self.facets.total

    @strawberry.field(description="Whether there are more than were counted: show `1000+`.")
    def capped(self) -> bool:
        return self.facets.capped

    @strawberry.field(description="Whether the time was up before all were counted.")
    def partial(self) -> bool:
        return self.facets.partial

    @strawberry.field
    async def conversations(self, info: Info) -> list[ConversationFacet]:
        ids = [key for key, _ in self.facets.conversations]
        rows = await info.context.loaders.conversation.load_many(ids)
        counts = zip(rows, self.facets.conversations, strict=True)
        return [
            ConversationFacet(conversation=Conversation(row=row), count=count)
            for row, (_, count) in counts
            if row is not None
        ]

    @strawberry.field
    async def senders(self, info: Info) -> list[SenderFacet]:
        ids = [key for key, _ in self.facets.senders]
        rows = await info.context.loaders.participant.load_many(ids)
        counts = zip(rows, self.facets.senders, strict=True)
        return [
            SenderFacet(sender=Participant(row=row), count=count)
            for row, (_, count) in counts
            if row is not None
        ]

    @strawberry.field
    def months(self) -> list[MonthFacet]:
        return [MonthFacet(month=month, count=count) for month, count in self.facets.months]

    @strawberry.field
    def kinds(self) -> list[KindFacet]:
        return [KindFacet(kind=kind, count=count) for kind, count in self.facets.kinds]


@strawberry.type(
    description="A word of the query that no message has, and similar ones that were searched for."
)
class SearchCorrection:
    word: str = strawberry.field(description="As the search compares words: in plain lower case.")
    meant: list[str] = strawberry.field(description="Those that are in messages of this page.")


@strawberry.type(description="A page of the messages that match.")
class SearchConnection:
    page_info: PageInfo
    partial: bool = strawberry.field(
        description="The time was up before the page was full: go on after `pageInfo.endCursor`."
    )
    page: strawberry.Private[SearchPage]
    matches: strawberry.Private[Matches]

    @strawberry.field(
        description="Not empty where nothing matches: what was searched for in place of the query."
    )
    def corrections(self) -> list[SearchCorrection]:
        return [
            SearchCorrection(word=each.word, meant=list(each.meant))
            for each in self.page.corrections
        ]

    @strawberry.field
    def edges(self) -> list[SearchEdge]:
        return [SearchEdge(node=Message(row=row), page=self.page) for row in self.page.page.rows]

    @strawberry.field(metadata={HELD_ROWS: lambda self: self.page.page.rows})
    def nodes(self) -> list[Message]:
        return [Message(row=row) for row in self.page.page.rows]

    @strawberry.field(
        description="How many match on all pages, at most 1,000; `facets` say if there are more."
    )
    async def total_count(self) -> int:
        return (await self.matches.counted).total

    @strawberry.field(description="Where the matches of all pages are; counted only when asked.")
    async def facets(self) -> SearchFacets:
        return SearchFacets(facets=await self.matches.counted)


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
        description='Words, "phrases", -not, OR, prefix* and fields such as `from:ana`, over the'
        " messages that the viewer may see."
    )
    async def search(
        self,
        info: Info,
        query: str,
        first: First = None,
        after: After = None,
        filter: SearchFilterInput | None = None,
        order_by: SearchOrder | None = None,
    ) -> SearchConnection:
        wanted = filter.parsed(info) if filter else SearchFilter()
        page = await resolve.search_messages(
            info.context, query, page_request(first, after), wanted, order_by or SearchOrder.NEWEST
        )
        return SearchConnection(
            page_info=PageInfo(page=page.page, cursors=page.cursors),
            partial=page.partial,
            page=page,
            matches=Matches(info.context, page.query, wanted),
        )
