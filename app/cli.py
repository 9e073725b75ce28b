"""The command line: `parley serve`, `worker`, `migrate`, `import`, `schema`, `token`, `seed`, …"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
import uvloop
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from app import logging
from app.archives import IMPORTER, conversation_of, run_export, run_import, run_preview
from app.commands import check_login, prepare_demo, run_worker
from app.doctor import examine
from app.embedded import EmbeddedError
from app.installation import Installation, SetupError, installed
from app.resealing import reseal as reseal_devices
from app.runtime import secret_keys
from app.seed import DEMO_SLUG, ensure_user
from app.server import address_of, listen
from app.server import serve as run_server
from app.settings import Settings
from app.signin.key_file import KeyFile
from app.signin.operators import WalletRole, set_suspension, set_wallet_role
from app.welcome import welcome
from importing.batches import ImportOptions
from importing.detection import DateOrder
from importing.export.message import ExportFormat
from models.base import now
from models.tenants import Role
from schema.build import sdl

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Parley: a GraphQL API server for conversations.",
)
tenants = typer.Typer(no_args_is_help=True, help="What operators do to tenants.")
keys = typer.Typer(
    no_args_is_help=True, help="The keys that sign tokens, and those that encrypt secrets."
)
cli.add_typer(tenants, name="tenant")
cli.add_typer(keys, name="keys")
out = Console()
err = Console(stderr=True)


@contextmanager
def installation(settings: Settings, *, quiet: bool = False) -> Iterator[Installation]:
    """The installation, or one line that says what is wrong with it.

    `quiet`: for commands that say themselves what they did, only what goes wrong is logged.
    """
    logging.configure(settings.log_format, "WARNING" if quiet else settings.log_level)
    with complaining(), installed(settings) as found:
        yield found


@contextmanager
def complaining() -> Iterator[None]:
    """Say in one line what goes wrong, and end with status 1."""
    try:
        yield
    except (EmbeddedError, SetupError) as error:
        _complain(str(error))
        raise typer.Exit(1) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _complain(str(error) or type(error).__name__)
        raise typer.Exit(1) from None


def _complain(message: str) -> None:
    err.print(f"[red]parley:[/red] {escape(message)}", soft_wrap=True, highlight=False)


@contextmanager
def operator(settings: Settings) -> Iterator[tuple[Installation, str]]:
    """The installation and the owner's URL, for what the application's login may not do."""
    with installation(settings, quiet=True) as found:
        if found.owner_url is None:
            raise SetupError(
                "This needs PARLEY_OWNER_DATABASE_URL: the database as its owner reaches it."
            )
        yield found, found.owner_url


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


@cli.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A chat export, .txt or .zip.", dir_okay=False)],
    *,
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")] = DEMO_SLUG,
    title: Annotated[str | None, typer.Option(help="Instead of the file name's.")] = None,
    timezone: Annotated[str, typer.Option(help="IANA zone of the export's times.")] = "UTC",
    date_order: Annotated[
        DateOrder | None,
        typer.Option(case_sensitive=False, help="Instead of what the file's dates show."),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(help="The conversation that holds the chat as another member exported it."),
    ] = None,
    me: Annotated[
        str | None, typer.Option(help="The name under which the user appears in the chat.")
    ] = None,
    user: Annotated[str, typer.Option(help="The handle of whoever imports.")] = IMPORTER,
    dry_run: Annotated[bool, typer.Option(help="Only show what the file holds.")] = False,
) -> None:
    """Import a WhatsApp export, or an NDJSON export; the same file again adds nothing."""
    settings = Settings()
    with complaining():
        options = ImportOptions(
            title=title,
            timezone=timezone,
            date_order=date_order,
            me=me,
            into=conversation_of(into),
        )
    if dry_run:
        with complaining():
            asyncio.run(run_preview(file, options, out))
        return
    with operator(settings) as (found, owner_url):
        found.bring_up_to_date()
        summary = asyncio.run(
            run_import(
                *(found, settings, owner_url),
                tenant=tenant,
                user=user,
                path=file,
                options=options,
                console=err,
            )
        )
        out.print(summary)


@cli.command()
def export(
    conversation: Annotated[str, typer.Argument(help="Its id.")],
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")] = DEMO_SLUG,
    form: Annotated[ExportFormat, typer.Option("--format")] = ExportFormat.NDJSON,
    output: Annotated[
        Path | None, typer.Option(help="A file; without it the standard output.", dir_okay=False)
    ] = None,
) -> None:
    """Write a conversation as NDJSON, which can be imported again, CSV or HTML."""
    settings = Settings()
    with operator(settings) as (found, owner_url):
        found.bring_up_to_date()
        asyncio.run(
            run_export(
                *(found, settings, owner_url),
                tenant=tenant,
                conversation=conversation,
                form=form.value,
                path=output,
            )
        )


@cli.command()
def schema() -> None:
    """Print the schema in GraphQL's schema language."""
    out.print(sdl(), end="", markup=False, highlight=False, soft_wrap=True)


