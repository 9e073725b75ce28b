"""Brings a database to the newest revision and lets the application's login in."""

from functools import cache
from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from models.database import plain_url


def configuration(owner_url: str = "") -> Config:
    """Alembic's configuration; there is no alembic.ini. With the owner's URL it can connect."""
    config = Config()
    config.set_main_option("script_location", str(Path(str(resources.files("migrations")))))
    # Alembic's configuration expands "%".
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return config


@cache
def _known() -> tuple[str, ...]:
    """The revisions that this program knows, the newest first."""
    scripts = ScriptDirectory.from_config(configuration())
    return tuple(script.revision for script in scripts.walk_revisions())


def head() -> str:
    """The newest revision that this program knows."""
    return _known()[0]


def is_current(revision: str | None) -> bool:
    """Whether this program can run on a database at `revision`.

    It can at the newest one it knows, and at one that it does not know: in an upgrade the database
    goes first, and processes of the older program go on meanwhile.
    """
    return revision == head() or (revision is not None and revision not in _known())


async def revision_of(connection: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    """The revision that the database is at; None when it was never migrated."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return found


def migrate(owner_url: str) -> None:
    """Run the missing migrations as the database's owner. Blocks; not for an event loop's thread.

    Raises OSError or asyncpg errors when the database refuses.
    """
    command.upgrade(configuration(owner_url), "head")


async def let_in(owner_url: str, application_url: str) -> None:
    """Make the login that `application_url` names, if it is missing, a member of `parley_app`.

    Its password is the URL's. A login that owns the tables is left as it is: `doctor` tells.
    """
    parts = urlsplit(plain_url(application_url))
    login = unquote(parts.username or "")
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", login)
        if known:
            return
        quoted = await connection.fetchval("SELECT quote_ident($1)", login)
        secret = await connection.fetchval(
            "SELECT quote_literal($1)", unquote(parts.password or "")
        )
        password = f" PASSWORD {secret}" if parts.password else ""
        try:
            await connection.execute(f"CREATE ROLE {quoted} LOGIN IN ROLE parley_app{password}")
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            # Another process made it at the same moment.
            return
    finally:
        await connection.close()
