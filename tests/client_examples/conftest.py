"""A server with the demo, as the examples find it."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.app.serving import Serving, serving


@pytest.fixture(scope="module")
def demo_place() -> Iterator[Path]:
    """A folder that the servers' account can reach: for root, pytest's own cannot be."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="parley-examples-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
async def demo(demo_place: Path) -> AsyncIterator[Serving]:
    """`parley serve --demo`, for the tests of one module."""
    async with serving(demo_place / "data", "--demo") as running:
        yield running
