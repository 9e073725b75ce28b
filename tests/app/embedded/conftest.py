"""A data directory for each test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.embedded import EmbeddedServers
from app.embedded.locks import is_free
from tests.places import temporary_place


@contextmanager
def temporary_data_dir() -> Iterator[Path]:
    """A short path that the servers' account can reach; what still runs there is stopped."""
    with temporary_place() as folder:
        yield folder / "data"
        for lock in folder.glob("*/*.lock"):
            if not is_free(lock):  # A failed test left a server running.
                with EmbeddedServers(lock.parent):
                    pass


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Where nothing has been started yet."""
    with temporary_data_dir() as path:
        yield path


@pytest.fixture(scope="module")
def used_dir() -> Iterator[Path]:
    """Where servers have run before, so that they start at once; every test leaves them stopped."""
    with temporary_data_dir() as path:
        with EmbeddedServers(path):
            pass
        yield path
