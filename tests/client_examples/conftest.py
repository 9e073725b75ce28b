"""A server with the demo, as the examples find it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.app.serving import Serving, serving


@pytest.fixture(scope="module")
async def demo(demo_dir: Path) -> AsyncIterator[Serving]:
    """`parley serve --demo`, for the tests of one module."""
    async with serving(demo_dir, "--demo") as running:
        yield running
