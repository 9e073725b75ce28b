"""Bytes as the text of ids and cursors: base64url (RFC 4648, section 5) without padding."""

import base64


def opaque(packed: bytes) -> str:
    """The text that a client passes back as it is."""
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def packed_in(text: str) -> bytes:
    """The bytes in such a text. Raises ValueError for any other text."""
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
