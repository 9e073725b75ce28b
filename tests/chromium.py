"""The Chromium of this machine, for the tests of pages, and patience with what it shows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from shutil import which
from typing import TypeVar

import pytest
from playwright.async_api import Browser, async_playwright, expect

# Long enough for the slowest machine; what is expected comes soon or never.
PATIENCE_MILLISECONDS = 60_000
LOOK_SECONDS = 0.1

Seen = TypeVar("Seen")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser without a window. Skips the test where there is none."""
    executable = which("chromium") or which("chromium-browser") or which("google-chrome")
    if executable is None:
        pytest.skip("there is no Chromium on this machine")
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    async with async_playwright() as playwright:
        # Root may not use the sandbox; the pages are ours.
        browser = await playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


async def eventually(look: Callable[[], Awaitable[Seen]], good: Callable[[Seen], bool]) -> Seen:
    """What is seen when it is good, or when patience is over: for what `expect` does not know."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_MILLISECONDS / 1_000
    seen = await look()
    while not good(seen) and loop.time() < deadline:
        await asyncio.sleep(LOOK_SECONDS)
        seen = await look()
    return seen
