"""What the commands do once the installation is there."""

import asyncio
import signal
import socket
from contextlib import AsyncExitStack

from app.garbage import spare_collections
from app.installation import Installation, SetupError
from app.maintenance import StatisticsKeeper
from app.runtime import make_importer, make_worker, require_bound, running
from app.seed import demo_token, is_seeded, seed_demo
from app.settings import Settings
from app.watching import watched
from models.database import Database


async def check_login(found: Installation) -> None:
    """Raise SetupError when the application's login could see past row-level security.

    Whatever serves asks again; this says it before anything listens.
    """
    database = Database(found.database_url, pool_min=1, pool_max=2)
    await database.connect()
    try:
        await require_bound(database)
    finally:
        await database.close()


def prepare_demo(found: Installation, settings: Settings) -> str:
    """Make the demo tenant if it is missing; a token for its user."""
    if found.owner_url is None:
        raise SetupError("The demo needs PARLEY_OWNER_DATABASE_URL, or embedded servers.")
    if not asyncio.run(is_seeded(found.owner_url)):
        asyncio.run(_seed(found, settings, found.owner_url))
    return demo_token(found.tokens())


async def _seed(found: Installation, settings: Settings, owner_url: str) -> None:
    async with running(found, settings) as runtime:
        await seed_demo(owner_url, runtime.services)


async def run_worker(
    found: Installation, settings: Settings, listener: socket.socket | None = None
) -> None:
    """Work until SIGTERM or SIGINT, and tell on the listener how it goes."""
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(running(found, settings))
        sender = make_worker(runtime, settings)
        workers = sender, make_importer(runtime, settings), StatisticsKeeper(runtime.database)
        health = None
        if listener is not None:
            health = await stack.enter_async_context(watched(runtime, sender, listener))

        def stop() -> None:
            if health is not None:
                health.draining = True
            for worker in workers:
                worker.stop()

        loop = asyncio.get_running_loop()
        for stop_signal in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop_signal, stop)
        spare_collections()
        async with asyncio.TaskGroup() as group:
            for worker in workers:
                group.create_task(worker.run())
