"""What ends a socket in time: a sign-in that does not come, missing pongs, a token's end."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from app.graphql.errors import TransportCode
from app.graphql.limits import Limits
from app.graphql.outbox import Outbox
from app.graphql.protocol import CloseCode, ping_frame


class Timers:
    """The timers of one socket; `close` is called when one of them runs out."""

    __slots__ = ("_close", "_expiry", "_limits", "_next", "_outbox")

    def __init__(
        self, limits: Limits, outbox: Outbox, close: Callable[[CloseCode, str], None]
    ) -> None:
        self._limits = limits
        self._outbox = outbox
        self._close = close
        # First the wait for connection_init, then for the next ping, then for its pong.
        self._next: asyncio.TimerHandle | None = None
        self._expiry: asyncio.TimerHandle | None = None

    def await_init(self) -> None:
        """Close the socket if no `connection_init` comes in time."""
        self._start(self._limits.connection_init_seconds, self._init_missed)

    def await_ping(self) -> None:
        """Ping after the interval; a pong, asked for or not, starts the interval again."""
        self._start(self._limits.ping_interval_seconds, self._ping)

    def await_expiry(self, moment: datetime | None) -> None:
        """Close the socket when its token ends, which is never for None."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        if moment is not None:
            left = (moment - datetime.now(UTC)).total_seconds()
            self._expiry = asyncio.get_running_loop().call_later(left, self._expired)

    def stop(self) -> None:
        """Start and end nothing more, unless asked again."""
        for timer in (self._next, self._expiry):
            if timer is not None:
                timer.cancel()

    def _start(self, seconds: float, callback: Callable[[], None]) -> None:
        if self._next is not None:
            self._next.cancel()
        self._next = asyncio.get_running_loop().call_later(seconds, callback)

    def _ping(self) -> None:
        self._outbox.put_text(ping_frame())
        self._start(self._limits.pong_timeout_seconds, self._pong_missed)

    def _init_missed(self) -> None:
        self._close(CloseCode.TIMEOUT, TransportCode.CONNECTION_INIT_TIMEOUT)

    def _pong_missed(self) -> None:
        self._close(CloseCode.TIMEOUT, TransportCode.PONG_TIMEOUT)

    def _expired(self) -> None:
        self._close(CloseCode.FORBIDDEN, TransportCode.TOKEN_EXPIRED)
