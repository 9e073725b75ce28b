"""A browser, a server with the demo, and people who use them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.app.serving import serving
from tests.chromium import chromium
from tests.web.people import CLIENT, Person, Town


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The Chromium of this machine, without a window."""
    if not (CLIENT / "dist/index.html").is_file():
        pytest.skip("the web client is not built: `make web` needs npm")
    async with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
async def town(browser: Browser, demo_dir: Path) -> AsyncIterator[Town]:
    """A server with the demo, for the tests of one module."""
    async with serving(demo_dir, "--demo") as parley:
        yield Town(parley, browser, demo_dir)


@pytest.fixture
async def ana(town: Town) -> AsyncIterator[Person]:
    """The demo's user, who has opened the client."""
    person = await town.person()
    yield person
    await person.leave()


@pytest.fixture
async def ben(town: Town) -> AsyncIterator[Person]:
    """Another member of her tenant, at a browser of his own."""
    person = await town.person(await town.token("ben"))
    yield person
    await person.leave()
