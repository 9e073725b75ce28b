"""Messages of an archive become rows, with their keys, ids and moments."""

import os
import re
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import orjson

from importing.exported import Exported
from importing.keys import TIME, ArchiveKeys, numbered_id
from importing.media import media_type_of
from importing.records import ArchiveMessage, Kind, Place, Poll
from models.ids import new_id, to_milliseconds
from models.languages import language_of

MAX_NAME = 255
"""Characters of a title or a file's name; what is longer is cut."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=3650)  # the database makes partitions for ten years to come
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
LAST_YEAR = 9998
"""Its last moment exists in every zone."""
_unstorable = re.compile("[\0\ud800-\udfff]").sub

_NO_ATTACHMENT = None, None, None, None


class Row(NamedTuple):
    """One message with its attachment; the fields are the columns it is copied into, in order."""

    id: UUID
    sent_at: datetime
    sender: str | None
    kind: str
    body: str
    language: str | None
    edited: bool
    deleted: bool
    details: str | None
    archive_key: bytes
    attachment_id: UUID | None
    file_name: str | None
    media_type: str | None
    size: int | None


class RowBuilder:
    """Makes rows of messages, and drops those whose time no partition can hold."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = sizes
        self._latest = datetime.now(UTC) + _AHEAD
        self._keys = ArchiveKeys()
        self._written: datetime | None = None
        self._moment: datetime | None = None
        self._milliseconds = 0
        self._rows: list[Row] = []
        self._numbers: dict[int, int] = {}
        self.characters = 0
        """Of the texts that wait."""
        self.out_of_range = 0
        self.exported: dict[bytes, Exported] = {}
        """Of the rows that wait, by their keys: what else our own exports say."""

    def __len__(self) -> int:
        """How many rows wait."""
        return len(self._rows)

    def take(self) -> list[Row]:
        """The rows since the last time; the builder starts the next batch.

        It may begin in the instant where this one ends, and then is numbered on.
        """
        rows, self._rows = self._rows, []
        last = self._milliseconds
        self._numbers = {last: self._numbers.get(last, 0)}
        self.characters = 0
        self.exported = {}
        return rows

    def add(self, messages: Sequence[ArchiveMessage]) -> None:
        """Add the file's next messages to the batch.

        This is the hot loop of an import: the row is made by `tuple.__new__`, which takes half
        the time of the class's own constructor, and the random bits of all ids are read at once.
        """
        add, key, numbers, new = self._rows.append, self._keys.key, self._numbers, tuple.__new__
        count = len(messages)
        bits = struct.unpack(f"{count}Q", os.urandom(8 * count))
        for message, random in zip(messages, bits, strict=True):
            _, written, author, body, kind, attachment, edited, details, exported = message
            if written != self._written:
                self._go_to(written)
            moment, milliseconds = self._moment, self._milliseconds
            if moment is None:
                self.out_of_range += 1
                continue
            number = numbers.get(milliseconds, 0)
            numbers[milliseconds] = number + 1
            text = storable(body)
            self.characters += len(text)
            deleted = kind is Kind.DELETED
            writer = None if kind is Kind.NOTICE else author
            of_message = (
                numbered_id(milliseconds, number, random),
                moment,
                author,
                Kind.TEXT if deleted else kind,
                text,
                language_of(text),
                edited,
                deleted,
                details and as_json(details),
                key(milliseconds, writer, text)
                if exported is None
                else self._key(milliseconds, writer, text, exported.key),
            )
            if exported is not None:
                add(new(Row, of_message + _NO_ATTACHMENT))
                self._keep(exported)
                continue
            of_file = self._attachment(attachment) if attachment else _NO_ATTACHMENT
            add(new(Row, of_message + of_file))

    def _keep(self, exported: Exported) -> None:
        """Have the last row be what its export says of it."""
        row = self._rows[-1]._replace(kind=exported.kind)
        self._rows[-1] = row
        self.exported[row.archive_key] = exported
        self.characters += exported.weight

    def _key(self, milliseconds: int, author: str | None, text: str, given: bytes | None) -> bytes:
        """The key that the file gives, unless the message was moved to another time since."""
        if given is not None and given[:TIME] == milliseconds.to_bytes(TIME, "big"):
            return self._keys.given(given)
        return self._keys.key(milliseconds, author, text)

    def _go_to(self, written: datetime) -> None:
        """Convert a time as written, once for all the messages that share it."""
        self._written = written
        self._moment = None
        if EARLIEST.year - 1 <= written.year <= LAST_YEAR:
            moment = written.astimezone(UTC)
            if EARLIEST <= moment < self._latest:
                self._moment = to_milliseconds(moment) if moment.microsecond else moment
                self._milliseconds = (self._moment - _EPOCH) // _MILLISECOND

    def _attachment(self, name: str) -> tuple[UUID, str, str, int | None]:
        file_name = storable(name)[:MAX_NAME]
        return new_id(), file_name, media_type_of(file_name), self._sizes.get(name)


def storable(text: str) -> str:
    """The text with U+FFFD for what PostgreSQL cannot keep: NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return _unstorable("\ufffd", text)


def as_json(details: Place | Poll) -> str:
    """The details of a message as `messages.details` keeps them."""
    match details:
        case Place(latitude, longitude):
            kept: dict[str, object] = {"place": {"latitude": latitude, "longitude": longitude}}
        case Poll(title, options):
            listed = [{"text": storable(text), "votes": votes} for text, votes in options]
            kept = {"poll": {"title": storable(title), "options": listed}}
    return orjson.dumps(kept).decode()
