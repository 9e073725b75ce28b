"""Conversations, their participants and messages: the types that refer to one another."""

from datetime import datetime
from typing import Any

import orjson
import strawberry

from models.database import Row
from resolvers import conversations as resolve
from resolvers import messages as resolve_messages
from resolvers.loaders import MessageFilter, PageKey
from resolvers.loaders.messages import BY_SENDING
from resolvers.loaders.participants import BY_JOINING
from resolvers.loaders.public_keys import BY_PUBLISHING, PublicKeyFilter
from resolvers.paging import page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.enums import ConversationKind, MessageKind, Role, Visibility
from schema.fields import Info, Node, RowType, column
from schema.ids import IdType, decode_optional_id, encode_id
from schema.public_keys import PublicKey, PublicKeyFilterInput
from schema.scalars import Base64


@strawberry.type(description="Someone who signs in to the tenant.")
class User(Node):
    id_type = IdType.USER

    handle: str = column("Unique within the tenant.")
    name: str = column()
    role: Role = column()

    @strawberry.field(description="Revoked ones too; in the order in which they were published.")
    async def public_keys(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: PublicKeyFilterInput | None = None,
    ) -> Connection[PublicKey]:
        loaders = info.context.loaders
        wanted = filter.parsed(info) if filter else PublicKeyFilter()
        page = await loaders.public_keys.load(
            PageKey(self.row.id, page_request(first, after), wanted)
        )
        return connection(
            page,
            BY_PUBLISHING,
            lambda row: PublicKey(row=row),
            lambda: loaders.public_key_count.load((self.row.id, wanted)),
        )


@strawberry.type(description="Someone who takes part in a conversation.")
class Participant(Node):
    id_type = IdType.PARTICIPANT

    name: str = column("The user's name, or the name that an archive gives.")
    left_at: datetime | None = column()

    @strawberry.field
    def joined_at(self) -> datetime:
        joined: datetime = self.row.created_at
        return joined

    @strawberry.field(description="Null for a name from an archive.")
    async def user(self, info: Info) -> User | None:
        if self.row.user_id is None:
            return None
        row = await info.context.loaders.user.load(self.row.user_id)
        return User(row=row) if row else None


@strawberry.type(description="A file that came with a message.")
class Attachment(RowType):
    row: strawberry.Private[Row]

    kind: MessageKind = column()
    file_name: str = column()
    media_type: str = column("An IANA media type, by the content where that is kept.")
    width: int | None = column("Of a picture, in pixels.")
    height: int | None = column("Of a picture, in pixels.")

    @strawberry.field
    def id(self) -> strawberry.ID:
        return self._key()

    @strawberry.field(description="In bytes; null when the archive left the file out.")
    def size(self) -> float | None:
        return None if self.row.size is None else float(self.row.size)

    @strawberry.field(description="The content, below this server's address; null without one.")
    def path(self) -> str | None:
        return f"/media/{self._key()}" if self.row.sha256 else None

    @strawberry.field(description="The same for a small picture.")
    def thumbnail_path(self) -> str | None:
        return f"/media/{self._key()}/thumbnail" if self.row.width else None

    def _key(self) -> strawberry.ID:
        return encode_id(IdType.ATTACHMENT, self.row.id)


@strawberry.type(description="Where a shared location lies, in degrees (WGS 84).")
class Place:
    latitude: float
    longitude: float


@strawberry.type
class PollOption:
    text: str
    votes: int


@strawberry.type(description="A poll, as it stood when the chat was exported.")
class Poll:
    title: str
    options: list[PollOption]


@strawberry.type(description="One participant's emoji on a message.")
class Reaction(RowType):
    row: strawberry.Private[Row]

    emoji: str = column()
    created_at: datetime = column()

    @strawberry.field
    async def participant(self, info: Info) -> Participant | None:
        row = await info.context.loaders.participant.load(self.row.participant_id)
        return Participant(row=row) if row else None


