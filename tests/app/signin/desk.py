"""A whole application on loopback, in the tests' own loop, and those who come to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.application import Application
from app.signin.tokens import Tokens
from models.base import now
from models.ids import new_id
from models.tenants import Role
from resolvers.context import Viewer
from tests.listening import listening
from tests.tenants import make_tenant


@dataclass(frozen=True)
class Desk:
    """The served application, and what is needed to arrange tenants behind its back."""

    application: Application
    tokens: Tokens
    owner: "asyncpg.Pool[asyncpg.Record]"
    http: httpx.AsyncClient
    address: str

    async def make_tenant(self, wallet_role: str | None = None) -> UUID:
        """A tenant, and whether wallets may sign up to it."""
        return await make_tenant(self.owner, wallet_role=wallet_role)

    async def make_user(self, tenant: UUID, role: Role = Role.AGENT, handle: str = "") -> Viewer:
        """A user of a tenant."""
        viewer = Viewer(tenant, new_id(), role)
        await self.owner.execute(
            "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
            " VALUES ($1, $2, $3, $3, $4, now())",
            viewer.user_id,
            tenant,
            handle or f"user-{viewer.user_id.hex[-12:]}",
            role.value,
        )
        return viewer

    def token(self, viewer: Viewer, lifetime: timedelta = timedelta(minutes=5)) -> str:
        """A plain token of the installation's operators."""
        return self.tokens.issue(viewer, now(), lifetime)

    async def post(
        self, query: str, credential: str | None = None, **variables: Any
    ) -> httpx.Response:
        """The response to one operation."""
        headers = {} if credential is None else {"authorization": f"Bearer {credential}"}
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body, headers=headers)

    async def data(self, query: str, credential: str | None = None, **variables: Any) -> Any:
        """The data of an operation that must not fail."""
        result = (await self.post(query, credential, **variables)).json()
        assert "errors" not in result, result["errors"]
        return result["data"]

    async def code(self, query: str, credential: str | None = None, **variables: Any) -> str:
        """The code of the one error of an operation that must fail."""
        (error,) = (await self.post(query, credential, **variables)).json()["errors"]
        return str(error["extensions"]["code"])

    @asynccontextmanager
    async def socket(self, credential: str) -> AsyncIterator["Socket"]:
        """A signed-in socket."""
        protocol = Subprotocol("graphql-transport-ws")
        async with connect(
            f"ws://{self.address}/graphql", subprotocols=[protocol], open_timeout=60
        ) as connection:
            found = Socket(connection)
            payload = {"authorization": f"Bearer {credential}"}
            await found.send({"type": "connection_init", "payload": payload})
            yield found


@dataclass(frozen=True)
class Socket:
    """The client's end of a socket."""

    connection: ClientConnection

    async def send(self, message: dict[str, Any]) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(60):
            found: dict[str, Any] = json.loads(await self.connection.recv())
        return found

    async def acknowledged(self) -> None:
        assert (await self.receive())["type"] == "connection_ack"

    async def subscribe(self, query: str) -> None:
        await self.send({"id": "1", "type": "subscribe", "payload": {"query": query}})

    async def closed(self) -> tuple[int | None, str | None]:
        """Read to the end; the code and reason of the close."""
        async with asyncio.timeout(60):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def serving(application: Application) -> AsyncIterator[str]:
    """Serve on a free port; the address."""
    async with listening(application.asgi) as address:
        try:
            yield address
        finally:
            await application.drain()
