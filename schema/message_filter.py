"""Which messages of a conversation, or of a search, are asked for."""

from datetime import datetime

import strawberry

from resolvers.loaders import MessageFilter
from resolvers.search import parsed_query
from schema.enums import MessageKind
from schema.fields import Info
from schema.ids import IdType, decode_optional_id


@strawberry.input(description="Which messages; each given condition holds.")
class MessageFilterInput:
    kinds: list[MessageKind] | None = None
    sender_id: strawberry.ID | None = None
    since: datetime | None = strawberry.field(default=None, description="Sent then or later.")
    until: datetime | None = strawberry.field(default=None, description="Sent before then.")
    bookmarked: bool | None = strawberry.field(
        default=None, description="True: only those that the viewer marked."
    )
    query: str | None = strawberry.field(
        default=None, description="Those that a search for it finds: see `Query.search`."
    )

    def parsed(self, info: Info) -> MessageFilter:
        """The filter as resolvers take it. Raises BAD_ID and BAD_QUERY."""
        return MessageFilter(
            kinds=tuple(sorted(set(self.kinds or ()))),
            sender_id=decode_optional_id(IdType.PARTICIPANT, self.sender_id, "senderId"),
            since=self.since,
            until=self.until,
            bookmarked_by=info.context.viewer.user_id if self.bookmarked else None,
            query=None if self.query is None else parsed_query(info.context, self.query),
        )
