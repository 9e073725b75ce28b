"""Devices made, changed, connected and put away; administrators do that."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text
from sqlmodel import col
from sqlmodel import select as select_rows

from gateways.outlets import DeviceConfiguration
from gateways.protocol import GatewayError
from gateways.secrets import KeyRing, SecretsError
from models.database import Row
from models.devices import Device, DeviceKind, DeviceState
from models.events import EventKind
from models.identity import AuditAction
from models.tables import devices
from models.tenants import Role
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context
from resolvers.device_settings import (
    DeviceSettings,
    LimitChanges,
    made_secrets,
    require_all,
)
from resolvers.devices import find_device
from resolvers.errors import Code, UserError
from resolvers.identity import audit
from resolvers.limits import text_within
from resolvers.locking import locked

DEVICES_PER_TENANT = 100
d = devices.c
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('devices of ' || :tenant, 0))")


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What a client gives to make a device."""

    name: str
    settings: DeviceSettings
    limits: LimitChanges = field(default_factory=LimitChanges)


@dataclass(frozen=True, slots=True)
class DeviceUpdate:
    """What a client gives to change a device; what is not given stays as it is."""

    device_id: UUID
    name: str | None = None
    settings: DeviceSettings = field(default_factory=DeviceSettings)
    limits: LimitChanges = field(default_factory=LimitChanges)


@dataclass(frozen=True, slots=True)
class MadeDevice:
    """A device and the secrets that were made for the other side, which are shown this once."""

    row: Row
    secrets: Mapping[str, str]


async def create_device(context: Context, new: NewDevice) -> MadeDevice:
    """Make a device, which is to be connected next."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.ADMIN)
    text_within(new.name, services.limits.title, "name")
    kind, shown, secrets = new.settings.kind, new.settings.shown(), new.settings.secrets()
    require_all(kind, {**shown, **secrets})
    made = made_secrets(kind, secrets)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await _check_name(work, new.name)
        await _check_number(work)
        device = Device(
            tenant_id=viewer.tenant_id,
            name=new.name,
            kind=kind,
            settings=shown,
            limits=new.limits.kept(),
            state_since=services.clock(),
        )
        device.secrets = _sealed(services.outlets.keys, {**secrets, **made}, device.id)
        work.session.add(device)
        await work.session.flush()
        work.record(device, EventKind.DEVICE_CHANGED)
        audit.record(work, viewer, AuditAction.DEVICE_CREATED, device.id, name=new.name, kind=kind)
    return MadeDevice(await find_device(context, device.id), made)


async def update_device(context: Context, change: DeviceUpdate) -> Row:
    """Change a device. One whose credentials change is to be connected anew."""
    name = change.name
    if name is not None:
        text_within(name, context.services.limits.title, "name")
    async with _changing(context, change.device_id) as (work, device):
        if name is not None and name != device.name:
            await _check_name(work, name)
            device.name = name
        device.limits = device.limits | change.limits.kept()
        if not change.settings.empty:
            _tell(context, device, change.settings)
        audit.record(work, context.viewer, AuditAction.DEVICE_CHANGED, device.id, name=device.name)
    return await find_device(context, change.device_id)


async def connect_device(context: Context, device_id: UUID) -> Row:
    """Ask the outlet whether it takes messages: the device is CONNECTED then, or FAILED.

    No transaction is open meanwhile. Who changes the device in between has the last word.
    """
    async with _changing(context, device_id) as (_, device):
        _enter(context, device, DeviceState.CONNECTING)
        kind, secrets, revision = DeviceKind(device.kind), device.secrets, device.revision
        settings: dict[str, Any] = dict(device.settings)
    tenant_id = context.viewer.tenant_id
    refusal = await _refusal(
        context, DeviceConfiguration(tenant_id, device_id, kind, settings, secrets)
    )
    async with _changing(context, device_id) as (work, device):
        if device.revision == revision and device.state == DeviceState.CONNECTING:
            state = DeviceState.FAILED if refusal else DeviceState.CONNECTED
            _enter(context, device, state, refusal)
            audit.record(
                work, context.viewer, AuditAction.DEVICE_CHANGED, device.id, state=state.value
            )
    return await find_device(context, device_id)


async def disconnect_device(context: Context, device_id: UUID) -> Row:
    """Let nothing go out; what is queued waits. What a worker holds may still go."""
    async with _changing(context, device_id) as (work, device):
        _enter(context, device, DeviceState.DISCONNECTED)
        state = DeviceState.DISCONNECTED.value
        audit.record(work, context.viewer, AuditAction.DEVICE_CHANGED, device.id, state=state)
    return await find_device(context, device_id)


async def archive_device(context: Context, device_id: UUID) -> Row:
    """Put a device away for good: its secrets are forgotten, what is queued for it fails."""
    async with _changing(context, device_id) as (work, device):
        _enter(context, device, DeviceState.DISCONNECTED)
        device.secrets = None
        device.revision += 1
        device.archived_at = context.services.clock()
        audit.record(work, context.viewer, AuditAction.DEVICE_ARCHIVED, device.id, name=device.name)
    return await find_device(context, device_id)


@asynccontextmanager
async def _changing(context: Context, device_id: UUID) -> AsyncIterator[tuple[UnitOfWork, Device]]:
    """The device, locked, in a change that is told. Raises FORBIDDEN below ADMIN, NOT_FOUND."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.ADMIN)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        statement = select_rows(Device).where(
            col(Device.id) == device_id,
            col(Device.tenant_id) == viewer.tenant_id,
            col(Device.archived_at).is_(None),
        )
        device = await locked(work, statement, "device", "deviceId")
        yield work, device
        work.record(device, EventKind.DEVICE_CHANGED)


