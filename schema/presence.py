"""Who is in a conversation now, and who types."""

from collections.abc import AsyncIterable
from typing import Annotated
from uuid import UUID

import strawberry

from realtime.presence_room import PresenceChange
from resolvers.presence import PresentUsers
from schema.conversations import User
from schema.enums import PresenceKind
from schema.fields import SAME_FOR_ALL, Info
from schema.ids import IdType, decode_id


@strawberry.type(description="A user came, left or types. It is kept nowhere.")
class PresenceEvent:
    kind: PresenceKind
    user_id: strawberry.Private[UUID]

    @strawberry.field(description="Null when the user is a member no more.", metadata=SAME_FOR_ALL)
    async def user(self, info: Info) -> User | None:
        row = await info.context.loaders.user.load(self.user_id)
        return User(row=row) if row else None


@strawberry.type
class PresenceSubscriptions:
    @strawberry.subscription(
        description="First who is present, each as CAME, the viewer too: being subscribed makes"
        " one present, unless one is only watching. Then who comes, leaves and types."
    )
    def presence(
        self,
        info: Info,
        conversation_id: strawberry.ID,
        watching: Annotated[
            bool,
            strawberry.argument(
                description="To be told without being present: for a list of conversations, of"
                " which one is open."
            ),
        ] = False,
    ) -> AsyncIterable[PresenceEvent]:
        key = decode_id(IdType.CONVERSATION, conversation_id, "conversationId")
        return PresentUsers(info.context, presence_event, key, watching=watching)


def presence_event(change: PresenceChange) -> PresenceEvent:
    """The change as its type."""
    return PresenceEvent(kind=change.kind, user_id=change.user_id)
