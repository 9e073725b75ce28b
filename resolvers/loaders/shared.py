"""Loaders of an operation that runs once for all who may see a conversation."""

from collections.abc import Sequence
from functools import cached_property, partial
from uuid import UUID

from models.database import Reader, Row
from resolvers.errors import ViewerAsked
from resolvers.loaders import Loaders, conversations
from resolvers.loading import Loader


class SharedLoaders(Loaders):
    """What depends on a user raises ViewerAsked, but for the one conversation that all may see."""

    def __init__(self, read: Reader, conversation_id: UUID) -> None:
        super().__init__(read, None)
        self._conversation_id = conversation_id

    @cached_property
    def conversation(self) -> Loader[UUID, Row | None]:
        return Loader(partial(shared_conversation, self._read, self._conversation_id))


async def shared_conversation(
    read: Reader, conversation_id: UUID, ids: Sequence[UUID]
) -> list[Row | None]:
    """The one conversation. Raises ViewerAsked for any other."""
    if any(key != conversation_id for key in ids):
        raise ViewerAsked
    return await conversations.tenant_conversations_by_id(read, ids)
