"""Feeds of the hub as resolvers use them: with cursors, and ends that clients are told."""

import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID

from models.events import EventKind
from realtime.endings import Draining, TooManyFeeds, TooSlow
from realtime.events import LiveEvent
from realtime.feed import Feed
from realtime.presence import TooManyPresent
from resolvers.context import Context
from resolvers.errors import Code, ParleyError
from resolvers.opaque import opaque, packed_in

_CURSOR = struct.Struct(">c16sq")
_TAG = b"e"


@asynccontextmanager
async def feed(
    context: Context, stream_id: UUID | None, after: int | None = None
) -> AsyncIterator[Feed]:
    """The events of one stream, after a `seq` or from now on, or of all the tenant's streams.

    Raises TOO_SLOW, DRAINING or TOO_MANY_FEEDS as it ends, and the hub's own Reset.
    """
    with ends_told():
        async with context.services.hub.join(context.viewer.tenant_id, stream_id, after) as joined:
            yield joined


@contextmanager
def ends_told() -> Iterator[None]:
    """Say as clients are told why a feed ends or does not begin; the hub's Reset stays itself."""
    try:
        yield
    except TooSlow:
        raise ParleyError(
            Code.TOO_SLOW, "You read too slowly; subscribe again after your last cursor."
        ) from None
    except Draining:
        raise ParleyError(
            Code.DRAINING, "This server stops; subscribe again after your last cursor."
        ) from None
    except TooManyFeeds:
        raise ParleyError(
            Code.TOO_MANY_FEEDS, "This server holds as many subscriptions as it can; try later."
        ) from None
    except TooManyPresent as full:
        raise ParleyError(Code.TOO_MANY, f"{full}; try later.") from None


def private_to(event: LiveEvent) -> UUID | None:
    """The one user whom an event is for, if it is for one alone."""
    return event.id_of("user_id") if event.kind is EventKind.SETTINGS_CHANGED else None


def reset() -> ParleyError:
    """What a subscription is told that cannot go on where it was."""
    message = "What happened since is not kept; refetch, and subscribe anew."
    return ParleyError(Code.RESET, message)


def event_cursor(event: LiveEvent) -> str:
    """The place of an event in its stream, as text a client passes back."""
    return cursor_at(event.stream_id, event.seq)


def cursor_at(stream_id: UUID, seq: int) -> str:
    """The place after the event `seq` of a stream."""
    packed = _CURSOR.pack(_TAG, stream_id.bytes, seq)
    return opaque(packed)


def seq_in(cursor: str, stream_id: UUID | None) -> int:
    """The `seq` in a cursor of this stream. Raises BAD_CURSOR for any other text."""
    try:
        packed = packed_in(cursor)
        tag, stream, seq = _CURSOR.unpack(packed)
        if tag != _TAG or stream_id is None or stream != stream_id.bytes or seq < 0:
            raise ValueError(tag)
        return int(seq)
    except (ValueError, struct.error):
        message = "This cursor is not from the events of this id; take one from an event of it."
        raise ParleyError(Code.BAD_CURSOR, message) from None
