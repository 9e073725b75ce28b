"""Where PostgreSQL and Redis are: as the settings say, or embedded ones that are started here."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.embedded import EmbeddedServers, default_data_dir
from app.migrate import is_current, let_in, migrate, revision_of
from app.settings import Settings
from app.signin.tokens import Tokens
from models.database import plain_url

EMBEDDED_LOGIN = "parley"


class SetupError(Exception):
    """The installation cannot run as it is; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """The URLs of one installation, and its keys."""

    database_url: str
    owner_url: str | None
    redis_url: str
    signing_key_file: Path

    def tokens(self) -> Tokens:
        """The keys that sign tokens here."""
        return Tokens.from_file(self.signing_key_file)

    def bring_up_to_date(self) -> bool:
        """Migrate if the owner's URL is known and something is missing; whether it was.

        The application's login is let in all the same: a migration may have died before that.
        Raises SetupError when something is missing and the owner is not known.
        """
        missing = not is_current(
            asyncio.run(_current_revision(self.owner_url or self.database_url))
        )
        if self.owner_url is not None:
            if missing:
                migrate(self.owner_url)
            asyncio.run(let_in(self.owner_url, self.database_url))
        elif missing:
            raise SetupError(
                "The database is not migrated. Run `parley migrate` with"
                " PARLEY_OWNER_DATABASE_URL set to the owner of the database."
            )
        return missing


@contextmanager
def installed(settings: Settings) -> Iterator[Installation]:
    """The installation that the settings name; embedded servers are let go of at the end.

    Raises EmbeddedError when servers are to be embedded and cannot be.
    """
    data_dir = settings.data_dir or default_data_dir()
    key_file = settings.signing_key_file or data_dir / "signing-keys.json"
    owner = settings.owner_database_url
    if settings.database_url is not None and settings.redis_url is not None:
        yield Installation(
            settings.database_url.get_secret_value(),
            owner.get_secret_value() if owner else None,
            settings.redis_url.get_secret_value(),
            key_file,
        )
        return
    if settings.database_url is not None or settings.redis_url is not None:
        raise SetupError("Set both DATABASE_URL and REDIS_URL, or neither for embedded servers.")
    with EmbeddedServers(data_dir) as servers:
        yield Installation(
            servers.url_for(EMBEDDED_LOGIN),
            servers.database_url,
            servers.redis_url,
            key_file,
        )


async def _current_revision(url: str) -> str | None:
    connection = await asyncpg.connect(plain_url(url))
    try:
        return await revision_of(connection)
    finally:
        await connection.close()
