"""Imports of archives, and what a look into an archive finds."""

from collections.abc import AsyncIterable
from datetime import datetime

import strawberry

from importing.detection import DateOrder, Decision
from importing.records import Kind, Reason
from resolvers.import_progress import ImportProgress
from schema.conversations import Conversation, User
from schema.enums import ImportStatus
from schema.fields import Info, Node, column, loaded
from schema.ids import IdType, decode_id

strawberry.enum(DateOrder, name="DateOrder", description="How a header writes day, month, year.")
strawberry.enum(Decision, name="DateDecision", description="What settled the order of dates.")
strawberry.enum(Reason, name="RejectionReason", description="Why lines became no message.")
strawberry.enum(Kind, name="ArchiveMessageKind", description="What a message of an archive is.")


@strawberry.type(description="An archive on its way into a conversation, and what it did there.")
class Import(Node):
    id_type = IdType.IMPORT

    status: ImportStatus = column()
    file_name: str = column()
    share: float = column("The part of the work that is done, from 0 to 1.")
    detected: str | None = column("How the file writes its messages, as it was found out.")
    error_code: str | None = column("Why it failed; docs/errors.md lists the codes.")
    error_message: str | None = column("The same for people.")
    created_at: datetime = column()
    finished_at: datetime | None = column("Null while there is something to do.")

    @strawberry.field(description="Messages that it added.")
    def added(self) -> float:
        return float(self.row.added)

    @strawberry.field(description="Messages that were there already.")
    def duplicates(self) -> float:
        return float(self.row.duplicates)

    @strawberry.field(description="Lines that became no message, and files that were damaged.")
    def rejected(self) -> float:
        return float(self.row.rejected)

    @strawberry.field(description="Files that it brought to the media store.")
    def media(self) -> float:
        return float(self.row.media)

    @strawberry.field(description="Bytes of the whole file, where the upload announced them.")
    def upload_size(self) -> float | None:
        return None if self.row.upload_size is None else float(self.row.upload_size)

    conversation: Conversation | None = loaded(
        "conversation_id",
        lambda loaders: loaders.conversation,
        lambda row: Conversation(row=row),
        "Null until the first message is there.",
    )
    created_by: User | None = loaded(
        "created_by_id", lambda loaders: loaders.user, lambda row: User(row=row)
    )


@strawberry.type
class ImportSubscriptions:
    @strawberry.subscription(
        description="The import as it is, and again at each step, until it has ended."
    )
    def import_progress(self, info: Info, import_id: strawberry.ID) -> AsyncIterable[Import]:
        key = decode_id(IdType.IMPORT, import_id, "importId")
        return ImportProgress(info.context, lambda row: Import(row=row), key)


@strawberry.type(description="Why the dates of a chat are read in this order.")
class DateEvidence:
    order: DateOrder
    decision: Decision
    guessed: bool
    description: str = strawberry.field(description="The evidence in words.")


@strawberry.type(description="A line worth a look.")
class Remark:
    line: int = strawberry.field(description="From 1.")
    text: str = strawberry.field(description="Its start.")
    reason: Reason | None = strawberry.field(description="Null for a line that is only ambiguous.")


@strawberry.type(description="How many messages somebody wrote.")
class AuthorCount:
    name: str
    count: int


@strawberry.type(description="How many messages are of a kind.")
class KindCount:
    kind: Kind
    count: int


@strawberry.type(description="A message as it would be imported.")
class PreviewMessage:
    line: int
    sent_at: datetime
    author: str | None
    kind: Kind
    body: str
    attachment: str | None


@strawberry.type(description="What a file holds, without importing it.")
class Preview:
    title: str
    shape: str | None = strawberry.field(description="How it writes a message's header.")
    dates: DateEvidence | None
    encoding: str | None
    timezone: str
    messages: int
    first_at: datetime | None
    last_at: datetime | None
    authors: list[AuthorCount] = strawberry.field(description="The 100 who wrote most.")
    kinds: list[KindCount]
    media: int = strawberry.field(description="Files beside the chat.")
    rejected_count: int
    rejected: list[Remark] = strawberry.field(description="The first 100.")
    ambiguous_count: int
    ambiguous: list[Remark] = strawberry.field(description="The first 100.")
    unreadable_characters: int = strawberry.field(
        description="Bytes that are no text; U+FFFD stands in their place."
    )
    nul_characters: int = strawberry.field(description="They are left out.")
    me_found: bool | None = strawberry.field(
        description="Whether the name given as `me` wrote any of it; null: none was given."
    )
    first_messages: list[PreviewMessage]
