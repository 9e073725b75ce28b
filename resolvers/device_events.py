"""What becomes of devices, as it happens or after a cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from models.database import Row
from models.events import EventKind
from realtime.events import LiveEvent
from resolvers.devices import devices_by_id, find_device
from resolvers.live import EventStream, Found

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """An event of a device and the device as it is now."""

    event: LiveEvent
    device: Row


class DeviceChanges(EventStream[T]):
    """The events of one device after a cursor, or of all devices from now on.

    Devices are the whole tenant's.
    """

    async def admit(self) -> None:
        """Raise NOT_FOUND unless there is such a device."""
        if self._stream_id is not None:
            await find_device(self.context, self._stream_id)

    async def _find(self, events: Sequence[LiveEvent]) -> list[Found]:
        changed = [event for event in events if event.kind is EventKind.DEVICE_CHANGED]
        if not changed:
            return []
        rows = await devices_by_id(self.context.read, {event.stream_id for event in changed})
        return [
            Found(event, DeviceChange(event, row), None)
            for event in changed
            if (row := rows.get(event.stream_id)) is not None
        ]
