"""Who is here and who types: told between processes, kept nowhere.

Each process tells the whole list of those who are present in a conversation through it, its roster,
when it changes and when another process asks. Who is present is the union of the rosters, so a
lost or doubled message does no lasting harm. Every process gives signs of life; the rosters of one
that has fallen silent are dropped. All this goes by one channel, which every process hears.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID, uuid4

import structlog

from realtime.bus import Bus, signal_channel
from realtime.endings import Draining
from realtime.presence_room import Message, Place, PresenceFeed, PresenceKind, Room

log = structlog.get_logger(__name__)

_SIGNAL = "presence"
_TYPISTS = 10_000


class TooManyPresent(Exception):  # noqa: N818 (named like the endings)
    """As many users are present in the conversation, through this process, as it tells of."""


@dataclass(frozen=True, slots=True)
class PresenceLimits:
    """`users` of a conversation per process; intervals are seconds.

    A process gives a sign of life every `beat_interval` and is taken for dead after `silence`; a
    user's typing in a conversation is told once per `typing_interval`.
    """

    users: int = 200
    beat_interval: float = 5.0
    silence: float = 15.0
    typing_interval: float = 2.0


class Presence:
    """The presence of those users that this process serves or is asked about."""

    def __init__(
        self,
        bus: Bus,
        *,
        limits: PresenceLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives seconds that only grow."""
        self._bus = bus
        self._limits = limits or PresenceLimits()
        self._clock = clock
        self._process = uuid4().hex
        self._rooms: dict[Place, Room] = {}
        self._untold: set[Place] = set()
        self._unasked: set[Place] = set()
        self._heard: dict[str, float] = {}
        self._typed: dict[tuple[Place, UUID], float] = {}
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to give signs of life and to hear those of others."""
        self._task = asyncio.create_task(self._run(), name="presence")

    async def stop(self) -> None:
        """Tell the others that everyone here has left, and end every feed with Draining."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None
        for room in self._rooms.values():
            room.end(Draining({}))
        await self._send(Message(self._process, gone=True))

    @contextmanager
    def here(self, tenant_id: UUID, conversation_id: UUID, user_id: UUID) -> Iterator[None]:
        """A device of the user is present in the conversation while the block lasts.

        Raises TooManyPresent.
        """
        with self._room(Place(tenant_id, conversation_id)) as room:
            if len(room.roster | {user_id}) > self._limits.users:
                raise TooManyPresent(f"{self._limits.users} users are present already")
            if room.enter(user_id):
                self._tell(room.place)
            try:
                yield
            finally:
                if room.leave(user_id):
                    self._tell(room.place)

    @contextmanager
    def watch(self, tenant_id: UUID, conversation_id: UUID) -> Iterator[PresenceFeed]:
        """Who is present, then who comes, leaves and types, to be read within the block.

        Reading raises Draining when the process ends.
        """
        with self._room(Place(tenant_id, conversation_id)) as room:
            feed = room.watch()
            try:
                yield feed
            finally:
                room.unwatch(feed)

    async def tell_typing(self, tenant_id: UUID, conversation_id: UUID, user_id: UUID) -> bool:
        """Tell that the user types; False when it was told just now, or cannot be told."""
        place, present = Place(tenant_id, conversation_id), self._clock()
        told = self._typed.get((place, user_id))
        if told is not None and present - told < self._limits.typing_interval:
            return False
        self._typed.pop((place, user_id), None)
        self._typed[place, user_id] = present
        if len(self._typed) > _TYPISTS:
            del self._typed[next(iter(self._typed))]
        return await self._send(Message(self._process, place, typing=user_id))

    @contextmanager
    def _room(self, place: Place) -> Iterator[Room]:
        room = self._rooms.get(place)
        if room is None:
            room = self._rooms[place] = Room(place)
            self._unasked.add(place)
            self._wanted.set()
        room.uses += 1
        try:
            yield room
        finally:
            room.uses -= 1
            if not room.uses:
                del self._rooms[place]

    def _tell(self, place: Place) -> None:
        self._untold.add(place)
        self._wanted.set()

    async def _run(self) -> None:
        unwatch = self._bus.watch(self._resume)
        try:
            async with self._bus.subscription(signal_channel(_SIGNAL), self._receive):
                while True:
                    await self._beat()
        finally:
            unwatch()

    async def _beat(self) -> None:
        """Give a sign of life, look for those of others, and talk until it is time again."""
        began = self._clock()
        await self._send(Message(self._process))
        self._bury_the_silent()
        next_beat = asyncio.get_running_loop().time() + self._limits.beat_interval
        while await self._woken_before(next_beat):
            await self._talk()
        if self._clock() - began > self._limits.silence:
            # This process stood still: it has been buried by the others.
            self._untold.update(self._rooms)
        if self._untold or self._unasked:
            self._wanted.set()

    async def _woken_before(self, moment: float) -> bool:
        try:
            async with asyncio.timeout_at(moment):
                await self._wanted.wait()
        except TimeoutError:
            return False
        self._wanted.clear()
        return True

    async def _talk(self) -> None:
        """Ask and tell what there is; what Redis does not take is tried again at the next beat."""
        while self._unasked or self._untold:
            asked = bool(self._unasked)
            place = (self._unasked if asked else self._untold).pop()
            room = self._rooms.get(place)
            roster = room.roster if room else frozenset[UUID]()
            message = Message(self._process, place, None if asked else roster)
            if not await self._send(message):
                (self._unasked if asked else self._untold).add(place)
                return

    async def _send(self, message: Message) -> bool:
        return await self._bus.signal(_SIGNAL, message.encode())

    def _receive(self, text: str) -> None:
        try:
            message = Message.decode(text)
        except (ValueError, TypeError, AttributeError):
            log.warning("presence_unreadable")
            return
        self._heard[message.process] = self._clock()
        if message.gone:
            self._bury(message.process)
        room = self._rooms.get(message.place) if message.place else None
        if room is None:
            return
        if message.typing is not None:
            room.tell(message.typing, PresenceKind.TYPING)
        elif message.process == self._process:
            return
        elif message.roster is not None:
            room.hear(message.process, message.roster)
        elif room.roster:
            self._tell(room.place)

    def _resume(self) -> None:
        """After a gap, in which everyone may have missed everything, ask and tell anew."""
        if self._bus.listening:
            self._heard = dict.fromkeys(self._heard, self._clock())
            self._untold.update(self._rooms)
            self._unasked.update(self._rooms)
            self._wanted.set()

    def _bury_the_silent(self) -> None:
        if self._bus.listening:
            deadline = self._clock() - self._limits.silence
            for process in [name for name, heard in self._heard.items() if heard < deadline]:
                self._bury(process)

    def _bury(self, process: str) -> None:
        """Nobody is present through that process any more."""
        del self._heard[process]
        for room in self._rooms.values():
            room.hear(process, frozenset())
