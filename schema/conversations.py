"""Conversations and their messages: the types that refer to one another."""

from datetime import datetime
from typing import Annotated, Any

import orjson
import strawberry

from execution import Selected
from resolvers import conversations as resolve
from resolvers import messages as resolve_messages
from resolvers import reading as resolve_reading
from resolvers.context import Context
from resolvers.errors import Code, ParleyError
from resolvers.feeds import cursor_at
from resolvers.loaders import PageKey
from resolvers.loaders.listed import NEWEST, NEWEST_MESSAGE, People
from resolvers.loaders.messages import ALL_COLUMNS, BY_SENDING, SENDERS, WITH_SENDERS
from resolvers.loaders.participants import BY_JOINING, NAMED
from resolvers.paging import Page, PageRequest, Position, page_request
from schema.connections import (
    After,
    Before,
    Connection,
    First,
    Last,
    LoadedPage,
    connection,
    counted_page,
    loaded_page,
)
from schema.contents import Attachment, EncryptedBody, Place, Poll, PollOption, Reaction
from schema.enums import ConversationKind, MessageKind, Visibility
from schema.fields import (
    LOADED,
    SAME_FOR_ALL,
    Info,
    LoadedColumn,
    Narrow,
    Node,
    column,
    loaded,
)
from schema.ids import IdType, decode_id
from schema.keeping import Kept
from schema.message_filter import MessageFilterInput
from schema.outgoing import MessageDelivery
from schema.people import Participant, User
from schema.receipts import Receipt
from schema.statistics import ConversationStatistics

__all__ = ["Conversation", "Message", "Participant", "User"]


Around = Annotated[
    strawberry.ID | None, strawberry.argument(description="A message of the conversation.")
]
AroundTime = Annotated[
    datetime | None, strawberry.argument(description="Half were sent before then.")
]


OWN_CONVERSATION = LoadedColumn(
    "conversation_id",
    lambda loaders: loaders.found_conversation,
    lambda row: Conversation(row=row),
)


@strawberry.type(description="One message of a conversation.")
class Message(Node):
    id_type = IdType.MESSAGE

    seq: int = column("The event of the conversation that added it.")
    kind: MessageKind = column()
    body: str = column("Empty where it is encrypted, and once the message was deleted.")
    sent_at: datetime = column()
    edited_at: datetime | None = column()
    deleted_at: datetime | None = column()

    @strawberry.field(description="Of a LOCATION, where the archive names it.")
    def place(self) -> Place | None:
        found = self.details().get("place")
        return Place(**found) if found else None

    @strawberry.field(description="Of a POLL.")
    def poll(self) -> Poll | None:
        found = self.details().get("poll")
        if found is None:
            return None
        options = [PollOption(**option) for option in found["options"]]
        return Poll(title=found["title"], options=options)

    def details(self) -> dict[str, Any]:
        """What the archive says of a place or a poll."""
        found: dict[str, Any] = orjson.loads(self.row.details or "{}")
        return found

    @strawberry.field(
        metadata=SAME_FOR_ALL, description="Of an ENCRYPTED message, until it is deleted."
    )
    async def encrypted(self, info: Info) -> EncryptedBody | None:
        if self.row.kind != MessageKind.ENCRYPTED:
            return None
        row = await info.context.loaders.encrypted_body.load(self.row.id)
        return EncryptedBody(row=row) if row else None

    sender: Participant | None = loaded(
        "sender_id",
        lambda loaders: loaders.participant,
        lambda row: Participant(row=row),
        "Null for a notice of the system.",
        Narrow(NAMED, lambda loaders: loaders.participant_named, SENDERS.name),
    )
    reply_to: "Message | None" = loaded(
        "reply_to_id",
        lambda loaders: loaders.message,
        lambda row: Message(row=row),
        "The message that this one answers.",
    )
    attachments: list[Attachment] = loaded(
        "id",
        lambda loaders: loaders.attachments,
        lambda rows: [Attachment(row=row) for row in rows],
    )
    reactions: list[Reaction] = loaded(
        "id", lambda loaders: loaders.reactions, lambda rows: [Reaction(row=row) for row in rows]
    )
    delivery: MessageDelivery | None = loaded(
        "id",
        lambda loaders: loaders.delivery_of_message,
        lambda row: MessageDelivery(row=row),
        "Of a message that went out by WhatsApp: a `MessageEditedEvent` tells when it changes.",
    )

    @strawberry.field(
        description="Whether the viewer marked it.",
        metadata={LOADED: LoadedColumn("id", lambda loaders: loaders.bookmarked, lambda it: it)},
    )
    async def bookmarked(self, info: Info) -> bool:
        return await info.context.loaders.bookmarked.load(self.row.id)

    @strawberry.field(
        description="The viewer's note on it.",
        metadata={LOADED: LoadedColumn("id", lambda loaders: loaders.bookmark, lambda it: it.note)},
    )
    async def bookmark_note(self, info: Info) -> str | None:
        row = await info.context.loaders.bookmark.load(self.row.id)
        return row.note if row else None

    @strawberry.field(metadata={**SAME_FOR_ALL, LOADED: OWN_CONVERSATION})
    async def conversation(self, info: Info) -> "Conversation":
        return Conversation(
            row=await resolve.find_conversation(info.context, self.row.conversation_id)
        )


