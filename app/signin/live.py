"""Rights of connections that are open already: cut when a revocation is heard, swept besides."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from app.graphql.sockets import ConnectionInfo, SocketRegistry
from app.signin.credentials import Standing
from app.signin.standings import Standings
from realtime.bus import Bus
from realtime.revocation import Cause, Revocation, Revocations
from resolvers.context import Viewer

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 60
SWEEP_BATCH = 500


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose connection it is. Sockets are counted by tenant and user, not by credential."""

    tenant_id: UUID
    user_id: UUID
    viewer: Viewer = field(compare=False)

    @classmethod
    def of(cls, viewer: Viewer) -> "Identity":
        """The identity of a viewer's connections."""
        return cls(viewer.tenant_id, viewer.user_id, viewer)


class LiveRights:
    """Keeps what this process remembers, and whom it is connected to, in step with revocations.

    The signal comes through Redis. One that gets lost there costs the time to the next sweep,
    which asks the database about everybody who is connected, many in one statement.
    """

    def __init__(self, standings: Standings, registry: SocketRegistry, bus: Bus) -> None:
        self._standings = standings
        self._registry = registry
        self._bus = bus
        self._sweep_wanted = asyncio.Event()

    @asynccontextmanager
    async def kept(self, revocations: Revocations) -> AsyncIterator[None]:
        """Hear revocations and sweep while the block lasts."""
        unwatch = self._bus.watch(self._maybe_missed)
        sweeper = asyncio.create_task(self._sweep_for_ever(), name="rights sweeper")
        try:
            async with revocations.heard(self.apply):
                yield
        finally:
            unwatch()
            sweeper.cancel()
            await asyncio.gather(sweeper, return_exceptions=True)

    def apply(self, revocation: Revocation) -> None:
        """Forget what is no longer so, and cut whom it concerns."""
        self._standings.strike(revocation)
        self._registry.cut(lambda info: _concerns(revocation, info), revocation.cause.value)

    async def sweep(self) -> None:
        """Cut every connection whose viewer is not any more what they were when it began."""
        identities = [connection.describe().identity for connection in self._registry]
        viewers = [one.viewer for one in identities if isinstance(one, Identity)]
        for start in range(0, len(viewers), SWEEP_BATCH):
            batch = viewers[start : start + SWEEP_BATCH]
            standings = await self._standings.ask([viewer.holder for viewer in batch])
            for viewer in batch:
                cause = _cause(viewer, standings.get(viewer.holder))
                if cause is not None:
                    self.apply(_revocation(cause, viewer))

    def _maybe_missed(self) -> None:
        self._standings.clear()
        self._sweep_wanted.set()

    async def _sweep_for_ever(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._sweep_wanted.wait()
            self._sweep_wanted.clear()
            try:
                await self.sweep()
            except Exception:
                # The database is away; readiness tells, and the next sweep tries again.
                log.exception("rights_not_swept")


def _concerns(revocation: Revocation, info: ConnectionInfo) -> bool:
    identity = info.identity
    return isinstance(identity, Identity) and revocation.concerns(identity.viewer.holder)


def _cause(viewer: Viewer, standing: Standing | None) -> Cause | None:
    """Why the viewer's connections must end, if they must."""
    if standing is None or standing.removed:
        return Cause.MEMBER_REMOVED
    if standing.suspended:
        return Cause.TENANT_SUSPENDED
    if standing.ended:
        return Cause.KEY_REVOKED if viewer.key_id is not None else Cause.SESSION_ENDED
    # A key or an outside token may have less than its user's role; nothing may have more.
    return None if standing.role.may_act_as(viewer.role) else Cause.ROLE_CHANGED


def _revocation(cause: Cause, viewer: Viewer) -> Revocation:
    holder = viewer.holder
    return Revocation(cause, holder.tenant_id, holder.user_id, holder.session_id, holder.key_id)
