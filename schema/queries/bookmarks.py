"""The messages that the viewer marked."""

from datetime import datetime
from uuid import UUID

import strawberry

from models.database import Row
from resolvers.bookmarks import NEWEST_FIRST, count_bookmarks, list_bookmarks
from resolvers.paging import page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.conversations import Message
from schema.fields import Info, RowType, column
from schema.ids import IdType, decode_optional_id


@strawberry.type(description="A message that the viewer marked.")
class Bookmark(RowType):
    row: strawberry.Private[Row]

    created_at: datetime = column("When it was marked first.")
    note: str | None = column("Seen by the viewer alone.")

    @strawberry.field(description="Null when it is kept no more.")
    async def message(self, info: Info) -> Message | None:
        row = await info.context.loaders.message.load(self.row.message_id)
        return Message(row=row) if row else None


@strawberry.input(description="Which bookmarks; each given condition holds.")
class BookmarkFilterInput:
    conversation_id: strawberry.ID | None = None

    def parsed(self) -> UUID | None:
        """The conversation's UUID. Raises BAD_ID."""
        return decode_optional_id(IdType.CONVERSATION, self.conversation_id, "conversationId")


@strawberry.type
class BookmarkQueries:
    @strawberry.field(
        description="The messages that the viewer marked, the latest marked first; of the"
        " conversations that they still see."
    )
    async def bookmarks(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: BookmarkFilterInput | None = None,
    ) -> Connection[Bookmark]:
        key = filter.parsed() if filter else None
        request = page_request(first, after, last, before)
        page = await list_bookmarks(info.context, request, key)
        return connection(
            page,
            NEWEST_FIRST,
            Bookmark,
            lambda: count_bookmarks(info.context, key),
        )
