"""Scalars that GraphQL does not bring along: bytes."""

import base64
from binascii import Error as BinasciiError
from typing import NewType

import strawberry

Base64 = NewType("Base64", bytes)


def _serialize(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _parse(value: object) -> bytes:
    """The bytes. Raises ValueError, which does not repeat what may be long."""
    try:
        if isinstance(value, str):
            return base64.b64decode(value.encode("ascii"), validate=True)
    except (BinasciiError, UnicodeEncodeError):
        pass
    raise ValueError("Base64 of the standard alphabet is wanted, padded and without line breaks.")


BASE64 = strawberry.scalar(
    name="Base64",
    description="Bytes in base64: the standard alphabet, padded, without line breaks.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc4648#section-4",
    serialize=_serialize,
    parse_value=_parse,
)
