"""Answers whose length is known leave in one write, head and body together.

uvicorn writes the head and then the body, and uvloop hands each to the kernel at once: two
segments, and two times that the client is woken, where a small answer fits into one. To write to
a socket takes as long as much of what Python does for a small answer.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CONTINUE = b"HTTP/1.1 100 "
# uvicorn writes names in lower case.
LENGTH = b"\r\ncontent-length: "
NO_LENGTH = b"\r\ncontent-length: 0\r\n"


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, for `uvicorn.Config(http=…)`."""

    def on_headers_complete(self) -> None:
        """Begin with a request: httptools calls this."""
        super().on_headers_complete()
        cycle = self.cycle
        # A handshake of WebSockets makes no cycle, and the answer to HEAD has no body.
        if cycle is None or cycle.transport is not self.transport:
            return
        if self.scope["method"] != "HEAD":
            cycle.transport = OneAnswer(self.transport)


class OneAnswer(asyncio.Transport):
    """What one answer is written to. Its head waits for the first piece of its body.

    The head of a stream, which has no length, does not wait: its first piece may be long in
    coming. One whose body never comes goes out when the answer is given up.
    """

    __slots__ = ("_began", "_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._began = False
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:  # type: ignore[override]  # uvicorn gives no other
        """Write what uvicorn gives, first the head; `100 Continue` may come before it."""
        if self._head is not None:
            self._transport.writelines((self._head, data))
            self._head = None
        elif self._began or data.startswith(CONTINUE):
            self._transport.write(data)
        else:
            self._began = True
            if LENGTH in data and NO_LENGTH not in data:
                self._head = data
            else:
                self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether the connection is closed, or about to be."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close the connection, when what there is to write was written."""
        if self._head is not None:
            self._transport.write(self._head)
        self._transport.close()
