"""Connections to one PostgreSQL server, taken and given back without a turn of the event loop.

asyncpg's own pool spends more on lending a connection than a short statement takes: it starts a
task for each return, to reset what ours keep on purpose. Here an idle connection is taken from a
list and put back. One whose use ended with an exception, a cancellation too, is seen to before it
is lent again.
"""

import asyncio
import time
from asyncio import Future
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from models.rows import Row

# Both for the rest of the session: whoever gets the connection next asks for what they need.
SCOPE = (
    "SELECT set_config('parley.tenant_id', $1, false), set_config('statement_timeout', $2, false)"
)
ALLOW = "SELECT set_config('statement_timeout', $1, false)"
MENDING_SECONDS = 10


if TYPE_CHECKING:
    PlainConnection = asyncpg.Connection[Row]
else:
    PlainConnection = asyncpg.Connection


class ScopedConnection(PlainConnection):
    """A connection that knows which tenant it shows, and how long a statement may take."""

    tenant_id: UUID | None = None
    seconds: float | None = None
    opened_at: float = 0.0

    def is_scoped_to(self, tenant_id: UUID | None, seconds: float) -> bool:
        """Whether it shows the rows of this tenant, or None is asked for, and ends statements
        after so many seconds."""
        return self.seconds == seconds and tenant_id in (None, self.tenant_id)

    async def scope_to(self, tenant_id: UUID | None, seconds: float) -> None:
        """Show the rows of this tenant from now on, and end statements after so many seconds.

        For None it goes on to show whose rows it did.
        """
        self.seconds = None
        if tenant_id is None:
            await self.fetchrow(ALLOW, _milliseconds(seconds))
        else:
            self.tenant_id = None
            await self.fetchrow(SCOPE, str(tenant_id), _milliseconds(seconds))
            self.tenant_id = tenant_id
        self.seconds = seconds


Connect = Callable[[], Awaitable[ScopedConnection]]


