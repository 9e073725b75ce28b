"""The commands that serve, and that make ready what is served."""

import asyncio
import signal
import socket
from contextlib import AsyncExitStack
from typing import Annotated

import typer
import uvloop
from rich.markup import escape

from app.cli.console import installation, operator, out
from app.doctor import examine
from app.garbage import spare_collections
from app.installation import Installation, SetupError
from app.maintenance import StatisticsKeeper
from app.runtime import make_importer, make_worker, require_bound, running
from app.seed import demo_token, is_seeded, seed_demo
from app.server import address_of, listen
from app.server import serve as run_server
from app.settings import Settings
from app.watching import watched
from app.welcome import welcome
from models.database import Database

cli = typer.Typer()


@cli.command()
def serve(
    demo: Annotated[bool, typer.Option(help="A demo tenant, and a signed-in playground.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0: any.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Migrate where that is possible, and serve the API with the worker beside it."""
    settings = Settings()
    if demo:
        settings = settings.model_copy(update={"demo": True, "introspection": True})
    with installation(settings) as found:
        found.bring_up_to_date()
        asyncio.run(check_login(found))
        token = prepare_demo(found, settings) if demo else None
        run_server(
            found,
            settings,
            host=host,
            port=port,
            workers=workers,
            ready=lambda address: welcome(out, address, token),
        )


@cli.command()
def worker(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(help="Port for /metrics and /health; 0: any. Without it none listens."),
    ] = None,
) -> None:
    """Send what is due, until SIGTERM; what is in flight is finished first."""
    settings = Settings()
    with installation(settings) as found:
        listener = None
        if port is not None:
            listener = listen(host, port)
            out.print(f"/metrics and /health at {address_of(listener, host)}")
        uvloop.run(run_worker(found, settings, listener))


@cli.command()
def migrate() -> None:
    """Bring the database to the newest revision, and let DATABASE_URL's login in."""
    with operator(Settings()) as (found, _):
        changed = found.bring_up_to_date()
        out.print("Migrated." if changed else "Nothing to migrate.")


@cli.command()
def seed() -> None:
    """Make the demo tenant and import its chat."""
    settings = Settings()
    with operator(settings) as (found, _):
        found.bring_up_to_date()
        prepare_demo(found, settings)
        out.print("The demo tenant is there.")


@cli.command()
def doctor() -> None:
    """Look at everything that serving needs, and say what to do about what is wrong."""
    settings = Settings()
    with installation(settings, quiet=True) as found:
        replicas = [url.get_secret_value() for url in settings.replica_urls]
        findings = asyncio.run(examine(found, replicas))
        for finding in findings:
            mark = "[green]ok[/green]  " if finding.good else "[red]bad[/red] "
            out.print(f"{mark} {escape(finding.subject)}: {escape(finding.detail)}", soft_wrap=True)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


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
