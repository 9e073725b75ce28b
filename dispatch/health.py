"""What outlets' answers make of their devices, kept in the transaction of the outcomes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from dispatch.breaker import Circuit, Sign, after
from models.database import Row
from models.devices import DeviceState
from models.events import EventKind, Stream
from realtime.events import LiveEvent
from realtime.unit_of_work import Work

_LOCK = """
SELECT id, state, state_reason, paused_until, failures, trips, last_seq FROM devices
WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE
"""
_MOVE_ON = """
UPDATE devices
SET state_since = CASE WHEN state = $2 THEN state_since ELSE $7 END, state = $2,
    state_reason = $3, paused_until = $4, failures = $5, trips = $6, last_seq = last_seq + $8
WHERE id = $1
"""


class Answered(Protocol):
    """An outcome: `sign` is what it says of the outlet of its device, if it says anything."""

    @property
    def device_id(self) -> UUID | None:
        """The device that the delivery went through."""
        ...

    @property
    def sign(self) -> Sign | None:
        """What the answer says."""
        ...

    @property
    def tells(self) -> bool:
        """Whether the answer may change how the device is."""
        ...


async def note_health(work: Work, answers: Iterable[Answered], now: datetime) -> None:
    """Move the circuit breakers of the devices on, and tell of those whose state changed.

    Devices that were well and answered well, which is the rule, cost nothing. Devices are locked
    last, after schedules and deliveries.
    """
    signs: dict[UUID, list[Sign]] = defaultdict(list)
    telling: set[UUID] = set()
    for answer in answers:
        if answer.device_id is not None and answer.sign is not None:
            signs[answer.device_id].append(answer.sign)
            if answer.tells:
                telling.add(answer.device_id)
    if telling:
        driver = await work.driver()
        for device in await driver.fetch(_LOCK, work.tenant_id, list(telling)):
            await _move_on(work, device, signs[device.id], now)


async def _move_on(work: Work, device: Row, signs: Sequence[Sign], now: datetime) -> None:
    before = Circuit(
        DeviceState(device.state),
        device.state_reason,
        device.paused_until,
        device.failures,
        device.trips,
    )
    circuit = after(before, signs, now)
    if circuit == before:
        return
    told = (circuit.state, circuit.reason, circuit.paused_until)
    tells = told != (before.state, before.reason, before.paused_until)
    driver = await work.driver()
    await driver.execute(
        _MOVE_ON, device.id, *told, circuit.failures, circuit.trips, now, 1 if tells else 0
    )
    if tells:
        changed = LiveEvent.bare(
            work.tenant_id,
            device.id,
            device.last_seq + 1,
            Stream.DEVICE,
            EventKind.DEVICE_CHANGED,
            created_at=now,
        )
        await work.keep([changed])
