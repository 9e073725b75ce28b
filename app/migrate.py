"""Brings a database to the newest revision and lets the application's login in."""

from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from models.database import plain_url


def _config(owner_url: str = "") -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(str(resources.files("migrations")))))
    # Alembic's configuration expands "%".
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return config


def head() -> str:
    """The newest revision that this program knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None, "there is a first migration"
    return revision


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
    command.upgrade(_config(owner_url), "head")


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
