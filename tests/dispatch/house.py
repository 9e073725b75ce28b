"""A tenant with a user and a conversation in a database of its own, and a clock that tests move."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from dispatch.firing import fire
from dispatch.worker import Worker
from gateways.loopback import Behaviour, LoopbackGateway
from gateways.protocol import Gateway
from models.conversations import Conversation
from models.database import Database
from models.deliveries import Delivery
from models.device_limits import DeviceLimits
from models.devices import Device, DeviceKind, DeviceState
from models.ids import new_id
from models.schedules import Priority, Schedule, ScheduleStatus
from models.tenants import Role, User
from realtime.events import LiveEvent
from realtime.unit_of_work import unit_of_work
from tests.tenants import make_tenant


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
        """Wait until a stream has told of this payload."""
        async with asyncio.timeout(60), self._more:
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
        await make_tenant(self.owner, self.tenant)
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

    async def device(
        self, limits: dict[str, int] | None = None, kind: DeviceKind = DeviceKind.HTTP
    ) -> UUID:
        """A connected device with these limits and no others."""
        nothing = dict.fromkeys(DeviceLimits.__slots__, 0) | {"pair_burst": 1}
        device = Device(
            tenant_id=self.tenant,
            name=new_id().hex,
            kind=kind,
            state=DeviceState.CONNECTED,
            limits=nothing | (limits or {}),
        )
        async with self.database.transaction(self.tenant) as session:
            session.add(device)
        return device.id

    async def queue(
        self,
        count: int,
        device: UUID | None = None,
        *,
        priority: int = Priority.NORMAL,
        recipient: str | None = None,
        **ahead: float,
    ) -> UUID:
        """Queue messages of a new schedule that are due now, or later: `queue(3, minutes=5)`.

        All to one recipient, or each to another; their bodies are numbers.
        """
        now = self.clock()
        schedule = Schedule(
            tenant_id=self.tenant,
            conversation_id=self.conversation,
            created_by_id=self.user,
            status=ScheduleStatus.COMPLETED,
            body="",
            send_at=now,
        )
        async with self.database.transaction(self.tenant) as session:
            session.add(schedule)
            await session.flush()
            session.add_all(
                Delivery(
                    tenant_id=self.tenant,
                    schedule_id=schedule.id,
                    conversation_id=self.conversation,
                    device_id=device,
                    priority=priority,
                    occurrence_at=now + timedelta(microseconds=n),
                    recipient=recipient or f"+3460000{n:04}",
                    body=str(n),
                    due_at=now + timedelta(**ahead),
                    created_at=now,
                    updated_at=now,
                )
                for n in range(count)
            )
        return schedule.id

    async def state_of(self, device: UUID) -> asyncpg.Record:
        """The row of a device."""
        row = await self.owner.fetchrow("SELECT * FROM devices WHERE id = $1", device)
        assert row is not None
        return row

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

    async def fire(self, limit: int = 100) -> int:
        """Fire what is due, in one transaction; how many schedules had their turn."""
        async with unit_of_work(self.database, self.bells, self.tenant) as work:
            return await fire(work, self.clock(), limit)

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
