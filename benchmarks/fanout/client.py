"""Many sockets in one process, as light as can be: bytes are counted as frames, and not read.

It is told what to do through a pipe and answers there; the clock is the machine's monotonic one,
which all processes share.
"""

import json
import os
import select
import socket
import struct
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

AT_ONCE = 64
"""Sockets that open at the same time."""


@dataclass(frozen=True)
class Plan:
    """Where the sockets go and what they ask for; tokens are dealt out in turn."""

    port: int
    sockets: int
    query: str
    variables: dict[str, Any]
    tokens: tuple[str, ...] = ()


class Socket:
    """One subscriber."""

    def __init__(self, port: int, opening: list[bytes]) -> None:
        self.frames = 0
        self.failed = False
        self._rest = b""
        self._opening = opening
        self._upgraded = False
        self.raw = socket.create_connection(("127.0.0.1", port))
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw.sendall(
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    @property
    def subscribed(self) -> bool:
        """Whether everything was said."""
        return not self._opening

    def readable(self) -> int:
        """Read what is there: how many frames have come since it subscribed."""
        try:
            data = self.raw.recv(262_144)
        except ConnectionError:
            data = b""
        if not data:
            self.failed = True
            return 0
        data = self._rest + data
        if not self._upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return 0
            self._upgraded = True
            self.raw.sendall(self._opening.pop(0))
        count, self._rest = self._count(data)
        if count and self._opening:  # the acknowledgement
            self.raw.sendall(self._opening.pop(0))
            return 0
        self.frames += count
        return count

    def _count(self, data: bytes) -> tuple[int, bytes]:
        """How many text frames there are, and the bytes of the last one if it is not whole."""
        place, count, end = 0, 0, len(data)
        while end - place >= 2:
            length, header = data[place + 1], 2
            if length == 126:
                header = 4
                if end - place < header:
                    break
                (length,) = struct.unpack_from(">H", data, place + 2)
            if end - place < header + length:
                break
            opcode = data[place] & 15
            if opcode == 8:
                self.failed = True
            count += opcode == 1
            place += header + length
        return count, data[place:]


class Client:
    """All the sockets of one process."""

    def __init__(self, plan: Plan, pipe: Connection) -> None:
        self._plan = plan
        self._pipe = pipe
        self._poll = select.epoll()
        self._sockets: dict[int, Socket] = {}
        self._total = 0
        self._last = 0.0

    def open(self) -> None:
        """Open the sockets, and subscribe."""
        opening: list[Socket] = []
        for number in range(self._plan.sockets):
            one = Socket(self._plan.port, self._opening(number))
            self._sockets[one.raw.fileno()] = one
            self._poll.register(one.raw.fileno(), select.EPOLLIN)
            opening.append(one)
            while len(opening) >= AT_ONCE:
                self._turn(1.0)
                opening = [each for each in opening if not (each.subscribed or each.failed)]
        while any(not (one.subscribed or one.failed) for one in opening):
            self._turn(1.0)

    def serve(self) -> None:
        """Do what is said, until it is `stop`."""
        while (said := self._pipe.recv()) != "stop":
            name, frames, timeout = said
            if name == "reset":
                self._total = 0
                for one in self._sockets.values():
                    one.frames = 0
            else:
                deadline = time.monotonic() + timeout
                while self._total < frames and time.monotonic() < deadline:
                    self._turn(0.05)
            self._pipe.send(self._state())

    def _state(self) -> dict[str, float]:
        return {
            "frames": self._total,
            "last": self._last,
            "least": min(one.frames for one in self._sockets.values()),
            "failed": sum(one.failed for one in self._sockets.values()),
        }

    def _turn(self, seconds: float) -> None:
        for number, _ in self._poll.poll(seconds):
            one = self._sockets[number]
            self._total += one.readable()
            if one.failed:
                self._poll.unregister(number)
        self._last = time.monotonic()

    def _opening(self, number: int) -> list[bytes]:
        tokens = self._plan.tokens
        payload = {"authorization": f"Bearer {tokens[number % len(tokens)]}"} if tokens else {}
        asked = {"query": self._plan.query, "variables": self._plan.variables}
        return [
            frame({"type": "connection_init", "payload": payload}),
            frame({"id": "1", "type": "subscribe", "payload": asked}),
        ]


def frame(message: dict[str, Any]) -> bytes:
    """A text frame as clients must send it: masked, with a mask that changes nothing."""
    data = json.dumps(message).encode()
    length = len(data)
    if length > 125:
        head = struct.pack(">BBH", 0x81, 0x80 | 126, length)
    else:
        head = struct.pack(">BB", 0x81, 0x80 | length)
    return head + b"\0\0\0\0" + data


def run(plan: Plan, pipe: Connection, core: int | None) -> None:
    """A process of clients."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    client = Client(plan, pipe)
    client.open()
    pipe.send(client._state())
    client.serve()
