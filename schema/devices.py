"""Devices: where messages go out and come in."""

from collections.abc import AsyncIterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
import strawberry

from gateways.loopback_told import Told
from models.device_limits import limits_of
from resolvers.device_events import DeviceChange, DeviceChanges
from resolvers.feeds import event_cursor
from schema.enums import DeviceKind, DeviceState
from schema.fields import SAME_FOR_ALL, Info, Node, column
from schema.ids import IdType, decode_optional_id, encode_id


@strawberry.type(description="How fast messages may leave a device; 0: no limit.")
class DeviceLimits:
    critical: int = strawberry.field(description="Messages of this priority a minute.")
    high: int = strawberry.field(description="Messages of this priority a minute.")
    normal: int = strawberry.field(description="Messages of this priority a minute.")
    low: int = strawberry.field(description="Messages of this priority a minute.")
    per_hour: int = strawberry.field(description="Messages of all priorities an hour.")
    at_once: int = strawberry.field(description="Calls under way, those of all workers together.")
    pair_per_minute: int = strawberry.field(description="Messages a minute to one recipient.")
    pair_burst: int = strawberry.field(description="Of these, how many may go at once.")


@strawberry.type(description="How a loopback device misbehaves; 0: never.")
class LoopbackBehaviour:
    delay_ms: int
    reorder: bool
    fail_every: int
    time_out_every: int
    per_minute: int


@strawberry.type(description="An outlet for messages: its settings, and how it is doing.")
class Device(Node):
    id_type = IdType.DEVICE

    name: str = column()
    kind: DeviceKind = column()
    state: DeviceState = column()
    state_reason: str | None = column(
        "Why it is so: the outlet's code where it refused or failed. docs/gateways.md has them."
    )
    state_since: datetime = column()
    paused_until: datetime | None = column("Nothing is sent before; the outlet asked, or failed.")
    last_heard_at: datetime | None = column("When its webhook was last called.")
    archived_at: datetime | None = column()
    created_at: datetime = column()

    @strawberry.field(metadata=SAME_FOR_ALL)
    def limits(self, info: Info) -> DeviceLimits:
        tiers = info.context.services.limits.device_tiers
        found = limits_of(DeviceKind(self.row.kind), orjson.loads(self.row.limits), tiers)
        return DeviceLimits(
            critical=found.critical,
            high=found.high,
            normal=found.normal,
            low=found.low,
            per_hour=found.per_hour,
            at_once=found.at_once,
            pair_per_minute=found.pair_per_minute,
            pair_burst=found.pair_burst,
        )

    @strawberry.field(description="Of a device of the kind WHATSAPP_CLOUD.")
    def phone_number_id(self) -> str | None:
        return _text(self._settings.get("phone_number_id"))

    @strawberry.field(description="Of a device of the kind WHATSAPP_CLOUD: to be set at Meta's.")
    def webhook_path(self) -> str | None:
        if self.row.kind != DeviceKind.WHATSAPP_CLOUD:
            return None
        return f"/webhooks/whatsapp/{encode_id(IdType.DEVICE, self.row['id'])}"

    @strawberry.field(description="Of a device of the kind HTTP: where messages are posted.")
    def url(self) -> str | None:
        return _text(self._settings.get("url"))

    @strawberry.field(description="Of a device of the kind LOOPBACK.")
    def behaviour(self) -> LoopbackBehaviour | None:
        if self.row.kind != DeviceKind.LOOPBACK:
            return None
        return LoopbackBehaviour(**asdict(Told.of(self._settings)))

    @property
    def _settings(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.row.settings)
        return found


@strawberry.type(description="A change of a device. `cursor` resumes after it.")
class DeviceEvent:
    cursor: str
    at: datetime
    device: Device = strawberry.field(description="As it is now.")


@strawberry.type
class DeviceSubscriptions:
    @strawberry.subscription(
        description="Changes of one device, after a cursor or from now on; or of all devices."
    )
    def device_events(
        self, info: Info, device_id: strawberry.ID | None = None, after: str | None = None
    ) -> AsyncIterable[DeviceEvent]:
        key = decode_optional_id(IdType.DEVICE, device_id, "deviceId")
        return DeviceChanges(info.context, device_event, key, after)


def device_event(change: DeviceChange) -> DeviceEvent:
    """The event as its type."""
    return DeviceEvent(
        cursor=event_cursor(change.event),
        at=change.event.created_at,
        device=Device(row=change.device),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
