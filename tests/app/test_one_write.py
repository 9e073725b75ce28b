"""Answers leave in as few writes as they can, and nothing waits that should not."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from app.one_write import OneWriteProtocol

HEAD = b"HTTP/1.1 200 OK\r\n"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
ASKING_FIRST = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
)


class Written(asyncio.Transport):
    """A connection that keeps what is written to it, each write by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.writes.append(b"".join(list_of_data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing is read from it."""

    def resume_reading(self) -> None:
        """Nothing is read from it."""


def start(length: int | None) -> Message:
    headers = [] if length is None else [(b"content-length", b"%d" % length)]
    return {"type": "http.response.start", "status": 200, "headers": headers}


def body(piece: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}


def sending(messages: Sequence[Message], *, reads: bool = False) -> ASGIApp:
    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        if reads:
            await receive()
        for message in messages:
            await send(message)

    return app


async def answered(app: ASGIApp, request: bytes = GET, *more: bytes) -> Written:
    """What was written when `app` had answered a request, which comes in these pieces."""
    config = Config(app, http=OneWriteProtocol, log_config=None)
    config.load()
    state = ServerState()
    protocol: Any = OneWriteProtocol(config, state, {}, asyncio.get_running_loop())
    connection = Written()
    protocol.connection_made(connection)
    for piece in (request, *more):
        protocol.data_received(piece)
    while state.tasks:
        await asyncio.gather(*state.tasks)
    written = list(connection.writes)
    protocol.connection_lost(None)
    assert connection.writes == written
    return connection


async def test_head_and_body_leave_together() -> None:
    written = await answered(sending([start(4), body(b"data")]))
    (only,) = written.writes
    assert only.startswith(HEAD)
    assert only.endswith(b"content-length: 4\r\n\r\ndata")


async def test_later_pieces_do_not_wait() -> None:
    pieces = [body(b"da", more=True), body(b"\r\ncontent-length: 9", more=True), body(b"ta")]
    written = await answered(sending([start(23), *pieces]))
    first, *rest = written.writes
    assert first.endswith(b"\r\n\r\nda")
    assert rest == [b"\r\ncontent-length: 9", b"ta"]


async def test_the_head_of_a_stream_does_not_wait() -> None:
    written = await answered(sending([start(None), body(b"a", more=True), body(b"b")]))
    first, *rest = written.writes
    assert first.startswith(HEAD)
    assert first.endswith(b"\r\n\r\n")
    assert rest == [b"1\r\na\r\n", b"1\r\nb\r\n0\r\n\r\n"]


@pytest.mark.parametrize(
    ("request_", "length", "piece"),
    [(GET, 0, b""), (GET.replace(b"GET", b"HEAD"), 4, b"data")],
)
async def test_a_head_without_a_body_does_not_wait(
    request_: bytes, length: int, piece: bytes
) -> None:
    written = await answered(sending([start(length), body(piece)]), request_)
    assert b"".join(written.writes).endswith(b"content-length: %d\r\n\r\n" % length)


async def test_a_head_whose_body_never_comes_goes_out_before_the_end() -> None:
    written = await answered(sending([start(4)]))
    assert [write[: len(HEAD)] for write in written.writes] == [HEAD]
    assert written.closed


async def test_the_leave_to_continue_goes_out_by_itself() -> None:
    app = sending([start(4), body(b"data")], reads=True)
    written = await answered(app, ASKING_FIRST, b"{}")
    assert len(written.writes) == 2
    assert written.writes[0] == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert written.writes[1].endswith(b"\r\n\r\ndata")


async def test_each_answer_on_a_connection_leaves_by_itself() -> None:
    written = await answered(sending([start(4), body(b"data")]), GET, GET)
    assert [write.count(HEAD) for write in written.writes] == [1, 1]
    assert [write[-4:] for write in written.writes] == [b"data", b"data"]