@strawberry.type(description="A body that only its readers can open; the server passes it on.")
class EncryptedBody(RowType):
    row: strawberry.Private[Row]

    ciphertext: Base64 = column()
    scheme: str = column("How it was made, as its sender names it.")
    key_id: str = column("Which key it was made with; `scheme` says whose.")
    nonce: Base64 = column()


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

    @strawberry.field(description="Of an ENCRYPTED message, until it is deleted.")
    async def encrypted(self, info: Info) -> EncryptedBody | None:
        if self.row.kind != MessageKind.ENCRYPTED:
            return None
        row = await info.context.loaders.encrypted_body.load(self.row.id)
        return EncryptedBody(row=row) if row else None

    @strawberry.field(description="Null for a notice of the system.")
    async def sender(self, info: Info) -> Participant | None:
        if self.row.sender_id is None:
            return None
        row = await info.context.loaders.participant.load(self.row.sender_id)
        return Participant(row=row) if row else None

    @strawberry.field(description="The message that this one answers.")
    async def reply_to(self, info: Info) -> "Message | None":
        if self.row.reply_to_id is None:
            return None
        row = await info.context.loaders.message.load(self.row.reply_to_id)
        return Message(row=row) if row else None

    @strawberry.field
    async def attachments(self, info: Info) -> list[Attachment]:
        rows = await info.context.loaders.attachments.load(self.row.id)
        return [Attachment(row=row) for row in rows]

    @strawberry.field
    async def reactions(self, info: Info) -> list[Reaction]:
        rows = await info.context.loaders.reactions.load(self.row.id)
        return [Reaction(row=row) for row in rows]

    @strawberry.field(description="Whether the viewer marked it.")
    async def bookmarked(self, info: Info) -> bool:
        return await info.context.loaders.bookmark.load(self.row.id) is not None

    @strawberry.field(description="The viewer's note on it.")
    async def bookmark_note(self, info: Info) -> str | None:
        row = await info.context.loaders.bookmark.load(self.row.id)
        return row.note if row else None

    @strawberry.field
    async def conversation(self, info: Info) -> "Conversation":
        return Conversation(
            row=await resolve.find_conversation(info.context, self.row.conversation_id)
        )


@strawberry.input(description="Which messages; each given condition holds.")
class MessageFilterInput:
    kinds: list[MessageKind] | None = None
    sender_id: strawberry.ID | None = None
    since: datetime | None = strawberry.field(default=None, description="Sent then or later.")
    until: datetime | None = strawberry.field(default=None, description="Sent before then.")
    bookmarked: bool | None = strawberry.field(
        default=None, description="True: only those that the viewer marked."
    )

    def parsed(self, info: Info) -> MessageFilter:
        """The filter as resolvers take it. Raises BAD_ID."""
        return MessageFilter(
            kinds=tuple(sorted(set(self.kinds or ()))),
            sender_id=decode_optional_id(IdType.PARTICIPANT, self.sender_id, "senderId"),
            since=self.since,
            until=self.until,
            bookmarked_by=info.context.viewer.user_id if self.bookmarked else None,
        )


@strawberry.type(description="A conversation that the viewer may see.")
class Conversation(Node):
    id_type = IdType.CONVERSATION

    title: str = column()
    kind: ConversationKind = column()
    visibility: Visibility = column()
    created_at: datetime = column()
    last_activity_at: datetime = column()

    @strawberry.field(description="The newest message; null in an empty conversation.")
    async def last_message(self, info: Info) -> Message | None:
        if self.row.last_message_id is None:
            return None
        row = await info.context.loaders.message.load(self.row.last_message_id)
        return Message(row=row) if row else None

    @strawberry.field(description="Messages sent since the viewer last read; imports never count.")
    async def unread_count(self, info: Info) -> int:
        return await resolve.unread_count(info.context, self.row)

    @strawberry.field(description="In the order in which they joined.")
    async def participants(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[Participant]:
        loaders = info.context.loaders
        page = await loaders.participants.load(PageKey(self.row.id, page_request(first, after)))
        return connection(
            page,
            BY_JOINING,
            lambda row: Participant(row=row),
            lambda: loaders.participant_count.load(self.row.id),
        )

    @strawberry.field(description="Oldest first; with neither `first` nor `after`, the newest 50.")
    async def messages(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: MessageFilterInput | None = None,
    ) -> Connection[Message]:
        wanted = filter.parsed(info) if filter else None
        request = page_request(first, after, last, before, from_end=True)
        page = await resolve_messages.page_of_messages(info.context, self.row.id, request, wanted)
        return connection(
            page,
            BY_SENDING,
            lambda row: Message(row=row),
            lambda: resolve_messages.count_messages(info.context, self.row, wanted),
        )
