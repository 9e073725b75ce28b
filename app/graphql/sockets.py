"""All that is connected to this process: counted, limited, shown to operators, drained."""

import asyncio
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.graphql.errors import Refused, TransportCode
from app.graphql.limits import Limits

# Between two connections of a drain: a few that come back at once are no burden.
LONGEST_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """A connection as operators see it. `identity` is None before sign-in."""

    id: str
    transport: str
    identity: Hashable | None
    address: str | None
    opened_at: datetime
    operations: tuple[str, ...]
    queued_bytes: int


class Connection(Protocol):
    """A socket or an event stream."""

    @property
    def operation_count(self) -> int: ...

    @property
    def queued_bytes(self) -> int: ...

    def describe(self) -> ConnectionInfo: ...

    def cut(self, code: str) -> None:
        """End it for a reason that a client may mend, by signing in or by coming back."""
        ...

    def restart(self) -> None:
        """End it because this process ends: the client should come back at once."""
        ...


class SocketRegistry:
    """The connections of one process.

    `closed` counts ended connections by the code of their reason. `drain` is to be called
    before the server shuts down, because uvicorn then closes all sockets in one moment.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._identities: dict[Connection, Hashable | None] = {}
        self._held: Counter[Hashable] = Counter()
        self._draining = False
        self._empty = asyncio.Event()
        self._empty.set()
        self.closed: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._identities))

    @property
    def draining(self) -> bool:
        return self._draining

    @property
    def connection_count(self) -> int:
        return len(self._identities)

    @property
    def operation_count(self) -> int:
        """Operations that run on all connections: subscriptions, but for moments."""
        return sum(connection.operation_count for connection in self._identities)

    @property
    def queued_bytes(self) -> int:
        """What waits for connections that read too slowly."""
        return sum(connection.queued_bytes for connection in self._identities)

    def add(self, connection: Connection) -> None:
        """Count a connection that has no viewer yet; raises `Refused`."""
        if self._draining:
            message = "The server restarts."
            raise Refused(TransportCode.SERVER_RESTARTING, message, status=503)
        if len(self._identities) >= self._limits.sockets:
            message = "The server holds as many connections as it can."
            raise Refused(TransportCode.TOO_MANY_SOCKETS, message, status=503)
        self._identities[connection] = None
        self._empty.clear()

    def identify(self, connection: Connection, identity: Hashable) -> None:
        """Say whose connection it is; raises `Refused` beyond the limit of one viewer."""
        limit = self._limits.sockets_per_viewer
        if self._held[identity] >= limit:
            message = f"A viewer may hold {limit} connections."
            raise Refused(TransportCode.TOO_MANY_SOCKETS, message, status=429)
        self._identities[connection] = identity
        self._held[identity] += 1

    def remove(self, connection: Connection, reason: str) -> None:
        """Forget a connection that ended for `reason`; harmless when it was not there."""
        if connection not in self._identities:
            return
        identity = self._identities.pop(connection)
        self.closed[reason] += 1
        if identity is not None:
            self._held[identity] -= 1
            if not self._held[identity]:
                del self._held[identity]
        if not self._identities:
            self._empty.set()

    def describe(self) -> list[ConnectionInfo]:
        """Every connection, for administrators and metrics."""
        return [connection.describe() for connection in self]

    def cut(self, concerned: Callable[[ConnectionInfo], bool], code: str) -> int:
        """End the connections that `concerned` names, with `code` as the reason."""
        chosen = [connection for connection in self if concerned(connection.describe())]
        for connection in chosen:
            connection.cut(code)
        return len(chosen)

    async def drain(self, seconds: float) -> None:
        """Admit nobody more, and end every connection, spread evenly over at most `seconds`.

        Returns when all have ended; one that does not read is given `close_seconds` more.
        """
        self._draining = True
        waiting = list(self)
        for connection in waiting:
            connection.restart()
            await asyncio.sleep(min(seconds / len(waiting), LONGEST_PAUSE))
        await self.wait_empty()

    async def wait_empty(self) -> None:
        """Return when there is no connection."""
        await self._empty.wait()
