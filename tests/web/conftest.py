"""A browser, a server with the demo, and people who use them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.app.serving import serving
from tests.web.people import CHROMIUM, CLIENT, PATIENCE_MILLISECONDS, Person, Town


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The Chromium of this machine, without a window."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    if not (CLIENT / "dist/index.html").is_file():
        pytest.skip("the web client is not built: `make web` needs npm")
    # However loaded the machine is: who waits for what is to come does not fail for being early.
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    async with async_playwright() as playwright:
        # Root may not use the sandbox; the pages are ours.
        launched = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield launched
        await launched.close()


@pytest.fixture(scope="module")
async def town(browser: Browser, place: Path) -> AsyncIterator[Town]:
    """A server with the demo, for the tests of one module."""
    data_dir = place / "data"
    async with serving(data_dir, "--demo") as parley:
        yield Town(parley, browser, data_dir)


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
