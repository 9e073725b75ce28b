"""File locks that the kernel drops when the last process that holds them dies, however it dies.

A lock is a file descriptor: closing it releases the lock, and a child that inherits it shares it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.places import open_private_file


def share(path: Path) -> int:
    """Hold the lock at `path`, together with everyone else who shares it, until it is closed."""
    descriptor = open_private_file(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the lock at `path` and hold it for the block."""
    descriptor = open_private_file(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def try_exclusive(path: Path) -> Iterator[int | None]:
    """Hold the lock at `path` for the block; None, without waiting, while anyone else holds it."""
    descriptor = open_private_file(path, os.O_RDWR)
    try:
        yield descriptor if _taken(descriptor) else None
    finally:
        os.close(descriptor)


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock at `path`."""
    with try_exclusive(path) as lock:
        return lock is not None


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
