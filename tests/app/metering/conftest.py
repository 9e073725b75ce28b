"""Applications with settings of one's own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from app.application import Application
from app.installation import Installation
from app.settings import Settings
from app.signin.tokens import Tokens
from tests.app.signin.desk import Desk, serving

Open = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def open_desk(
    tmp_path: Path,
    database_url: str,
    owner_url: str,
    redis_url: str,
    owner: "asyncpg.Pool[asyncpg.Record]",
) -> Open:
    """Serve an application for a block: `async with open_desk(max_cost=10) as desk`."""

    @asynccontextmanager
    async def open_one(redis: str = redis_url, **settings: Any) -> AsyncIterator[Desk]:
        key_file = tmp_path / "signing-keys.json"
        installation = Installation(database_url, owner_url, redis, key_file)
        chosen = Settings(worker=False, drain_seconds=0, data_dir=tmp_path, **settings)
        application = Application(installation, chosen)
        async with (
            serving(application) as address,
            httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client,
        ):
            yield Desk(application, Tokens.from_file(key_file), owner, client, address)

    return open_one
