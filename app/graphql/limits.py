"""What a client may send and hold at most. Each limit has its code in `TransportCode`."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are in bytes, times in seconds, all others are counts."""

    # A document, measured before it is parsed, while it is parsed, and before validation.
    # `fields` counts them with fragments unfolded, and one more for each pair of fields of
    # the same name that must merge.
    document_bytes: int = 64 * KIB
    tokens: int = 4_000
    depth: int = 15
    fields: int = 10_000
    aliases: int = 60
    directives: int = 60

    # A request over HTTP. A multipart body holds `body_bytes` of fields and `upload_bytes`
    # in all.
    body_bytes: int = 256 * KIB
    upload_bytes: int = 64 * MIB
    upload_files: int = 10

    # A socket. `frame_bytes` should also be uvicorn's `ws_max_size`.
    frame_bytes: int = 128 * KIB
    operations_per_socket: int = 100
    sockets: int = 20_000
    sockets_per_viewer: int = 50
    send_queue_bytes: int = 512 * KIB
    send_queue_frames: int = 512
    connection_init_seconds: float = 5.0
    ping_interval_seconds: float = 25.0
    pong_timeout_seconds: float = 20.0
    close_seconds: float = 5.0

    # How long a client may take to read what waits for it, on a socket or an event stream.
    stall_seconds: float = 15.0
    # A stream of server-sent events says something at least this often.
    keep_alive_seconds: float = 15.0