def _request(
    *, filter: object = None, around: object = None, around_time: object = None, **page: Any
) -> PageRequest:
    """A page without what the resolver has to look into."""
    if (filter, around, around_time) != (None, None, None):
        raise LookupError
    return page_request(**page, from_end=True)


def _messages(page: Page, key: PageKey, context: Context) -> Any:
    async def count() -> int:
        if page.total is not None:
            return page.total
        return await resolve_messages.count_messages(context, key.parent_id, None)

    return connection(page, BY_SENDING, Message, count)


def _columns(selected: Selected) -> frozenset[str] | None:
    """The columns of messages, and of their senders where these are asked for what is read so."""
    senders = selected.loaded.get("sender_id")
    if senders is None or not senders <= NAMED:
        return selected.keys
    return (ALL_COLUMNS if selected.keys is None else selected.keys) | WITH_SENDERS


PARTICIPANTS = counted_page(
    lambda loaders: loaders.participants,
    lambda loaders: loaders.participant_count,
    BY_JOINING,
    Participant,
    known_by=lambda request, columns: columns and People(request, columns),
)
MESSAGES = LoadedPage(lambda loaders: loaders.messages, _messages, _request, _columns)


@strawberry.type(description="A conversation that the viewer may see.")
class Conversation(Node, Kept):
    id_type = IdType.CONVERSATION

    title: str = column()
    kind: ConversationKind = column()
    visibility: Visibility = column()
    created_at: datetime = column()
    last_activity_at: datetime = column()

    last_message: Message | None = loaded(
        "last_message_id",
        lambda loaders: loaders.message,
        lambda row: Message(row=row),
        "The newest message; null in an empty conversation.",
        Narrow(frozenset(NEWEST), lambda loaders: loaders.newest_message, NEWEST_MESSAGE),
    )

    @strawberry.field(
        metadata=SAME_FOR_ALL,
        description="Where its events stand: `conversationEvents` after this misses nothing that"
        " this read does not show.",
    )
    def events_cursor(self) -> str:
        return cursor_at(self.row.id, self.row.last_seq)

    @strawberry.field(description="Messages sent since the viewer last read; imports never count.")
    async def unread_count(self, info: Info) -> int:
        return await resolve.unread_count(info.context, self.row)

    @strawberry.field(description="Where to read on: the first of those messages.")
    async def first_unread_message(self, info: Info) -> Message | None:
        row = await resolve_reading.first_unread(info.context, self.row.id)
        return Message(row=row) if row else None

    @strawberry.field(
        metadata=SAME_FOR_ALL,
        description="What has come to whom, and who has read what: the 100 that changed last.",
    )
    async def receipts(self, info: Info) -> list[Receipt]:
        rows = await info.context.loaders.receipts.load(self.row.id)
        return [Receipt(row=row) for row in rows]

    participants: Connection[Participant] = loaded_page(
        PARTICIPANTS, "In the order in which they joined."
    )

    @strawberry.field(
        metadata={LOADED: MESSAGES},
        description="Oldest first; with neither `first` nor `after`, the newest 50. With `around`"
        " or `aroundTime`, `first` messages of which half come before; cursors go on both ways.",
    )
    async def messages(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: MessageFilterInput | None = None,
        around: Around = None,
        around_time: AroundTime = None,
    ) -> Connection[Message]:
        wanted = filter.parsed(info) if filter else None
        place = await self._place(info, around, around_time)
        request = page_request(first, after, last, before, from_end=True, around=place)
        page = await resolve_messages.page_of_messages(info.context, self.row.id, request, wanted)
        return connection(
            page,
            BY_SENDING,
            Message,
            lambda: resolve_messages.count_messages(info.context, self.row.id, wanted),
        )

    @strawberry.field(description="Counted now and then; null until it was for the first time.")
    async def statistics(self, info: Info) -> ConversationStatistics | None:
        row = await info.context.loaders.statistics.load(self.row.id)
        return ConversationStatistics(row=row) if row else None

    async def _place(
        self, info: Info, message_id: strawberry.ID | None, moment: datetime | None
    ) -> Position | None:
        """What a page is to be around. Raises BAD_ID, NOT_FOUND or BAD_PAGE."""
        if message_id is None:
            return None if moment is None else resolve_messages.place_of_time(moment)
        if moment is not None:
            raise ParleyError(Code.BAD_PAGE, "Give around or aroundTime, not both.")
        key = decode_id(IdType.MESSAGE, message_id, "around")
        return await resolve_messages.place_of_message(info.context, self.row.id, key)
