"""Opaque ids: which type of thing, and its UUID."""

from collections.abc import Iterable
from enum import Enum
from uuid import UUID

import strawberry

from models.database import PackedIds
from resolvers.errors import Code, UserError
from resolvers.opaque import opaque, opaque_each, packed_in

_LENGTH = 17


class IdType(bytes, Enum):
    """The things that `node` can find; the value is the first byte of their ids."""

    CONVERSATION = b"c"
    MESSAGE = b"m"
    PARTICIPANT = b"p"
    SCHEDULE = b"s"
    USER = b"u"
    TENANT = b"t"
    IMPORT = b"i"
    ATTACHMENT = b"a"
    API_KEY = b"k"
    INVITATION = b"v"
    SESSION = b"n"
    CONNECTION = b"o"
    LABEL = b"l"
    DEVICE = b"d"
    CONTACT = b"C"
    CONTACT_IDENTITY = b"I"
    RECIPIENT_GROUP = b"G"
    TEMPLATE = b"T"
    DELIVERY = b"y"

    @property
    def noun(self) -> str:
        """The name of the thing in messages."""
        return self.name.lower().replace("_", " ")


_TYPES = {each.value: each for each in IdType}


def encode_id(id_type: IdType, key: UUID) -> strawberry.ID:
    """The id that clients see."""
    return strawberry.ID(opaque(id_type + key.bytes))


def encode_ids(id_type: IdType, keys: Iterable[UUID]) -> list[str]:
    """The ids of several things of one type."""
    packed = keys.packed if type(keys) is PackedIds else [key.bytes for key in keys]
    return opaque_each(id_type, packed)


def decode_any_id(value: str, field: str | None = None) -> tuple[IdType, UUID]:
    """The type and UUID in an id that a client sent. Raises BAD_ID."""
    try:
        packed = packed_in(value)
        if len(packed) != _LENGTH:
            raise ValueError("length")
        return _TYPES[packed[:1]], UUID(bytes=packed[1:])
    except (KeyError, ValueError):
        message = f"{value[:64]!r} is no id of this server."
        raise UserError(Code.BAD_ID, message, field) from None


def decode_id(id_type: IdType, value: str, field: str | None = None) -> UUID:
    """The UUID in an id of one type. Raises BAD_ID for any other id."""
    found, key = decode_any_id(value, field)
    if found is not id_type:
        message = f"This id names a {found.noun}; here a {id_type.noun} is wanted."
        raise UserError(Code.BAD_ID, message, field)
    return key


def decode_optional_id(id_type: IdType, value: str | None, field: str | None = None) -> UUID | None:
    """Like `decode_id`; None for None."""
    return None if value is None else decode_id(id_type, value, field)
