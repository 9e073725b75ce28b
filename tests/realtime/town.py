"""Conversations that people write in, for tests of who hears of it; and a Valkey to be killed."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import asyncpg

from app.embedded.binaries import find_valkey
from models.conversations import Conversation
from models.database import Database
from realtime.bus import Bus
from realtime.events import LiveEvent
from realtime.feed import Feed
from realtime.posting import lock_conversation, post_message
from realtime.unit_of_work import Bell, unit_of_work

# Long enough for the slowest machine; what is awaited comes at once or never.
PATIENCE = 60.0


class Mute:
    """A process that died between the commit and the bell."""

    async def ring(self, events: Sequence[LiveEvent]) -> None:
        """Tell nobody."""


class Town:
    """Makes conversations of one tenant and writes in them."""

    def __init__(
        self, database: Database, bell: Bell, owner: "asyncpg.Pool[asyncpg.Record]", tenant_id: UUID
    ) -> None:
        self.database = database
        self.bell = bell
        self.owner = owner
        self.tenant_id = tenant_id

    async def conversation(self) -> UUID:
        """A new, empty conversation."""
        async with unit_of_work(self.database, self.bell, self.tenant_id) as work:
            conversation = Conversation(tenant_id=self.tenant_id, title="Town")
            work.session.add(conversation)
        return conversation.id

    async def write(self, conversation_id: UUID, count: int = 1, bell: Bell | None = None) -> None:
        """Commit one transaction with `count` messages."""
        async with unit_of_work(self.database, bell or self.bell, self.tenant_id) as work:
            conversation = await lock_conversation(work, conversation_id)
            assert conversation is not None
            for _ in range(count):
                await post_message(work, conversation, None, "hello")

    async def write_unheard(self, conversation_id: UUID, count: int = 1) -> None:
        """Commit without ringing."""
        await self.write(conversation_id, count, Mute())

    async def age(self, conversation_id: UUID) -> None:
        """Make all that was recorded so far a day older."""
        await self.owner.execute(
            "UPDATE events SET created_at = created_at - interval '1 day' WHERE stream_id = $1",
            conversation_id,
        )

    async def discard(self, conversation_id: UUID, through: int) -> None:
        """Delete old events, as retention does."""
        await self.owner.execute(
            "DELETE FROM events WHERE stream_id = $1 AND seq <= $2", conversation_id, through
        )

    async def recorded(self, *conversation_ids: UUID, after: int = 0) -> list[tuple[UUID, int]]:
        """What the table holds, by stream and seq."""
        rows = await self.owner.fetch(
            "SELECT stream_id, seq FROM events WHERE stream_id = ANY($1) AND seq > $2"
            " ORDER BY stream_id, seq",
            list(conversation_ids),
            after,
        )
        return [(row["stream_id"], row["seq"]) for row in rows]


class Valkey:
    """A Valkey process of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "valkey.sock"
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"unix://{self._socket}"

    async def start(self) -> None:
        """Return when it accepts connections."""
        options = ["--port", "0", "--save", "", "--unixsocket", str(self._socket)]
        self._process = await asyncio.create_subprocess_exec(
            find_valkey().executable, *options, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while b"Ready to accept" not in await self._process.stdout.readline():
                pass

    async def kill(self) -> None:
        """As a power cut does it."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()

    def freeze(self) -> None:
        """Keep its connections open and answer nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on where it was frozen."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)


async def take(feed: Feed, count: int) -> list[int]:
    """The seqs of the next events."""
    async with asyncio.timeout(PATIENCE):
        return [(await anext(feed)).seq for _ in range(count)]


async def changed(bus: Bus, *, listening: bool) -> None:
    """Wait until the bus listens, or has noticed that it does not."""
    event = asyncio.Event()
    unwatch = bus.watch(event.set)
    try:
        async with asyncio.timeout(PATIENCE):
            while bus.listening is not listening:
                await event.wait()
                event.clear()
    finally:
        unwatch()


@asynccontextmanager
async def connected(url: str, ping_interval: float = PATIENCE) -> AsyncIterator[Bus]:
    """A bus, as another process would have it. That of a slow machine is not taken for dead."""
    bus = Bus(url, ping_interval=ping_interval, timeout=PATIENCE)
    await bus.connect()
    try:
        yield bus
    finally:
        await bus.close()
