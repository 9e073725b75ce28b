"""What tells the messages of one chat apart, and ids that keep the order of its file."""

import struct
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from asyncpg.pgproto import pgproto

from models.ids import time_of

REMEMBERED = 32_768
"""Keys of the last so many messages, at least, are remembered to tell repeats apart."""
SIZE = 16
"""Bytes of a key."""
TIME = 6
"""Those of them that are the time."""
LAST_NUMBER = (1 << 22) - 1
"""Messages of one instant that keep their order; those beyond share the last number."""

_VERSION = 0x7 << 12
_VARIANT = 0x2 << 62
_RANDOM = (1 << 52) - 1
_halves = struct.Struct(">QQ").pack


class ArchiveKeys:
    """The key of each message of one file, read from its start to its end.

    A key is the time in milliseconds (6 bytes, so that keys of one time lie together in the
    index) and a digest of author, text and repeat: the second "ok" that Ana wrote within a minute
    is another message than the first. Repeats are forgotten after `REMEMBERED` messages or more,
    so that memory is bounded; only a clock that was put back by so much could tell.
    """

    def __init__(self) -> None:
        self._recent: dict[bytes, int] = {}
        self._older: dict[bytes, int] = {}

    def key(self, milliseconds: int, author: str | None, body: str) -> bytes:
        """The key of the file's next message. Neither author nor body may hold a NUL."""
        time = milliseconds.to_bytes(TIME, "big")
        text = f"{author or ''}\0{body}".encode()
        first = time + blake2b(text, digest_size=10).digest()
        repeat = self._count(first)
        if repeat == 0:
            return first
        return time + blake2b(text + b"\0%d" % repeat, digest_size=10).digest()

    def given(self, key: bytes) -> bytes:
        """The key of the file's next message, where the file says it; another for a repeat."""
        repeat = self._count(key)
        if repeat == 0:
            return key
        return key[:TIME] + blake2b(key + b"\0%d" % repeat, digest_size=10).digest()

    def _count(self, key: bytes) -> int:
        """How often the key was counted before."""
        if len(self._recent) >= REMEMBERED:
            self._older, self._recent = self._recent, {}
        before = self._recent.get(key) or self._older.get(key, 0)
        self._recent[key] = before + 1
        return before


def key_of_id(identifier: UUID) -> bytes:
    """The key of a message that was never imported: its id, which begins with its time as well."""
    return identifier.bytes


def time_of_key(key: bytes) -> datetime:
    """When the message of this key was sent."""
    return time_of(UUID(bytes=key))


def numbered_id(milliseconds: int, number: int, random: int) -> UUID:
    """A UUIDv7 of that time stamp, ordered by `number` among those of the same millisecond.

    The number fills `rand_a` and the first ten bits of `rand_b` (RFC 9562, section 6.2, method 1):
    the times of an export are whole minutes, and thousands of messages may share one. The others
    are the lowest of `random`, of which there must be 52.
    """
    number = min(number, LAST_NUMBER)
    high = milliseconds << 16 | _VERSION | number >> 10
    low = _VARIANT | (number & 0x3FF) << 52 | random & _RANDOM
    # The driver's own subclass is made and sent seven times as fast.
    return pgproto.UUID(_halves(high, low))


def number_of(identifier: UUID) -> int:
    """The number that `numbered_id` put into an id."""
    value = identifier.int
    return ((value >> 64) & 0xFFF) << 10 | ((value >> 52) & 0x3FF)
