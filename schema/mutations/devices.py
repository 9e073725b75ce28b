"""Making, changing and connecting devices."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import strawberry

from gateways.loopback_told import Told
from models.database import Row
from resolvers import device_changes as resolve
from resolvers.context import Context
from resolvers.device_changes import DeviceUpdate, NewDevice
from resolvers.device_settings import (
    DeviceSettings,
    HttpSettings,
    LimitChanges,
    WhatsAppSettings,
)
from schema.devices import Device
from schema.errors import MutationResult, changed, outcome
from schema.fields import Info
from schema.ids import IdType, decode_id


@strawberry.input(description="How a loopback device misbehaves, for tests and shows; 0: never.")
class LoopbackInput:
    delay_ms: int = strawberry.field(default=0, description="How long each message takes.")
    reorder: bool = strawberry.field(
        default=False, description="Each takes anything up to `delayMs`: they come out of order."
    )
    fail_every: int = strawberry.field(default=0, description="Each so-manieth message fails.")
    time_out_every: int = strawberry.field(
        default=0, description="Each so-manieth is posted, and its answer lost."
    )
    per_minute: int = strawberry.field(default=0, description="More in a minute are refused.")

    def parsed(self) -> Told:
        """The input as resolvers take it."""
        return Told(
            self.delay_ms, self.reorder, self.fail_every, self.time_out_every, self.per_minute
        )


@strawberry.input(description="A phone number of the WhatsApp Cloud API, as Meta's pages name it.")
class WhatsAppInput:
    phone_number_id: str | None = None
    access_token: str | None = strawberry.field(default=None, description="Of a system user.")
    app_secret: str | None = strawberry.field(
        default=None, description="It signs the calls of the webhook."
    )
    verify_token: str | None = strawberry.field(
        default=None, description="For setting the webhook up; without it one is made."
    )

    def parsed(self) -> WhatsAppSettings:
        """The input as resolvers take it."""
        return WhatsAppSettings(
            self.phone_number_id, self.access_token, self.app_secret, self.verify_token
        )


@strawberry.input(description="An endpoint that takes signed webhooks; docs/gateways.md has them.")
class HttpInput:
    url: str | None = None
    signing_secret: str | None = strawberry.field(
        default=None,
        description="`whsec_` and 24 to 64 bytes in Base64; without it one is made.",
    )

    def parsed(self) -> HttpSettings:
        """The input as resolvers take it."""
        return HttpSettings(self.url, self.signing_secret)


@strawberry.input(description="What is not given is as for all devices of the kind; 0: no limit.")
class DeviceLimitsInput:
    critical: int | None = None
    high: int | None = None
    normal: int | None = None
    low: int | None = None
    per_hour: int | None = None
    at_once: int | None = None
    pair_per_minute: int | None = None
    pair_burst: int | None = None

    def parsed(self) -> LimitChanges:
        """The input as resolvers take it."""
        return LimitChanges(
            self.critical,
            self.high,
            self.normal,
            self.low,
            self.per_hour,
            self.at_once,
            self.pair_per_minute,
            self.pair_burst,
        )


@strawberry.input
class _DeviceSettingsInput:
    loopback: LoopbackInput | None = None
    whatsapp: WhatsAppInput | None = None
    http: HttpInput | None = None
    limits: DeviceLimitsInput | None = None

    def settings(self) -> DeviceSettings:
        """The settings as resolvers take them."""
        return DeviceSettings(
            self.loopback.parsed() if self.loopback else None,
            self.whatsapp.parsed() if self.whatsapp else None,
            self.http.parsed() if self.http else None,
        )

    def changed_limits(self) -> LimitChanges:
        """The limits as resolvers take them."""
        return self.limits.parsed() if self.limits else LimitChanges()


@strawberry.input(description="One of `loopback`, `whatsapp` and `http` says what it is.")
class CreateDeviceInput(_DeviceSettingsInput):
    name: str = strawberry.field(description="At most 200 characters, and nobody else's.")

    def parsed(self) -> NewDevice:
        """The input as resolvers take it."""
        return NewDevice(self.name, self.settings(), self.changed_limits())


@strawberry.input
class _DeviceInput:
    device_id: strawberry.ID

    def key(self) -> UUID:
        """The device's UUID. Raises BAD_ID."""
        return decode_id(IdType.DEVICE, self.device_id, "deviceId")


