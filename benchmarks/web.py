"""The web client in headless Chromium, against what its people wait for.

    python -m benchmarks.web [--quick] [--messages 300000]

A real `parley serve --demo` in a temporary folder imports a conversation of so many messages; then
a browser of this machine opens the client. Times are milliseconds, the goals those of the README.
`--quick` takes 20,000 messages and a third of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shutil import which
from uuid import uuid4

from playwright.async_api import Browser, Page, async_playwright
from rich.console import Console
from rich.table import Table

from tests.app.serving import Serving, ask, run_parley, serving

DIST = Path(__file__).parents[1] / "client-examples/web/dist"
TITLE = "Three hundred thousand"
FIRST = datetime(2020, 1, 1, 8, 0)  # noqa: DTZ001 - wall times, as in an export
WORDS = (
    *("rain", "soup", "train", "garden", "letter"),
    *("window", "coffee", "market", "bicycle", "evening"),
)
SEND = """
mutation ($conversation: ID!, $body: String!) {
  sendMessage(input: {conversationId: $conversation, body: $body}) { userErrors { message } }
}
"""
FRAMES = """
() => {
    window.frames_ = [];
    let last = performance.now();
    const tick = (now) => {
        window.frames_.push(now - last);
        last = now;
        requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
}
"""
# From the next key until an element with the text is painted: it is by the frame after the one that
# finds it.
PAINTED = """
([selector, text]) => new Promise((resolve) => {
    let begun = null;
    const start = () => { begun = performance.now(); };
    document.addEventListener("keydown", start, { once: true, capture: true });
    const holds = (element) => element.textContent.includes(text);
    const look = () => begun !== null && [...document.querySelectorAll(selector)].some(holds)
        ? requestAnimationFrame((now) => resolve(now - begun))
        : requestAnimationFrame(look);
    look();
})
"""

SCRIPT_BYTES = """
() => performance.getEntriesByType("resource")
    .filter(({ name }) => name.endsWith(".js"))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
"""


@dataclass(frozen=True)
class Measured:
    """A figure with its goal, both in `unit`."""

    name: str
    value: float
    goal: float
    unit: str = "ms"


def write_chat(path: Path, count: int) -> None:
    """An export of so many messages of one line."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            at = FIRST + timedelta(minutes=number * 7)
            word, other = WORDS[number % 10], WORDS[number // 10 % 10]
            text = f"{word} and {other}, number {number}"
            file.write(f"{at:%d/%m/%Y, %H:%M} - Person {number % 5}: {text}\n")


def prepared(place: Path, count: int) -> Path:
    """A folder that the servers' account can reach, with the export in it."""
    place.chmod(0o755)
    chat = place / "chat.txt"
    write_chat(chat, count)
    return chat


async def first_view(browser: Browser, address: str, rounds: int) -> tuple[float, float]:
    """From nothing, not even a cache, until the list of conversations is painted: the median.

    And the kilobytes of JavaScript, compressed, that were loaded for it.
    """
    times = []
    script = 0.0
    for _ in range(rounds):
        context = await browser.new_context()
        page = await context.new_page()
        began = time.perf_counter()
        await page.goto(address, wait_until="commit")
        await page.locator(".conversation-row").first.wait_for()
        times.append((time.perf_counter() - began) * 1_000)
        script = await page.evaluate(SCRIPT_BYTES) / 1_000
        await context.close()
    return at(0.5, times), script


async def scrolled(page: Page, rounds: int) -> list[float]:
    """The frames of scrolling up and down through the newest messages."""
    await page.locator(".message").last.wait_for()
    await page.mouse.move(800, 400)
    await page.evaluate(FRAMES)
    for number in range(rounds):
        await page.mouse.wheel(0, -700 if number < rounds * 2 // 3 else 700)
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    frames: list[float] = await page.evaluate("window.frames_")
    return frames


async def found(page: Page, address: str, rounds: int) -> list[float]:
    """From the last key of a query until its results are painted."""
    await page.goto(f"{address}/#/search")
    field = page.get_by_role("combobox")
    times = []
    for number in range(rounds):
        word, other = WORDS[number % 10], WORDS[(number + 3) % 10]
        await field.fill(f"{word} {other[:-1]}")
        await page.locator(".results").wait_for()
        waiting = asyncio.create_task(page.evaluate(PAINTED, [".result mark", other]))
        await asyncio.sleep(0.3)
        await field.press(other[-1])
        times.append(await waiting)
    return times


async def own(page: Page, rounds: int) -> list[float]:
    """From Enter until one's own message is painted."""
    times = []
    for _ in range(rounds):
        words = f"own {uuid4()}"
        await page.get_by_label("Write a message").fill(words)
        waiting = asyncio.create_task(page.evaluate(PAINTED, [".message .body", words]))
        await asyncio.sleep(0.2)
        await page.get_by_label("Write a message").press("Enter")
        times.append(await waiting)
    return times


async def others(page: Page, send: Callable[[str], Awaitable[None]], rounds: int) -> list[float]:
    """From the answer to another's sending, which is after its commit, until it is painted."""
    times = []
    for _ in range(rounds):
        words = f"other {uuid4()}"
        shown = asyncio.create_task(
            page.locator(".message .body", has_text=words).wait_for(state="visible")
        )
        await send(words)
        committed = time.perf_counter()
        await shown
        times.append((time.perf_counter() - committed) * 1_000)
    return times


def at(share: float, times: Sequence[float]) -> float:
    """The time that so large a share of them does not exceed."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return at(0.95, times)


async def measure(parley: Serving, browser: Browser, rounds: int) -> list[Measured]:
    """All figures, one after another."""
    async with parley.over_http() as session:
        listed = await ask(session, "{ conversations(first: 50) { nodes { id title } } }")
        nodes = listed["conversations"]["nodes"]
        conversation = next(node["id"] for node in nodes if node["title"] == TITLE)

        async def send(body: str) -> None:
            await ask(session, SEND, conversation=conversation, body=body)

        view, script = await first_view(browser, parley.address, max(3, rounds // 4))
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        await page.goto(f"{parley.address}/#/conversations/{conversation}")
        frames = await scrolled(page, rounds * 15)
        await page.reload()
        await page.locator(".message").last.wait_for()
        mine = await own(page, rounds)
        theirs = await others(page, send, rounds)
        results = await found(page, parley.address, rounds)
    return [
        Measured("first view, cold, median", view, 1_500),
        Measured("scroll frame, p95", p95(frames), 50),
        Measured("search painted after the last key, p95", p95(results), 150),
        Measured("own message painted, p95", p95(mine), 50),
        Measured("another's painted after its commit, p95", p95(theirs), 200),
        Measured("initial JavaScript, compressed", script, 200, "KB"),
    ]


async def run(count: int, rounds: int, chromium: str) -> None:
    """Make the conversation, measure, print the table."""
    console = Console()
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="parley-bench-web-") as folder:
        place = Path(folder)
        chat = prepared(place, count)
        async with serving(place / "data", "--demo") as parley, async_playwright() as playwright:
            arguments = ("import", chat, "--title", TITLE, "--tenant", "demo")
            status, _, errors = await run_parley(place / "data", *arguments)
            assert status == 0, errors
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"]
            )
            figures = await measure(parley, browser, rounds)
            await browser.close()
    table = Table("what", "measured", "goal", title=f"A conversation of {count:,} messages")
    for figure in figures:
        mark = "" if figure.value <= figure.goal else " missed"
        value = f"{figure.value:.0f} {figure.unit}{mark}"
        table.add_row(figure.name, value, f"≤ {figure.goal:.0f} {figure.unit}")
    console.print(table)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description="Measure the web client in a browser.")
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    chromium = which("chromium") or which("google-chrome")
    if chromium is None or not (DIST / "index.html").is_file():
        parser.exit(1, "This needs Chromium, and the web client built by `make web`.\n")
    count, rounds = (20_000, 8) if given.quick else (given.messages, 25)
    asyncio.run(run(count, rounds, chromium))


if __name__ == "__main__":
    main()
