"""One conversation's presence in this process: the rosters that were told, and who watches."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

import orjson

from realtime.endings import FeedEnded


class PresenceKind(StrEnum):
    """What became of a user in a conversation."""

    CAME = "CAME"
    LEFT = "LEFT"
    TYPING = "TYPING"


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """One change of one user's presence. `place` numbers the changes of a room."""

    user_id: UUID
    kind: PresenceKind
    place: int


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation of a tenant."""

    tenant_id: UUID
    conversation_id: UUID


@dataclass(frozen=True, slots=True)
class Message:
    """What processes tell each other; without a place it is a sign of life.

    About a place it holds the process's whole roster there, or who types, or else it asks for the
    rosters of the others. `gone` says that the process ends.
    """

    process: str
    place: Place | None = None
    roster: frozenset[UUID] | None = None
    typing: UUID | None = None
    gone: bool = False

    def encode(self) -> str:
        """The message as JSON."""
        place = self.place and [self.place.tenant_id.hex, self.place.conversation_id.hex]
        roster = None if self.roster is None else [user_id.hex for user_id in self.roster]
        typing = self.typing and self.typing.hex
        return orjson.dumps([self.process, place, roster, typing, self.gone]).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises ValueError, TypeError or AttributeError for what is none."""
        process, place, roster, typing, gone = orjson.loads(text)
        return cls(
            str(process),
            None if place is None else Place(*map(UUID, place)),
            None if roster is None else frozenset(map(UUID, roster)),
            None if typing is None else UUID(typing),
            bool(gone),
        )


class PresenceFeed:
    """What becomes of the users of a room, for one reader.

    A slow reader misses steps, never the state: of each user it is told the latest. `place` is that
    of the last change that the feed has heard of.
    """

    def __init__(self, present: Iterable[UUID], place: int) -> None:
        self.place = place
        # By user, and whether it is about typing.
        self._waiting = {
            (user_id, False): PresenceChange(user_id, PresenceKind.CAME, place)
            for user_id in present
        }
        self._ended: FeedEnded | None = None
        self._changed = asyncio.Event()

    def push(self, change: PresenceChange) -> None:
        """Note a change for the reader."""
        key = change.user_id, change.kind is PresenceKind.TYPING
        self._waiting.pop(key, None)
        self._waiting[key] = change
        self.place = change.place
        self.wake()

    def wake(self) -> None:
        """Let the reader go on, though there may be nothing to read."""
        self._changed.set()

    def end(self, ended: FeedEnded) -> None:
        """End the feed."""
        self._ended = ended
        self.wake()

    def known(self) -> list[PresenceChange]:
        """The changes that wait, in their order. Raises the FeedEnded when it is over."""
        if self._ended is not None:
            raise self._ended
        changes = list(self._waiting.values())
        self._waiting.clear()
        self._changed.clear()
        return changes

    async def batch(self) -> list[PresenceChange]:
        """Like `known`, once there is something or the feed was woken; for one task at a time."""
        if not self._waiting:
            await self._changed.wait()
        return self.known()


class Room:
    """A conversation in which this process has users or watchers; `uses` counts them."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.uses = 0
        self._devices: Counter[UUID] = Counter()
        self._others: dict[str, frozenset[UUID]] = {}
        self._present: frozenset[UUID] = frozenset()
        self._feeds: dict[PresenceFeed, None] = {}
        self._changes = 0

    @property
    def roster(self) -> frozenset[UUID]:
        """Who is present through this process."""
        return frozenset(self._devices)

    @property
    def present(self) -> frozenset[UUID]:
        """Who is present through any process."""
        return self._present

    def enter(self, user_id: UUID) -> bool:
        """One more device of a user; True for the first one."""
        self._devices[user_id] += 1
        self._compare()
        return self._devices[user_id] == 1

    def leave(self, user_id: UUID) -> bool:
        """One device less; True for the last one."""
        self._devices[user_id] -= 1
        if self._devices[user_id]:
            return False
        del self._devices[user_id]
        self._compare()
        return True

    def hear(self, process: str, roster: frozenset[UUID]) -> None:
        """Take another process's roster; an empty one forgets the process."""
        if roster:
            self._others[process] = roster
        else:
            self._others.pop(process, None)
        self._compare()

    def watch(self) -> PresenceFeed:
        """A feed that begins with who is present."""
        feed = PresenceFeed(self._present, self._changes)
        self._feeds[feed] = None
        return feed

    def unwatch(self, feed: PresenceFeed) -> None:
        """Tell a feed no more."""
        del self._feeds[feed]

    def tell(self, user_id: UUID, kind: PresenceKind) -> None:
        """Tell every feed of a change."""
        self._changes += 1
        change = PresenceChange(user_id, kind, self._changes)
        for feed in self._feeds:
            feed.push(change)

    def end(self, ended: FeedEnded) -> None:
        """End every feed."""
        for feed in self._feeds:
            feed.end(ended)

    def _compare(self) -> None:
        present = self.roster.union(*self._others.values())
        before, self._present = self._present, present
        for user_id in present - before:
            self.tell(user_id, PresenceKind.CAME)
        for user_id in before - present:
            self.tell(user_id, PresenceKind.LEFT)