@strawberry.input(description="What is not given stays. New credentials are to be connected.")
class UpdateDeviceInput(_DeviceInput, _DeviceSettingsInput):
    name: str | None = None

    def parsed(self) -> DeviceUpdate:
        """The input as resolvers take it. Raises BAD_ID."""
        return DeviceUpdate(self.key(), self.name, self.settings(), self.changed_limits())


@strawberry.input
class ConnectDeviceInput(_DeviceInput):
    pass


@strawberry.input
class DisconnectDeviceInput(_DeviceInput):
    pass


@strawberry.input
class ArchiveDeviceInput(_DeviceInput):
    pass


@strawberry.type
class _DeviceResult(MutationResult):
    device: Device | None = None


@strawberry.type
class CreateDevicePayload(_DeviceResult):
    verify_token: str | None = strawberry.field(
        default=None, description="Made for Meta's setting of the webhook; shown this once."
    )
    signing_secret: str | None = strawberry.field(
        default=None, description="Made for the endpoint; shown this once."
    )


@strawberry.type
class UpdateDevicePayload(_DeviceResult):
    pass


@strawberry.type
class ConnectDevicePayload(_DeviceResult):
    pass


@strawberry.type
class DisconnectDevicePayload(_DeviceResult):
    pass


@strawberry.type
class ArchiveDevicePayload(_DeviceResult):
    pass


Payload = TypeVar("Payload", bound=_DeviceResult)


@strawberry.type
class DeviceMutations:
    @strawberry.mutation(description="It sends nothing before it is connected.")
    async def create_device(self, info: Info, input: CreateDeviceInput) -> CreateDevicePayload:
        made, errors = await outcome(lambda: resolve.create_device(info.context, input.parsed()))
        if made is None:
            return CreateDevicePayload(user_errors=errors)
        return CreateDevicePayload(
            device=Device(row=made.row),
            verify_token=made.secrets.get("verify_token"),
            signing_secret=made.secrets.get("signing_secret"),
            user_errors=[],
        )

    @strawberry.mutation
    async def update_device(self, info: Info, input: UpdateDeviceInput) -> UpdateDevicePayload:
        device, errors = await changed(
            Device, lambda: resolve.update_device(info.context, input.parsed())
        )
        return UpdateDevicePayload(device=device, user_errors=errors)

    @strawberry.mutation(
        description="Ask the outlet with the device's credentials. It is CONNECTED then, or FAILED"
        " with the outlet's reason."
    )
    async def connect_device(self, info: Info, input: ConnectDeviceInput) -> ConnectDevicePayload:
        return await _changed(resolve.connect_device, info, input, ConnectDevicePayload)

    @strawberry.mutation(description="What is queued waits until it is connected again.")
    async def disconnect_device(
        self, info: Info, input: DisconnectDeviceInput
    ) -> DisconnectDevicePayload:
        return await _changed(resolve.disconnect_device, info, input, DisconnectDevicePayload)

    @strawberry.mutation(
        description="For good: its secrets are forgotten, and what is queued for it fails."
    )
    async def archive_device(self, info: Info, input: ArchiveDeviceInput) -> ArchiveDevicePayload:
        return await _changed(resolve.archive_device, info, input, ArchiveDevicePayload)


async def _changed(
    change: Callable[[Context, UUID], Awaitable[Row]],
    info: Info,
    given: _DeviceInput,
    payload: type[Payload],
) -> Payload:
    device, errors = await changed(Device, lambda: change(info.context, given.key()))
    return payload(device=device, user_errors=errors)