@cli.command()
def token(
    tenant: Annotated[str, typer.Option(help="The tenant's slug; made when it is missing.")],
    user: Annotated[str, typer.Option(help="The user's handle; made when it is missing.")],
    role: Annotated[
        Role, typer.Option(case_sensitive=False, help="The role of a user who is made.")
    ] = Role.AGENT,
) -> None:
    """Print a signed token for a user."""
    settings = Settings()
    with operator(settings) as (found, owner_url):
        found.bring_up_to_date()
        viewer = asyncio.run(ensure_user(owner_url, tenant, user, role))
        lifetime = timedelta(seconds=settings.token_lifetime)
        out.print(found.tokens().issue(viewer, now(), lifetime), soft_wrap=True, highlight=False)


@keys.command()
def rotate() -> None:
    """Sign with a new key; the old ones verify until every token of theirs is over."""
    settings = Settings()
    with installation(settings) as found:
        longest = max(settings.token_lifetime, settings.access_token_lifetime)
        key_id = KeyFile(found.signing_key_file).rotate(longest)
        out.print(f"Tokens are signed with the key {key_id} now.")


@keys.command()
def reseal() -> None:
    """Encrypt the secrets of devices with the first of PARLEY_SECRET_KEYS; then others can go."""
    settings = Settings()
    with operator(settings) as (_, owner_url):
        ring = secret_keys(settings)
        if not ring:
            raise SetupError("This needs PARLEY_SECRET_KEYS.")
        done = asyncio.run(reseal_devices(owner_url, ring))
        out.print(f"Encrypted anew: the secrets of {done.changed} devices.")
        if done.unreadable:
            raise SetupError(
                f"No key opens the secrets of {done.unreadable} devices: their key must stay."
            )


Slug = Annotated[str, typer.Argument(help="The tenant's slug.")]


@tenants.command()
def suspend(slug: Slug) -> None:
    """Refuse everybody of a tenant, and close their sockets."""
    _suspend(slug, suspended=True)


@tenants.command()
def resume(slug: Slug) -> None:
    """Let a suspended tenant in again."""
    _suspend(slug, suspended=False)


def _suspend(slug: str, *, suspended: bool) -> None:
    with operator(Settings()) as (found, owner_url):
        changed = set_suspension(owner_url, found.redis_url, slug, suspended=suspended)
        _report_tenant(asyncio.run(changed), slug)


@tenants.command()
def wallets(
    slug: Slug,
    role: Annotated[
        WalletRole, typer.Argument(case_sensitive=False, help="Their role, or NONE: refuse them.")
    ],
) -> None:
    """Say whether wallets that nobody knows may sign up to a tenant, and as what."""
    with operator(Settings()) as (_, owner_url):
        wanted = None if role is WalletRole.NONE else Role(role.value)
        _report_tenant(asyncio.run(set_wallet_role(owner_url, slug, wanted)), slug)


def _report_tenant(found: bool, slug: str) -> None:
    if not found:
        raise SetupError(f"There is no tenant {slug!r}.")
    out.print("Done.")


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


def main() -> None:
    """The entry point of the `parley` command."""
    try:
        cli()
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        for problem in error.errors():
            name = str(problem["loc"][0])
            variable = name if name.isupper() else f"PARLEY_{name.upper()}"
            _complain(f"the setting {variable}: {problem['msg'].removeprefix('Value error, ')}")
        raise SystemExit(1) from None
