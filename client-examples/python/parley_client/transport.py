"""What the generated client stands on: operations over gql's transports.

ariadne-codegen copies this file beside the client that it generates, so it imports nothing of ours.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from pydantic import BaseModel

Token = Callable[[], Awaitable[str]]
"""Gives the token of the moment. It is asked again when the server refuses the last one."""

SUBPROTOCOL = "graphql-transport-ws"
UNAUTHORIZED = 401


class GqlTransport:
    """Sends operations to one server: queries by HTTP, each subscription by a socket of its own."""

    def __init__(self, url: str, token: Token) -> None:
        """`url` is that of `/graphql`."""
        self._url = url
        self._token = token
        self._session: AsyncClientSession | None = None
        self._open = AsyncExitStack()

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, token: Token) -> AsyncIterator[Self]:
        """A client for as long as the block lasts."""
        client = cls(url, token)
        try:
            yield client
        finally:
            await client.close()

    async def close(self) -> None:
        """Let go of the connection; subscriptions end with their iterators."""
        self._session = None
        await self._open.aclose()

    async def execute(
        self, query: str, operation_name: str, variables: dict[str, object], **_: Any
    ) -> dict[str, Any]:
        """Run an operation, with a new token if the last one was refused.

        Raises gql's TransportQueryError for errors of GraphQL, and its other errors.
        """
        request = request_of(query, operation_name, variables)
        try:
            return await self._run(request)
        except (TransportServerError, TransportQueryError) as error:
            if not token_refused(error):
                raise
        await self.close()
        return await self._run(request)

    def get_data(self, response: dict[str, Any]) -> dict[str, Any]:
        """The data of what `execute` gave."""
        return response

    async def execute_ws(
        self, query: str, operation_name: str, variables: dict[str, object], **_: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """The results of a subscription, until either side ends it."""
        request = request_of(query, operation_name, variables)
        transport = WebsocketsTransport(
            self._url.replace("http", "ws", 1),
            init_payload={"authorization": f"Bearer {await self._token()}"},
            subprotocols=[SUBPROTOCOL],
            ping_interval=20,
            pong_timeout=10,
        )
        async with Client(transport=transport) as session:
            async for result in session.subscribe(request):
                yield result

    async def _run(self, request: GraphQLRequest) -> dict[str, Any]:
        if self._session is None:
            self._session = await self._connect()
        return await self._session.execute(request)

    async def _connect(self) -> AsyncClientSession:
        headers = {"Authorization": f"Bearer {await self._token()}"}
        transport = HTTPXAsyncTransport(self._url, headers=headers)
        session: AsyncClientSession = await self._open.enter_async_context(
            Client(transport=transport)
        )
        return session


def request_of(query: str, operation_name: str, variables: Mapping[str, object]) -> GraphQLRequest:
    """The operation as gql takes it."""
    return GraphQLRequest(query, variable_values=wire(variables), operation_name=operation_name)


def token_refused(error: Exception) -> bool:
    """Whether the server wants another token."""
    if isinstance(error, TransportServerError):
        return error.code == UNAUTHORIZED
    return "UNAUTHENTICATED" in codes_of(error)


def codes_of(error: Exception) -> set[str]:
    """The `extensions.code` of each error of GraphQL."""
    found = error.errors if isinstance(error, TransportQueryError) else None
    return {each.get("extensions", {}).get("code", "") for each in found or []}


def wire(variables: Mapping[str, object]) -> dict[str, Any]:
    """Variables as JSON has them; those that were not given are left out."""
    return {
        name: value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        if isinstance(value, BaseModel)
        else value
        for name, value in variables.items()
        if type(value).__name__ != "UnsetType"
    }
