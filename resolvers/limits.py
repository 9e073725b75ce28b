"""How much a client may ask for or send at once; each is a setting."""

from dataclasses import dataclass

from models.device_limits import TIERS
from resolvers.errors import Code, UserError


@dataclass(frozen=True, slots=True)
class Limits:
    """Lengths in characters (code points), except where a name says otherwise.

    `search_seconds` is how long a page of a search may take before it comes back partial.
    `public_keys` are those of one user that are not revoked, `public_key_history` all of them.
    `pins` are a user's pinned conversations, `labels` those of a tenant, and
    `labels_each` those on one conversation.
    `device_tiers` are messages a minute by priority, for devices with no rates of their own.
    `recipients` are those that one schedule may name.
    """

    body: int = 65_536
    title: int = 200
    note: int = 2_000
    key: int = 128
    emoji: int = 32
    label: int = 50
    recipients: int = 100_000
    query: int = 1_000
    search_seconds: float = 0.2
    ciphertext_bytes: int = 262_144
    nonce_bytes: int = 64
    public_key_bytes: int = 4_096
    public_keys: int = 20
    public_key_history: int = 1_000
    pins: int = 100
    labels: int = 200
    labels_each: int = 20
    device_tiers: tuple[int, int, int, int] = TIERS


def text_within(value: str, limit: int, field: str, *, blank: bool = False) -> str:
    """`value` if it fits and can be stored. Raises TOO_LONG, BLANK or BAD_INPUT for the field."""
    if len(value) > limit:
        raise UserError(
            Code.TOO_LONG, f"{field} has {len(value)} characters; at most {limit} fit.", field
        )
    if not blank and not value.strip():
        raise UserError(Code.BLANK, f"{field} must not be empty.", field)
    if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise UserError(
            Code.BAD_INPUT, f"{field} holds a NUL or half a surrogate pair; remove it.", field
        )
    return value
