"""uvicorn, told how Parley wants its sockets."""

import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from app import logging
from app.application import Application
from app.documents import read_manifest
from app.garbage import spare_collections
from app.installation import Installation
from app.settings import Settings

BACKLOG = 2_048
PATIENCE_SECONDS = 60
# How long sent bytes may go unacknowledged before the kernel gives the connection up.
UNACKNOWLEDGED_MILLISECONDS = 30_000


@dataclass(frozen=True)
class Factory:
    """Makes the application in the process that serves it."""

    installation: Installation
    settings: Settings

    def __call__(self) -> ASGIApp:
        # A process of `--workers` begins with nothing configured.
        logging.configure(self.settings.log_format, self.settings.log_level)
        asgi = Application(self.installation, self.settings, drains=True).asgi
        spare_collections()
        return asgi


def serve(
    installation: Installation,
    settings: Settings,
    *,
    host: str,
    port: int,
    workers: int,
    ready: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT. `ready` is called with the address once it listens.

    Raises OSError when the address cannot be had, SetupError for a bad manifest of documents.
    """
    if settings.trusted_documents is not None:
        read_manifest(settings.trusted_documents)
    config = uvicorn.Config(
        Factory(installation, settings),
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        ws="websockets-sansio",
        ws_max_size=settings.max_frame_bytes,
        # A missed pong would close with 1011, which clients take as final; the protocol pings.
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        # A process that is busy, or still starts, is not dead: by default 5 s decide.
        timeout_worker_healthcheck=PATIENCE_SECONDS,
        timeout_graceful_shutdown=int(settings.drain_seconds) + 5,
    )
    listener = listen(host, port)
    ready(address_of(listener, host))
    exit_cleanly()
    if workers > 1:
        Multiprocess(config, [listener]).run()
    else:
        uvicorn.Server(config).run([listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: connections wait in it until the application is there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit these. asyncio sets the first only on sockets of its own making, and
    # without it small answers wait for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
        listener.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLISECONDS
        )
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    listener.listen(BACKLOG)
    listener.set_inheritable(True)
    return listener


def exit_cleanly() -> None:
    """Turn SIGTERM into SystemExit: uvicorn raises the signal again when it has stopped, and the
    default action would skip every `with` around it."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)


def address_of(listener: socket.socket, host: str) -> str:
    """The address to show and to click on."""
    name = "127.0.0.1" if host in {"0.0.0.0", ""} else f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"
