"""What outlets' answers make of their devices, kept in the transaction of the outcomes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel import col, select

from dispatch.breaker import Circuit, Sign, after
from models.devices import Device, DeviceState
from models.events import EventKind
from realtime.unit_of_work import UnitOfWork


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


async def note_health(work: UnitOfWork, answers: Iterable[Answered], now: datetime) -> None:
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
        for device in await _lock(work, telling):
            _move_on(work, device, signs[device.id], now)


async def _lock(work: UnitOfWork, ids: set[UUID]) -> Sequence[Device]:
    statement = (
        select(Device)
        .where(Device.tenant_id == work.tenant_id, col(Device.id).in_(ids))
        .order_by(col(Device.id))
        .with_for_update(key_share=True)
    )
    return (await work.session.exec(statement)).all()


def _move_on(work: UnitOfWork, device: Device, signs: Sequence[Sign], now: datetime) -> None:
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
    device.paused_until = circuit.paused_until
    device.failures, device.trips = circuit.failures, circuit.trips
    told = (circuit.state, circuit.reason, circuit.paused_until)
    if told != (before.state, before.reason, before.paused_until):
        if circuit.state is not before.state:
            device.state_since = now
        device.state, device.state_reason = circuit.state, circuit.reason
        work.record(device, EventKind.DEVICE_CHANGED)