async def _refusal(context: Context, device: DeviceConfiguration) -> str | None:
    """Why the outlet would take no message; None when it would."""
    try:
        outlet = context.services.outlets.make(device)
        try:
            await outlet.check()
        finally:
            await outlet.close()
    except GatewayError as error:
        return error.code
    return None


def _enter(context: Context, device: Device, state: DeviceState, reason: str | None = None) -> None:
    """Be in a state from now on, with a circuit breaker that knows of no failures."""
    device.state = state
    device.state_reason = reason
    device.state_since = context.services.clock()
    device.paused_until = None
    device.failures = device.trips = 0


def _tell(context: Context, device: Device, told: DeviceSettings) -> None:
    if told.kind != device.kind:
        message = f"The device is of the kind {device.kind}, and stays so."
        raise UserError(Code.BAD_INPUT, message)
    device.settings = device.settings | told.shown()
    device.revision += 1
    secrets = told.secrets()
    if secrets:
        keys = context.services.outlets.keys
        device.secrets = _sealed(keys, {**_unsealed(keys, device), **secrets}, device.id)
    if told.loopback is None:
        _enter(context, device, DeviceState.DISCONNECTED)


def _sealed(keys: KeyRing, secrets: Mapping[str, str], device_id: UUID) -> bytes | None:
    if not secrets:
        return None
    try:
        return keys.seal(secrets, device_id)
    except SecretsError:
        message = "The server has no key to encrypt secrets with; PARLEY_SECRET_KEYS gives it one."
        raise UserError(Code.NO_SECRET_KEY, message) from None


def _unsealed(keys: KeyRing, device: Device) -> dict[str, str]:
    try:
        return keys.unseal(device.secrets, device.id) if device.secrets else {}
    except SecretsError:
        message = "The device's secrets cannot be read any more; make the device anew."
        raise UserError(Code.NO_SECRET_KEY, message) from None


async def _lock_list(work: UnitOfWork) -> None:
    """Let nobody else of the tenant make or rename a device until the commit."""
    connection = await work.session.connection()
    await connection.execute(_LOCK, {"tenant": str(work.tenant_id)})


async def _check_name(work: UnitOfWork, name: str) -> None:
    await _lock_list(work)
    connection = await work.session.connection()
    taken = await connection.scalar(select(func.count()).where(_open(work), d.name == name))
    if taken:
        raise UserError(Code.CONFLICT, f"There is a device {name!r} already.", "name")


async def _check_number(work: UnitOfWork) -> None:
    connection = await work.session.connection()
    held = await connection.scalar(select(func.count()).where(_open(work)))
    if held is not None and held >= DEVICES_PER_TENANT:
        message = f"There are {DEVICES_PER_TENANT} devices; archive one that is not needed."
        raise UserError(Code.TOO_MANY, message)


def _open(work: UnitOfWork) -> ColumnElement[bool]:
    return (d.tenant_id == work.tenant_id) & d.archived_at.is_(None)
