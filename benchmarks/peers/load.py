"""A load generator: so many connections, each asking again as soon as it is answered."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import cycle
from time import perf_counter
from typing import cast

CONNECTIONS = 16
HEADER_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


class AnswerError(Exception):
    """A server did not answer 200 without errors."""


class Asker(asyncio.Protocol):
    """One connection that asks the next request for as long as there is one.

    It looks at no more of an answer than where it ends, its status, and whether there are errors:
    the requests of one core must keep the server of another busy.
    """

    def __init__(self, requests: Iterator[bytes], ended: "asyncio.Future[None]") -> None:
        self._requests = requests
        self._ended = ended
        self._got = b""
        self.until = 0.0
        self.answered = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._got = self._got + data if self._got else data
        if _is_whole(self._got):
            answer, self._got = self._got, b""
            if not answer.startswith(b"HTTP/1.1 200") or b'"errors"' in answer:
                self._end(AnswerError(answer[:2_000].decode(errors="replace")))
                return
            self.answered += 1
            if perf_counter() < self.until:
                self._transport.write(next(self._requests))
            else:
                self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or ConnectionError("the server closed the connection"))

    def _end(self, error: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(None) if error is None else self._ended.set_exception(error)
            self._transport.close()


async def load(port: int, requests: Sequence[bytes], seconds: float) -> tuple[int, float]:
    """Ask for so long; return how often it was answered, and in how many seconds it was.

    Raises AnswerError or OSError.
    """
    loop = asyncio.get_running_loop()
    taken = cycle(requests)
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(CONNECTIONS)]
    askers: list[Asker] = []
    started = perf_counter()
    for end in ends:
        _, asker = await loop.create_connection(
            lambda end=end: Asker(taken, end), "127.0.0.1", port
        )
        asker.until = started + seconds
        askers.append(asker)
    await asyncio.gather(*ends)
    return sum(asker.answered for asker in askers), perf_counter() - started


async def ask(port: int, request: bytes) -> bytes:
    """The body of one answer. Raises AnswerError unless its status is 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    got = b""
    while not _is_whole(got):
        piece = await reader.read(1 << 16)
        if not piece:
            raise ConnectionError("the server closed the connection")
        got += piece
    writer.close()
    head, _, body = got.partition(HEADER_END)
    if not head.startswith(b"HTTP/1.1 200"):
        raise AnswerError(got[:2_000].decode(errors="replace"))
    return _joined(body) if b"chunked" in head.lower() else body


def _is_whole(got: bytes) -> bool:
    end = got.find(HEADER_END)
    if end < 0:
        return False
    head = got[:end].lower()
    start = head.find(b"content-length:")
    if start < 0:
        return got.endswith(LAST_CHUNK)
    length = int(head[start + 15 :].split(b"\r\n", 1)[0])
    return len(got) >= end + len(HEADER_END) + length


def _joined(chunks: bytes) -> bytes:
    body = b""
    while chunks:
        size, _, chunks = chunks.partition(b"\r\n")
        length = int(size, 16)
        body, chunks = body + chunks[:length], chunks[length + 2 :]
    return body


def http_request(body: bytes, token: str) -> bytes:
    """A POST of a GraphQL request."""
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Accept: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
