"""What lives as long as the process: the database, the bus, the hub and the worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog

from app.embedded import default_data_dir
from app.installation import Installation, SetupError
from app.keeping import StoreKeeper
from app.maintenance import StatisticsKeeper, maintain
from app.settings import Settings
from dispatch.collecting import Files
from dispatch.limiting import RatePolicy
from dispatch.worker import Worker
from gateways.loopback import LoopbackGateway
from gateways.outlets import OutletMaker, OutletOptions
from gateways.registry import DeviceGateways
from gateways.secrets import KeyRing
from importing.bucket_store import BucketStore
from importing.fetching import discard_unused
from importing.jobs import ImportWorker
from importing.media_store import DirectoryStore, MediaStore
from importing.uploads import UploadFolder
from models.database import Database
from realtime.bus import Bus
from realtime.hub import Hub
from realtime.presence import Presence
from realtime.unit_of_work import Bell
from resolvers.context import Services
from resolvers.limits import Limits

log = structlog.get_logger(__name__)

# A claim is one statement and one wait for the disk, however little it takes.
LEAST_BATCH = 100


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts of a running process."""

    database: Database
    bus: Bus
    hub: Hub
    services: Services
    uploads: UploadFolder
    media: MediaStore
    outlets: OutletMaker
    gateways: DeviceGateways


@asynccontextmanager
async def running(installation: Installation, settings: Settings) -> AsyncIterator[Runtime]:
    """Connect everything; at the end close it in the opposite order.

    Raises SetupError when the database's login could see past row-level security.
    """
    database = Database(
        installation.database_url,
        pool_min=settings.pool_min,
        pool_max=settings.pool_max,
        pool_recycle=settings.pool_recycle,
        command_timeout=settings.command_timeout,
        read_timeout=settings.read_timeout,
        replica_urls=[url.get_secret_value() for url in settings.replica_urls],
        replica_max_lag=settings.replica_max_lag,
    )
    bus = Bus(installation.redis_url)
    hub = Hub(database, bus)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await database.connect()
        await require_bound(database)
        stack.push_async_callback(bus.close)
        await bus.connect()
        stack.push_async_callback(hub.stop)
        await hub.start()
        presence = Presence(bus)
        stack.push_async_callback(presence.stop)
        await presence.start()
        maintenance = asyncio.create_task(
            maintain(database, bus, settings.event_retention_days), name="maintenance"
        )
        stack.callback(maintenance.cancel)
        limits = content_limits(settings)
        uploads = UploadFolder(store_dir(settings) / "uploads", settings.max_upload_bytes)
        media = media_store(settings)
        outlets = make_outlets(settings, database, bus, media)
        gateways = DeviceGateways(database, outlets, LoopbackGateway(database, bus))
        stack.push_async_callback(gateways.close)
        services = Services(
            database,
            bus,
            hub,
            limits,
            uploads=uploads,
            presence=presence,
            outlet_maker=outlets,
            discard=partial(discard_unused, database, media),
        )
        yield Runtime(database, bus, hub, services, uploads, media, outlets, gateways)


def store_dir(settings: Settings) -> Path:
    """Where uploads and media are kept."""
    return settings.store_dir or (settings.data_dir or default_data_dir()) / "store"


def media_store(settings: Settings) -> MediaStore:
    """Where media are kept: a bucket, or a directory. Raises SetupError for a bad address."""
    if settings.media_url is None:
        return DirectoryStore(store_dir(settings) / "media")
    try:
        return BucketStore.at(settings.media_url)
    except ValueError as error:
        raise SetupError(f"PARLEY_MEDIA_URL: {error}") from None


async def require_bound(database: Database) -> None:
    """Raise SetupError when the login of `database` could see past row-level security."""
    if await database.bypasses_policies():
        raise SetupError(
            "DATABASE_URL's login bypasses row-level security (a superuser, or the tables' owner)."
            " Connect as a login that is only a member of parley_app; `parley migrate` makes the"
            " one that DATABASE_URL names."
        )


def content_limits(settings: Settings) -> Limits:
    """The limits of what users write and publish, as the settings give them."""
    return Limits(
        body=settings.max_message_length,
        recipients=settings.max_recipients,
        search_seconds=settings.search_seconds,
        ciphertext_bytes=settings.max_ciphertext_bytes,
        public_key_bytes=settings.max_public_key_bytes,
        public_keys=settings.max_public_keys,
        public_key_history=settings.max_public_key_history,
        device_tiers=device_tiers(settings),
    )


def device_tiers(settings: Settings) -> tuple[int, int, int, int]:
    """Messages a minute by priority, for devices with no rates of their own."""
    return (
        settings.rate_critical,
        settings.rate_high,
        settings.rate_normal,
        settings.rate_low,
    )


def secret_keys(settings: Settings) -> KeyRing:
    """The keys that encrypt secrets. Raises SetupError for what is none."""
    try:
        return KeyRing.parse(
            settings.secret_keys.get_secret_value() if settings.secret_keys else ""
        )
    except ValueError as error:
        raise SetupError(f"PARLEY_SECRET_KEYS: {error}.") from None


def make_outlets(
    settings: Settings, database: Database, bell: Bell, media: MediaStore
) -> OutletMaker:
    """What makes the outlets of devices. Raises SetupError for keys that are none."""

    def read_file(tenant_id: UUID, name: str) -> bytes:
        with media.open(tenant_id, name) as file:
            return file.read()

    options = OutletOptions(
        settings.whatsapp_url, settings.whatsapp_version, settings.internal_addresses
    )
    return OutletMaker(database, bell, secret_keys(settings), read_file, options)


@asynccontextmanager
async def working(runtime: Runtime, settings: Settings) -> AsyncIterator[Worker]:
    """Run the workers beside what the block does; at the end finish the sending in flight."""
    worker, importer = make_worker(runtime, settings), make_importer(runtime, settings)
    keeper = StatisticsKeeper(runtime.database)
    tasks = [
        asyncio.create_task(worker.run(), name="worker"),
        asyncio.create_task(importer.run(), name="importer"),
        asyncio.create_task(keeper.run(), name="statistics"),
    ]
    for task in tasks:
        task.add_done_callback(_tell)
    try:
        yield worker
    finally:
        worker.stop()
        importer.stop()
        keeper.stop()
        await asyncio.gather(*tasks, return_exceptions=True)


def make_worker(runtime: Runtime, settings: Settings) -> Worker:
    """The worker that sends through the outlets of devices."""
    rates = RatePolicy(
        device_tiers(settings),
        settings.tenant_rate,
        settings.system_rate,
        settings.tenant_tiers,
        settings.system_tiers,
    )
    files = Files(runtime.outlets, StoreKeeper(runtime.media))
    at_once = settings.deliveries_at_once
    return Worker(
        runtime.database,
        runtime.bus,
        runtime.gateways,
        batch=max(LEAST_BATCH, at_once // 4),
        in_flight=at_once,
        rates=rates,
        files=files,
    )


def make_importer(runtime: Runtime, settings: Settings) -> ImportWorker:
    """The worker that imports what was uploaded."""
    return ImportWorker(
        runtime.database,
        runtime.bus,
        runtime.uploads,
        runtime.media,
        at_once=settings.imports_at_once,
    )


def _tell(task: "asyncio.Task[None]") -> None:
    """A worker that dies is told at once; readiness then reports it."""
    if not task.cancelled() and task.exception() is not None:
        log.error("worker_died", exc_info=task.exception())
