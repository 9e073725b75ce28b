"""The text of API keys, refresh tokens and invitations: made here, kept only as a digest.

`parley_<kind>_` is followed by 64 characters of base64url, the tenant's id (16 bytes) and 32 random
bytes, and by the CRC-32 of all before it in hexadecimal: what was mistyped or made up is refused
without asking the database. The digest is a plain SHA-256: a slow hash protects what can be
guessed, and 256 random bits cannot.
"""

import base64
import hmac
import secrets
import zlib
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

_ENCODED = 64
_CHECKSUM = 8


class SecretKind(StrEnum):
    """What a secret is for; part of its text, so that scanners of leaks can tell it."""

    API_KEY = "key"
    REFRESH_TOKEN = "refresh"
    INVITATION = "invite"

    @property
    def prefix(self) -> str:
        """How secrets of this kind begin."""
        return f"parley_{self.value}_"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that is well formed, which says nothing about whether it is known."""

    tenant_id: UUID
    digest: bytes


def make_secret(kind: SecretKind, tenant_id: UUID) -> tuple[str, bytes]:
    """A new secret's text, to be shown once, and its digest, to be kept."""
    packed = tenant_id.bytes + secrets.token_bytes(32)
    text = kind.prefix + base64.urlsafe_b64encode(packed).decode()
    text += _checksum(text)
    return text, digest_of(text)


def read_secret(kind: SecretKind, text: str) -> Secret | None:
    """The tenant and digest of a secret of this kind; None for any other text."""
    if len(text) != len(kind.prefix) + _ENCODED + _CHECKSUM or not text.isascii():
        return None
    checked = hmac.compare_digest(text[-_CHECKSUM:], _checksum(text[:-_CHECKSUM]))
    if not text.startswith(kind.prefix) or not checked:
        return None
    try:
        packed = base64.b64decode(text[len(kind.prefix) : -_CHECKSUM], b"-_", validate=True)
    except ValueError:
        return None
    return Secret(UUID(bytes=packed[:16]), digest_of(text))


def digest_of(text: str) -> bytes:
    """The SHA-256 by which a credential is known."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"
