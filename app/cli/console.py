"""What all commands share: where they write, and what they need before they begin."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import typer
from rich.console import Console
from rich.markup import escape

from app import logging
from app.embedded import EmbeddedError
from app.installation import Installation, SetupError, installed
from app.settings import Settings

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
        complain(str(error))
        raise typer.Exit(1) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        complain(str(error) or type(error).__name__)
        raise typer.Exit(1) from None


def complain(message: str) -> None:
    """Say a line on the standard error."""
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
