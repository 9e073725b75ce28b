"""Messages and what hangs on them.

A message's id is a UUIDv7 whose time stamp *is* `sent_at`, to the millisecond. An id therefore
names its monthly partition, and a reference to a message needs no second column.
Nothing refers to `messages` by a foreign key: partitions are detached for retention.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field

from models.base import KeyedRow, TenantRow, Timestamp, enum_field, now, one_of
from models.encryption import Body, EncryptedBody
from models.ids import new_id
from models.languages import language_of


class MessageKind(StrEnum):
    """What a message is; NOTICE is a line of the system, MEDIA an attachment of unknown kind.

    ENCRYPTED says only that the server cannot know.
    """

    TEXT = "TEXT"
    NOTICE = "NOTICE"
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    DOCUMENT = "DOCUMENT"
    STICKER = "STICKER"
    GIF = "GIF"
    CONTACT = "CONTACT"
    LOCATION = "LOCATION"
    POLL = "POLL"
    MEDIA = "MEDIA"
    ENCRYPTED = "ENCRYPTED"


_SEARCH_VECTOR = """parley_search_vector(
    tenant_id, conversation_id, sender_id, body, kind, edited_at IS NOT NULL, language)"""


class Message(TenantRow, table=True):
    """One message. Reading order is `(sent_at, id)`; `seq` is the event that added it.

    `seq` is shared by the messages of one import batch. `archive_key` tells messages of an
    archive apart when it is imported again; it is null for messages sent through the server.
    An ENCRYPTED message has an empty body and, until it is deleted, `ciphertext`, `scheme`,
    `key_id` and `nonce`; no other message has any of these.
    `details` holds the place of a LOCATION or the options of a POLL.
    `language` is what `language_of` the body says; it is null in messages of before there was it.
    `search` holds the words of the body and, begun with a full stop, what else is searched for.
    """

    __tablename__ = "messages"
    # Nobody reads the search vector back.
    __mapper_args__: ClassVar[dict[str, Any]] = {"eager_defaults": False}
    __table_args__ = (
        Index(
            "messages_reading_idx",
            "conversation_id",
            text("sent_at DESC"),
            text("id DESC"),
        ),
        Index("messages_sender_idx", "sender_id", text("sent_at DESC"), text("id DESC")),
        Index(
            "messages_live_idx",
            "conversation_id",
            "seq",
            postgresql_where=text("import_id IS NULL"),
        ),
        Index(
            "messages_search_idx",
            "search",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 1024},
        ),
        Index(
            "messages_archive_key",
            "conversation_id",
            "archive_key",
            "sent_at",
            unique=True,
            postgresql_where=text("archive_key IS NOT NULL"),
        ),
        one_of("kind", MessageKind),
        CheckConstraint(
            "num_nonnulls(ciphertext, scheme, key_id, nonce) ="
            " CASE WHEN kind = 'ENCRYPTED' AND deleted_at IS NULL THEN 4 ELSE 0 END",
            name="sealed",
        ),
        CheckConstraint("kind <> 'ENCRYPTED' OR body = ''", name="sealed_body"),
        {"postgresql_partition_by": "RANGE (sent_at)"},
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    sent_at: datetime = Field(primary_key=True, sa_type=Timestamp)
    conversation_id: UUID
    sender_id: UUID | None = None
    seq: int = Field(sa_type=BigInteger)
    kind: MessageKind = enum_field(MessageKind.TEXT)
    body: str = Field(default="", sa_type=Text)
    language: str | None = Field(default=None, sa_type=Text)
    ciphertext: bytes | None = Field(default=None, sa_type=LargeBinary)
    scheme: str | None = Field(default=None, sa_type=Text)
    key_id: str | None = Field(default=None, sa_type=Text)
    nonce: bytes | None = Field(default=None, sa_type=LargeBinary)
    reply_to_id: UUID | None = None
    edited_at: datetime | None = Field(default=None, sa_type=Timestamp)
    deleted_at: datetime | None = Field(default=None, sa_type=Timestamp)
    import_id: UUID | None = None
    details: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    archive_key: bytes | None = Field(default=None, sa_type=LargeBinary)
    search: str | None = Field(
        default=None,
        sa_column=Column(TSVECTOR, Computed(_SEARCH_VECTOR, persisted=True)),
    )

    def hold(self, body: Body) -> None:
        """Have this body and no other."""
        for column, value in columns_of(body).items():
            setattr(self, column, value)


def columns_of(body: Body) -> dict[str, Any]:
    """What the columns of a message are that has this body and no other."""
    sealed = body if isinstance(body, EncryptedBody) else None
    words = "" if isinstance(body, EncryptedBody) else body
    return {
        "body": words,
        "language": language_of(words),
        "ciphertext": sealed.ciphertext if sealed else None,
        "scheme": sealed.scheme if sealed else None,
        "key_id": sealed.key_id if sealed else None,
        "nonce": sealed.nonce if sealed else None,
    }


class ClientMessage(TenantRow, table=True):
    """The key a client gave to a message, so that sending it again finds the first."""

    __tablename__ = "client_messages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
    )

    conversation_id: UUID = Field(primary_key=True)
    sender_id: UUID = Field(primary_key=True)
    client_message_id: str = Field(primary_key=True, sa_type=Text)
    message_id: UUID


class Attachment(KeyedRow, table=True):
    """A file that came with a message. `size` is in bytes; null when the file was left out.

    `sha256` names its content in the media store, where it is kept; `import_id` is the import that
    brought it there. `width` and `height` are in pixels, of images.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        Index("attachments_message_idx", "message_id"),
        Index("attachments_name_idx", "conversation_id", "file_name"),
        Index(
            "attachments_content_idx",
            "tenant_id",
            "sha256",
            postgresql_where=text("sha256 IS NOT NULL"),
        ),
        one_of("kind", MessageKind),
    )

    conversation_id: UUID
    message_id: UUID
    kind: MessageKind = enum_field()
    file_name: str = Field(sa_type=Text)
    media_type: str = Field(sa_type=Text)
    size: int | None = Field(default=None, sa_type=BigInteger)
    sha256: bytes | None = Field(default=None, sa_type=LargeBinary)
    width: int | None = None
    height: int | None = None
    import_id: UUID | None = None


class Reaction(TenantRow, table=True):
    """One participant's emoji on one message."""

    __tablename__ = "reactions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
    )

    message_id: UUID = Field(primary_key=True)
    participant_id: UUID = Field(primary_key=True)
    emoji: str = Field(primary_key=True, sa_type=Text)
    conversation_id: UUID
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class Bookmark(KeyedRow, table=True):
    """A message that a user marked for herself; nobody else sees it."""

    __tablename__ = "bookmarks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"],
            ["conversations.tenant_id", "conversations.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"]),
        UniqueConstraint("user_id", "message_id"),
        Index("bookmarks_listing_idx", "user_id", text("created_at DESC"), text("id DESC")),
    )

    conversation_id: UUID
    user_id: UUID
    message_id: UUID
    note: str | None = Field(default=None, sa_type=Text)
