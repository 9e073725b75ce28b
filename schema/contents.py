"""What messages hold beside their text."""

from datetime import datetime

import strawberry

from models.database import Row
from schema.enums import MessageKind
from schema.fields import RowType, column, loaded
from schema.ids import IdType, encode_id
from schema.people import Participant
from schema.scalars import Base64


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

    participant: Participant | None = loaded(
        "participant_id", lambda loaders: loaders.participant, lambda row: Participant(row=row)
    )


@strawberry.type(description="A body that only its readers can open; the server passes it on.")
class EncryptedBody(RowType):
    row: strawberry.Private[Row]

    ciphertext: Base64 = column()
    scheme: str = column("How it was made, as its sender names it.")
    key_id: str = column("Which key it was made with; `scheme` says whose.")
    nonce: Base64 = column()
