"""What clients give that the server cannot read: checked for its form, never looked into."""

import re
from dataclasses import dataclass

from models.encryption import Body, EncryptedBody
from resolvers.errors import Code, UserError
from resolvers.limits import Limits, text_within

_VISIBLE_ASCII = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class GivenBody:
    """A message's body as a client gives it: `body`, or `ciphertext` and how it was made."""

    body: str | None = None
    ciphertext: bytes | None = None
    scheme: str | None = None
    key_id: str | None = None
    nonce: bytes | None = None

    def checked(self, limits: Limits) -> Body:
        """The one body that was given. Raises BAD_INPUT, BLANK or TOO_LONG."""
        if self.ciphertext is None:
            return self._text(limits)
        if self.body is not None:
            raise UserError(Code.BAD_INPUT, "Give body or ciphertext, not both.", "body")
        if self.scheme is None or self.key_id is None or self.nonce is None:
            message = "ciphertext needs scheme, keyId and nonce beside it."
            raise UserError(Code.BAD_INPUT, message, "ciphertext")
        return EncryptedBody(
            bytes_within(self.ciphertext, limits.ciphertext_bytes, "ciphertext"),
            identifier(self.scheme, limits.key, "scheme"),
            identifier(self.key_id, limits.key, "keyId"),
            bytes_within(self.nonce, limits.nonce_bytes, "nonce", empty=True),
        )

    def _text(self, limits: Limits) -> str:
        if self.body is None:
            raise UserError(Code.BAD_INPUT, "Give body or ciphertext.", "body")
        if any(part is not None for part in (self.scheme, self.key_id, self.nonce)):
            message = "scheme, keyId and nonce belong to ciphertext."
            raise UserError(Code.BAD_INPUT, message, "ciphertext")
        return text_within(self.body, limits.body, "body")


def bytes_within(value: bytes, limit: int, field: str, *, empty: bool = False) -> bytes:
    """`value` if it fits. Raises TOO_LONG or BLANK for the field."""
    if len(value) > limit:
        message = f"{field} has {len(value)} bytes; at most {limit} fit."
        raise UserError(Code.TOO_LONG, message, field)
    if not value and not empty:
        raise UserError(Code.BLANK, f"{field} must not be empty.", field)
    return value


def identifier(value: str, limit: int, field: str) -> str:
    """`value` if it is a name that programs can compare. Raises BAD_INPUT, BLANK or TOO_LONG."""
    text_within(value, limit, field)
    if not _VISIBLE_ASCII.fullmatch(value):
        message = f"{field} may have visible ASCII characters only, and no space."
        raise UserError(Code.BAD_INPUT, message, field)
    return value
