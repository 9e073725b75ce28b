"""One served application for all tests of signing in."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.application import Application
from app.installation import Installation
from app.settings import Settings
from app.signin.tokens import Tokens
from tests.app.signin.desk import Desk, serving


@pytest.fixture(scope="session")
async def desk(
    tmp_path_factory: pytest.TempPathFactory,
    database_url: str,
    owner_url: str,
    redis_url: str,
    owner: "asyncpg.Pool[asyncpg.Record]",
) -> AsyncIterator[Desk]:
    """The application with its default settings."""
    key_file: Path = tmp_path_factory.mktemp("keys") / "signing-keys.json"
    installation = Installation(database_url, owner_url, redis_url, key_file)
    application = Application(
        installation, Settings(worker=False, drain_seconds=0, introspection=True)
    )
    async with (
        serving(application) as address,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client,
    ):
        yield Desk(application, Tokens.from_file(key_file), owner, client, address)
