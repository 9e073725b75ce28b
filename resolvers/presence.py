"""Who is in a conversation now, and who types: told to those who may see it, kept nowhere."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import UUID

from models.events import EventKind
from models.tenants import Role
from realtime.endings import FeedEnded, Reset
from realtime.events import LiveEvent
from realtime.presence_room import PresenceChange
from resolvers.context import Context
from resolvers.conversations import find_conversation
from resolvers.errors import not_found
from resolvers.feeds import ends_told, reset
from resolvers.live import visible_last_seq


class _Departed(FeedEnded):
    """The viewer has left the conversation."""


async def present_users(context: Context, conversation_id: UUID) -> AsyncIterator[PresenceChange]:
    """Who is present in a conversation, then who comes, leaves and types.

    The viewer is present while it lasts. It ends when they leave the conversation or are removed
    from it. Raises NOT_FOUND, TOO_MANY, RESET, DRAINING or TOO_MANY_FEEDS.
    """
    viewer, services = context.viewer, context.services
    place = viewer.tenant_id, conversation_id
    presence = services.presences
    with _ends_told():
        async with presence.watch(*place) as feed:

            def hear(event: LiveEvent) -> None:
                theirs = event.id_of("user_id") == viewer.user_id
                if theirs and event.kind is EventKind.PARTICIPANT_LEFT:
                    feed.end(_Departed("the viewer has left", {}))

            async with services.hub.listen(viewer.tenant_id, hear, feed.end, conversation_id):
                # Asked only now, so that a viewer who is removed meanwhile is heard to be.
                if await visible_last_seq(context, conversation_id) is None:
                    raise not_found("conversation")
                async with presence.here(*place, viewer.user_id):
                    async for change in feed:
                        yield change


@contextmanager
def _ends_told() -> Iterator[None]:
    with ends_told():
        try:
            yield
        except _Departed:
            pass
        except Reset:
            raise reset() from None


async def tell_typing(context: Context, conversation_id: UUID) -> bool:
    """Tell who is present that the viewer types; False when that was told a moment ago."""
    viewer = context.viewer
    viewer.require(Role.AGENT)
    await find_conversation(context, conversation_id)
    presence = context.services.presences
    return await presence.tell_typing(viewer.tenant_id, conversation_id, viewer.user_id)
