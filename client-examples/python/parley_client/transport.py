"""What the generated client stands on: operations over gql's transports.

ariadne-codegen copies this file beside the client that it generates, so it imports nothing of ours.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportError, TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from pydantic import BaseModel
from websockets.exceptions import ConnectionClosed

Token = Callable[[], Awaitable[str]]
"""Gives the token of the moment. It is asked again when the server refuses the last one."""

SUBPROTOCOL = "graphql-transport-ws"
UNAUTHORIZED = 401
FORBIDDEN = 4403
TOKEN_WAS_GOOD = {"TOKEN_EXPIRED", "CLOSED_BY_ADMINISTRATOR"}
"""Reasons of 4403 after which the same token would do, or another is to be expected."""


class TokenRefusedError(Exception):
    """There is no token that the server takes: it refused one, and no other came."""


class GqlTransport:
    """Sends operations to one server: queries by HTTP, each subscription by a socket of its own."""

    def __init__(self, url: str, token: Token) -> None:
        """`url` is that of `/graphql`."""
        self._url = url
        self._token = token
        self._sent: str | None = None
        self._refused: str | None = None
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

        Raises gql's TransportQueryError for errors of GraphQL, and its other errors; and
        TokenRefusedError when there is no other token.
        """
        request = request_of(query, operation_name, variables)
        try:
            return await self._run(request)
        except (TransportServerError, TransportQueryError) as error:
            if not token_refused(error):
                raise
        self._refused = self._sent
        await self.close()
        return await self._run(request)

    def get_data(self, response: dict[str, Any]) -> dict[str, Any]:
        """The data of what `execute` gave."""
        return response

    async def execute_ws(
        self, query: str, operation_name: str, variables: dict[str, object], **_: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """The results of a subscription, until either side ends it. Raises TokenRefusedError."""
        request = request_of(query, operation_name, variables)
        token = await self._good_token()
        transport = WebsocketsTransport(
            self._url.replace("http", "ws", 1),
            init_payload={"authorization": f"Bearer {token}"},
            subprotocols=[SUBPROTOCOL],
            ping_interval=20,
            pong_timeout=10,
        )
        try:
            async with Client(transport=transport) as session:
                async for result in session.subscribe(request):
                    yield result
        except TransportError as error:
            code, reason = closed_with(error)
            if code == FORBIDDEN and reason not in TOKEN_WAS_GOOD:
                self._refused = token
            raise

    async def _run(self, request: GraphQLRequest) -> dict[str, Any]:
        if self._session is None:
            self._session = await self._connect()
        return await self._session.execute(request)

    async def _connect(self) -> AsyncClientSession:
        self._sent = await self._good_token()
        headers = {"Authorization": f"Bearer {self._sent}"}
        transport = HTTPXAsyncTransport(self._url, headers=headers)
        session: AsyncClientSession = await self._open.enter_async_context(
            Client(transport=transport)
        )
        return session

    async def _good_token(self) -> str:
        """The token of the moment. Raises TokenRefusedError when it was refused already."""
        token = await self._token()
        if token == self._refused:
            raise TokenRefusedError("The server refuses the token, and there is no other.")
        return token


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


def closed_with(error: BaseException | None) -> tuple[int, str]:
    """The code and the reason with which the server closed the socket; 0 where it did not."""
    while error is not None:
        if isinstance(error, ConnectionClosed) and error.rcvd is not None:
            return error.rcvd.code, error.rcvd.reason
        error = error.__cause__
    return 0, ""


def wire(variables: Mapping[str, object]) -> dict[str, Any]:
    """Variables as JSON has them; those that were not given are left out."""
    return {
        name: value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        if isinstance(value, BaseModel)
        else value
        for name, value in variables.items()
        if type(value).__name__ != "UnsetType"
    }
