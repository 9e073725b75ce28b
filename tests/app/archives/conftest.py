"""An application that keeps archives, served for all tests of uploads, media and exports."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from app.application import Application
from app.installation import Installation
from app.runtime import make_importer
from app.settings import Settings
from app.signin.tokens import Tokens
from importing.jobs import ImportWorker
from models.tenants import Role
from resolvers.context import Viewer
from tests.app.signin.desk import Desk, serving

LIMIT = 2_000_000


@dataclass(frozen=True)
class Archives:
    """The served application and its folder; `worker` does what was queued when it is told to."""

    desk: Desk
    store: Path
    worker: ImportWorker

    def files(self, folder: str) -> list[Path]:
        """What is kept."""
        return [path for path in (self.store / folder).rglob("*") if path.is_file()]


@dataclass(frozen=True)
class Caller:
    """One viewer's way in."""

    archives: Archives
    viewer: Viewer

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.archives.desk.token(self.viewer)}"}

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request."""
        headers = self.headers | options.pop("headers", {})
        return await self.archives.desk.http.request(method, path, headers=headers, **options)

    async def data(self, query: str, **variables: Any) -> Any:
        """The data of an operation that must not fail."""
        return await self.archives.desk.data(
            query, self.archives.desk.token(self.viewer), **variables
        )

    async def upload(
        self, query: str, content: bytes, name: str = "chat.txt", **variables: Any
    ) -> dict[str, Any]:
        """The result of an operation with a file."""
        operations = {"query": query, "variables": {"file": None, **variables}}
        response = await self.archives.desk.http.post(
            "/graphql",
            data={
                "operations": orjson.dumps(operations).decode(),
                "map": '{"0": ["variables.file"]}',
            },
            files={"0": (name, content)},
            headers=self.headers | {"graphql-require-preflight": "1"},
        )
        result: dict[str, Any] = response.json()
        return result


@pytest.fixture(scope="session")
async def archives(
    tmp_path_factory: pytest.TempPathFactory,
    database_url: str,
    owner_url: str,
    redis_url: str,
    owner: "asyncpg.Pool[asyncpg.Record]",
) -> AsyncIterator[Archives]:
    """The application, its folder in a temporary directory."""
    root = tmp_path_factory.mktemp("archives")
    installation = Installation(database_url, owner_url, redis_url, root / "signing-keys.json")
    settings = Settings(
        worker=False, drain_seconds=0, store_dir=root / "store", max_upload_bytes=LIMIT
    )
    application = Application(installation, settings)
    async with (
        serving(application) as address,
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client,
    ):
        tokens = Tokens.from_file(installation.signing_key_file)
        desk = Desk(application, tokens, owner, client, address)
        worker = make_importer(application.runtime, settings)
        yield Archives(desk, root / "store", worker)


@pytest.fixture
async def caller(archives: Archives) -> Caller:
    """An administrator of a fresh tenant."""
    tenant = await archives.desk.make_tenant()
    return Caller(archives, await archives.desk.make_user(tenant, Role.ADMIN))
