"""Rights that ended: told to every process at once, so that none asks the database per event."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import orjson
import structlog

from realtime.bus import Bus, signal_channel

log = structlog.get_logger(__name__)

_SIGNAL = "revocations"


class Cause(StrEnum):
    """Why rights ended; the reason with which sockets are closed."""

    SESSION_ENDED = "SESSION_ENDED"
    KEY_REVOKED = "KEY_REVOKED"
    ROLE_CHANGED = "ROLE_CHANGED"
    MEMBER_REMOVED = "MEMBER_REMOVED"
    TENANT_SUSPENDED = "TENANT_SUSPENDED"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a credential, and which: of a session, an API key, or (neither) a plain token."""

    tenant_id: UUID
    user_id: UUID
    session_id: UUID | None = None
    key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Revocation:
    """Whose rights ended: all of a tenant, of a user, or of one session or key."""

    cause: Cause
    tenant_id: UUID
    user_id: UUID | None = None
    session_id: UUID | None = None
    key_id: UUID | None = None

    def concerns(self, holder: Holder) -> bool:
        """Whether the holder's rights are not what they were."""
        return (
            self.tenant_id == holder.tenant_id
            and self.user_id in (None, holder.user_id)
            and self.session_id in (None, holder.session_id)
            and self.key_id in (None, holder.key_id)
        )

    def encode(self) -> str:
        """The revocation as it crosses Redis."""
        # asyncpg's own subclass of UUID is unknown to orjson.
        return orjson.dumps(self, default=str).decode()

    @classmethod
    def decode(cls, text: str) -> "Revocation":
        """Raises ValueError, KeyError or TypeError for what this version cannot read."""
        found = orjson.loads(text)
        return cls(
            Cause(found["cause"]),
            UUID(found["tenant_id"]),
            *(
                UUID(found[name]) if found[name] else None
                for name in ("user_id", "session_id", "key_id")
            ),
        )


Hear = Callable[[Revocation], None]


class Revocations:
    """Tells of revocations, here and in the other processes, and hears of theirs."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._hearers: list[Hear] = []

    async def tell(self, revocation: Revocation) -> None:
        """To be called after the commit. Here it takes effect before this returns.

        Where Redis is away the other processes learn of it by their next sweep.
        """
        for hear in tuple(self._hearers):
            hear(revocation)
        if not await self._bus.signal(_SIGNAL, revocation.encode()):
            log.warning("revocation_not_signalled", cause=revocation.cause)

    @asynccontextmanager
    async def heard(self, hear: Hear) -> AsyncIterator[None]:
        """Call `hear`, which must be quick, with each revocation while the block lasts.

        One that begins here is heard twice: at once, and again from Redis.
        """

        def receive(message: str) -> None:
            try:
                revocation = Revocation.decode(message)
            except (ValueError, KeyError, TypeError):
                log.warning("revocation_unreadable")
                return
            hear(revocation)

        self._hearers.append(hear)
        try:
            async with self._bus.subscription(signal_channel(_SIGNAL), receive):
                yield
        finally:
            self._hearers.remove(hear)
