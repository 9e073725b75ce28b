"""A tenant with a user and a conversation in a database of its own, and a clock that tests move."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from dispatch.worker import Worker
from gateways.loopback import Behaviour, LoopbackGateway
from gateways.protocol import Gateway
from models.conversations import Conversation
from models.database import Database
from models.ids import new_id
from models.schedules import Schedule
from models.tenants import Role, User
from realtime.events import LiveEvent


class Clock:
    """A present that stands still until it is moved; it starts at the real one."""

    def __init__(self) -> None:
        self.present = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.present

    def move(self, **by: float) -> None:
        """Let time pass: `move(seconds=5)`."""
        self.present += timedelta(**by)


class Bells:
    """Keeps the events that were rung, and wakes who waits for one."""

    def __init__(self) -> None:
        self.rung: list[LiveEvent] = []
        self._more = asyncio.Condition()

    async def ring(self, events: Sequence[LiveEvent]) -> None:
        async with self._more:
            self.rung.extend(events)
            self._more.notify_all()

    async def heard(self, stream_id: UUID, **payload: Any) -> None:
        """Wait until a stream has told of this payload, ten seconds at most."""
        async with asyncio.timeout(10), self._more:
            await self._more.wait_for(lambda: payload in [told for _, told in self.of(stream_id)])

    def of(self, stream_id: UUID) -> list[tuple[str, dict[str, Any]]]:
        """Kinds and payloads of one stream's events, without ids."""
        return [
            (event.kind, {k: v for k, v in event.payload.items() if not k.endswith("_id")})
            for event in self.rung
            if event.stream_id == stream_id
        ]


@dataclass
class House:
    """What a test of the dispatcher arranges and looks at. `owner` sees all tenants."""

    database: Database
    owner: "asyncpg.Pool[asyncpg.Record]"
    tenant: UUID = field(default_factory=new_id)
    user: UUID = field(default_factory=new_id)
    conversation: UUID = field(default_factory=new_id)
    clock: Clock = field(default_factory=Clock)
    bells: Bells = field(default_factory=Bells)

    async def furnish(self) -> "House":
        """Make the tenant, its user and its conversation."""
        await self.owner.execute(
            "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, $2, $2, now())",
            self.tenant,
            self.tenant.hex,
        )
        async with self.database.transaction(self.tenant) as session:
            session.add(
                User(id=self.user, tenant_id=self.tenant, handle="ana", name="Ana", role=Role.AGENT)
            )
            session.add(Conversation(id=self.conversation, tenant_id=self.tenant, title="Family"))
        return self

    async def neighbour(self) -> "House":
        """Another tenant of the same installation, in the same present."""
        return await House(self.database, self.owner, clock=self.clock, bells=self.bells).furnish()

    async def schedule(self, body: str = "hello", **ahead: float) -> UUID:
        """Schedule a message: `schedule(minutes=5)`; without a time it is due now."""
        at = self.clock() + timedelta(**ahead)
        schedule = Schedule(
            tenant_id=self.tenant,
            conversation_id=self.conversation,
            created_by_id=self.user,
            body=body,
            send_at=at,
            next_at=at,
        )
        async with self.database.transaction(self.tenant) as session:
            session.add(schedule)
        return schedule.id

    def gateway(self, behaviour: Behaviour | None = None) -> LoopbackGateway:
        """A loopback gateway of this house."""
        return LoopbackGateway(
            self.database, self.bells, clock=self.clock, behaviour=behaviour, concurrency=4
        )

    def worker(self, gateway: Gateway | None = None, **options: Any) -> Worker:
        """A worker whose waits have no jitter."""
        options.setdefault("pause", timedelta(milliseconds=1))
        return Worker(
            self.database,
            self.bells,
            gateway or self.gateway(),
            clock=self.clock,
            jitter=lambda: 0.0,
            **options,
        )

    async def bodies(self) -> list[str]:
        """What was posted in the conversation, in reading order."""
        rows = await self.owner.fetch(
            "SELECT body FROM messages WHERE conversation_id = $1 ORDER BY sent_at, id",
            self.conversation,
        )
        return [row["body"] for row in rows]

    async def deliveries(self) -> list[asyncpg.Record]:
        """The tenant's deliveries, the oldest first."""
        return await self.owner.fetch(
            "SELECT * FROM deliveries WHERE tenant_id = $1 ORDER BY due_at, id", self.tenant
        )

    async def statuses(self) -> list[str]:
        """The statuses of the tenant's deliveries, the oldest first."""
        return [row["status"] for row in await self.deliveries()]