class Connections:
    """At most `most` connections, each used for about `recycle` seconds."""

    def __init__(self, connect: Connect, *, most: int, recycle: float) -> None:
        self._connect = connect
        self._most = most
        self._recycle = recycle
        self._all: set[ScopedConnection] = set()
        self._idle: list[ScopedConnection] = []
        self._opening = 0
        # Who waits gets a connection, or None: there is room for another one.
        self._waiters: deque[Future[ScopedConnection | None]] = deque()
        self._background: set[asyncio.Task[None]] = set()
        self._begun = self._closed = False
        self._emptied = asyncio.Event()

    @property
    def size(self) -> int:
        """How many are open, or being opened."""
        return len(self._all) + self._opening

    @property
    def in_use(self) -> int:
        """How many of them are not idle."""
        return self.size - len(self._idle)

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiters)

    async def open(self, least: int) -> None:
        """Open so many. Raises OSError or asyncpg's errors."""
        self._begun = True
        for connection in await asyncio.gather(*(self._opened() for _ in range(least))):
            self.give_back(connection)

    def lent(self, tenant_id: UUID | None, seconds: float) -> "Loan":
        """A connection for as long as an `async with` lasts, scoped to the tenant and seconds.

        Rather one that is so already. For None it may show anybody's rows.
        """
        return Loan(self, tenant_id, seconds)

    async def take(self, tenant_id: UUID | None, seconds: float) -> ScopedConnection:
        """A connection as it is, at once if one is idle.

        Raises like `open`, or InterfaceError if closed.
        """
        assert self._begun, "connect() first"
        while True:
            connection = self._idle_one(tenant_id, seconds)
            if connection is not None:
                return connection
            if self._closed:
                raise asyncpg.InterfaceError("the pool is closed")
            if self.size < self._most:
                return await self._opened()
            connection = await self._handed()
            if connection is not None:
                return connection

    def give_back(self, connection: ScopedConnection) -> None:
        """Let others have a connection that is as it was."""
        aged = time.monotonic() - connection.opened_at > self._recycle
        if connection.is_closed():
            self._drop(connection)
        elif self._closed or aged:
            self._later(self._retire(connection))
        elif not self._hand_on(connection):
            self._idle.append(connection)

    def mend(self, connection: ScopedConnection) -> None:
        """Let others have a connection in which something failed, once it has come to rest."""
        if connection.is_closed():
            self._drop(connection)
        else:
            self._later(self._mend(connection))

    async def close(self) -> None:
        """Close them, waiting for those in use."""
        self._closed = True
        for connection in self._taken_from_idle():
            self._later(self._retire(connection))
        if self.size:
            await self._emptied.wait()

    def terminate(self) -> None:
        """Close them at once, for a server that does not answer."""
        self._closed = True
        for connection in self._taken_from_idle():
            self._all.discard(connection)
            connection.terminate()
        for connection in self._all:
            # Whoever uses it fails, and gives it back.
            connection.terminate()
        while self._hand_on(None):
            pass

    def _taken_from_idle(self) -> list[ScopedConnection]:
        idle, self._idle = self._idle, []
        return idle

    def _idle_one(self, tenant_id: UUID | None, seconds: float) -> ScopedConnection | None:
        """The idle one that was used last, of those that are scoped so if any is."""
        idle = self._idle
        while idle:
            for place in range(len(idle) - 1, -1, -1):
                if idle[place].tenant_id == tenant_id and idle[place].seconds == seconds:
                    connection = idle.pop(place)
                    break
            else:
                connection = idle.pop()
            if not connection.is_closed():
                return connection
            self._drop(connection)
        return None

    async def _opened(self) -> ScopedConnection:
        self._opening += 1
        try:
            connection = await self._connect()
        except BaseException:
            self._opening -= 1
            self._left()
            raise
        self._opening -= 1
        self._all.add(connection)
        connection.opened_at = time.monotonic()
        return connection

    async def _handed(self) -> ScopedConnection | None:
        """Wait until somebody gives a connection back, or there is room for another."""
        waiter: Future[ScopedConnection | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():
                self._pass_by(waiter.result())
            else:
                self._waiters.remove(waiter)
            raise

    def _pass_by(self, connection: ScopedConnection | None) -> None:
        """Let others have what came for one who no longer waits."""
        if connection is not None:
            self.give_back(connection)
        else:
            self._hand_on(None)

    def _hand_on(self, connection: ScopedConnection | None) -> bool:
        """Give a connection, or the room for one, to whoever waits the longest."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    def _drop(self, connection: ScopedConnection) -> None:
        self._all.discard(connection)
        self._left()

    def _left(self) -> None:
        """Let others have the room of a connection that is gone."""
        self._hand_on(None)
        if self._closed and not self.size:
            self._emptied.set()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _retire(self, connection: ScopedConnection) -> None:
        try:
            await connection.close(timeout=MENDING_SECONDS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection.terminate()
        finally:
            self._drop(connection)

    async def _mend(self, connection: ScopedConnection) -> None:
        """Wait until what was cancelled has ended, which asyncpg does before any statement."""
        at_rest = False
        try:
            async with asyncio.timeout(MENDING_SECONDS):
                await connection.execute("SELECT")
            at_rest = not connection.is_in_transaction()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pass
        finally:
            if not at_rest:
                connection.terminate()
            self.give_back(connection)


class Loan:
    """A scoped connection for as long as the block lasts."""

    __slots__ = ("_connection", "_connections", "_seconds", "_tenant_id")

    def __init__(self, connections: Connections, tenant_id: UUID | None, seconds: float) -> None:
        self._connections = connections
        self._tenant_id = tenant_id
        self._seconds = seconds
        self._connection: ScopedConnection

    async def __aenter__(self) -> ScopedConnection:
        tenant_id, seconds = self._tenant_id, self._seconds
        connection = self._connection = await self._connections.take(tenant_id, seconds)
        if not connection.is_scoped_to(tenant_id, seconds):
            try:
                await connection.scope_to(tenant_id, seconds)
            except BaseException:
                self._connections.mend(connection)
                raise
        return connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._connections.give_back(self._connection)
        else:
            self._connections.mend(self._connection)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1_000:.0f}"
