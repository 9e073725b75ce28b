"""One connection to Redis on which messages are published, each after the one before.

redis-py's client lends a connection from its pool for each command, wraps it in retries and
measures it: more work than the command itself, and it is done for each message that is sent. Its
asyncio connection also packs commands in Python, where hiredis does so in C.
"""

import asyncio
from collections.abc import Callable
from typing import cast

import redis
from hiredis import pack_command
from redis.asyncio.connection import AbstractConnection

# Its stub has it take a single word.
_pack = cast(Callable[[tuple[str, ...]], bytes], pack_command)


class RedisPublisher:
    """Publishes on a connection that `make_connection` gives, and on another when that fails."""

    def __init__(self, make_connection: Callable[[], AbstractConnection]) -> None:
        self._make_connection = make_connection
        self._connection: AbstractConnection | None = None
        self._turn = asyncio.Lock()

    async def publish(self, channel: str, message: str) -> None:
        """Raises redis.RedisError or OSError when Redis did not take it."""
        async with self._turn:
            known = self._connection
            if known is not None:
                try:
                    await self._publish(known, channel, message)
                    return
                except (redis.ConnectionError, OSError):
                    # A restart of Redis leaves a dead connection behind: once more.
                    pass
            connection = self._make_connection()
            await connection.connect()  # type: ignore[no-untyped-call]
            self._connection = connection
            await self._publish(connection, channel, message)

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.disconnect()

    async def _publish(self, connection: AbstractConnection, channel: str, message: str) -> None:
        try:
            await connection.send_packed_command(_pack(("PUBLISH", channel, message)))
            await connection.read_response()
        except BaseException:
            # Its answer may still come, and would be taken for that to the next message.
            self._connection = None
            await connection.disconnect(nowait=True)
            raise
