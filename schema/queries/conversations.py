"""Finding conversations."""

import strawberry

from resolvers import conversations as resolve
from resolvers.conversations import ConversationFilter
from resolvers.loaders.conversations import BY_ACTIVITY
from resolvers.paging import page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.conversations import Conversation
from schema.enums import ConversationKind
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id


@strawberry.input(description="Which conversations; each given condition holds.")
class ConversationFilterInput:
    kind: ConversationKind | None = None
    title_contains: str | None = None
    participant_user_id: strawberry.ID | None = None
    unread: bool | None = None

    def parsed(self) -> ConversationFilter:
        """The filter as resolvers take it. Raises BAD_ID."""
        return ConversationFilter(
            kind=self.kind,
            title_contains=self.title_contains,
            participant_user_id=decode_optional_id(
                IdType.USER, self.participant_user_id, "participantUserId"
            ),
            unread=self.unread,
        )


@strawberry.type
class ConversationQueries:
    @strawberry.field
    async def conversation(self, info: Info, id: strawberry.ID) -> Conversation | None:
        return await find_conversation(info, id)

    @strawberry.field(description="The most recently active first.")
    async def conversations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: ConversationFilterInput | None = None,
    ) -> Connection[Conversation]:
        wanted = filter.parsed() if filter else ConversationFilter()
        request = page_request(first, after, last, before)
        page = await resolve.list_conversations(info.context, request, wanted)
        return connection(
            page,
            BY_ACTIVITY,
            lambda row: Conversation(row=row),
            lambda: resolve.count_conversations(info.context, wanted),
        )


async def find_conversation(info: Info, key: strawberry.ID) -> Conversation:
    """The conversation with an id. Raises BAD_ID or NOT_FOUND."""
    conversation_id = decode_id(IdType.CONVERSATION, key)
    return Conversation(row=await resolve.find_conversation(info.context, conversation_id))
