"""Who is in a conversation now, and who types."""

from collections.abc import AsyncIterator
from uuid import UUID

import strawberry

from resolvers.presence import present_users
from schema.conversations import User
from schema.enums import PresenceKind
from schema.fields import Info
from schema.ids import IdType, decode_id


@strawberry.type(description="A user came, left or types. It is kept nowhere.")
class PresenceEvent:
    kind: PresenceKind
    user_id: strawberry.Private[UUID]

    @strawberry.field(description="Null when the user is a member no more.")
    async def user(self, info: Info) -> User | None:
        row = await info.context.loaders.user.load(self.user_id)
        return User(row=row) if row else None


@strawberry.type
class PresenceSubscriptions:
    @strawberry.subscription(
        description="First who is present, each as CAME, the viewer too: being subscribed makes"
        " one present. Then who comes, leaves and types."
    )
    async def presence(
        self, info: Info, conversation_id: strawberry.ID
    ) -> AsyncIterator[PresenceEvent]:
        key = decode_id(IdType.CONVERSATION, conversation_id, "conversationId")
        async for change in present_users(info.context, key):
            yield PresenceEvent(kind=change.kind, user_id=change.user_id)
