"""The playground as a person uses it, in a browser that may talk to nobody but Parley."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from httpx import AsyncClient
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.app.serving import PATH, Serving
from tests.chromium import PATIENCE_MILLISECONDS, chromium
from tests.client_examples.menu import SOURCES

SEND = """
    mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }
"""
NEWEST = "{ conversations(first: 1) { nodes { id } } }"

if not (SOURCES.parent / "dist/index.html").is_file():
    pytest.skip("the playground is not built: `make playground` needs npm", allow_module_level=True)


class Visitor:
    """Somebody at the playground. `faults` are what the page threw or complained of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.faults: list[str] = []
        self.elsewhere: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console",
            lambda said: self.faults.append(said.text) if said.type == "error" else None,
        )

    async def keep_at_home(self) -> None:
        """Note and refuse each request to any other host."""

        async def decide(route: Route) -> None:
            if urlsplit(route.request.url).netloc == urlsplit(self.address).netloc:
                await route.continue_()
            else:
                self.elsewhere.append(route.request.url)
                await route.abort()

        await self.page.route(re.compile("^(?!data:)"), decide)

    async def arrive(self) -> None:
        """Open the page, signed in by the demo."""
        await self.page.goto(f"{self.address}{PATH}")
        await self.settle()

    async def reload(self) -> None:
        await self.page.reload()
        await self.settle()

    async def settle(self) -> None:
        """Wait for the sign-in, and for the editors, without which no example can be opened."""
        await expect(self.status).to_have_text("Signed in as Ana (demo)")
        example = self.page.get_by_role("button", name="Latest conversations")
        await expect(example).to_be_enabled()

    @property
    def status(self) -> Locator:
        """Who is signed in."""
        return self.page.locator(".sign-in-state")

    @property
    def editor(self) -> Locator:
        """The operation."""
        return self.page.get_by_label("Operation Editor")

    @property
    def result(self) -> Locator:
        return self.page.locator(".result-window")

    @property
    def footer(self) -> Locator:
        """How the last operation went."""
        return self.page.get_by_label("Last operation")

    async def open(self, title: str, *words: str) -> None:
        """Choose an example; its variables have these words then."""
        examples = self.page.get_by_label("Examples", exact=True)
        await examples.get_by_role("button", name=title).first.click()
        variables = self.page.locator("section[aria-label='Variables']")
        for word in words:
            await expect(variables).to_contain_text(word)

    async def run(self) -> None:
        await self.page.get_by_role("button", name="Execute query").click()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest.fixture
async def visitor(browser: Browser, demo: Serving) -> AsyncIterator[Visitor]:
    """Somebody who has arrived. Nothing may have been complained of, or asked for elsewhere."""
    context = await browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    visitor = Visitor(await context.new_page(), demo.address)
    await visitor.keep_at_home()
    await visitor.arrive()
    yield visitor
    await context.close()
    assert visitor.faults == []
    assert visitor.elsewhere == []


@pytest.fixture
async def send(demo: Serving) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """Sends a message to the newest conversation, by HTTP."""
    async with AsyncClient(
        base_url=demo.address, headers=demo.authorization, timeout=60, trust_env=False
    ) as client:

        async def send(body: str) -> None:
            found = (await client.post(PATH, json={"query": NEWEST})).json()
            (conversation,) = found["data"]["conversations"]["nodes"]
            given = {"conversationId": conversation["id"], "body": body}
            request = {"query": SEND, "variables": {"input": given}}
            sent = (await client.post(PATH, json=request)).json()
            assert sent["data"]["sendMessage"]["message"]

        yield send


async def test_an_example_query_runs_and_says_what_it_cost(visitor: Visitor) -> None:
    await visitor.open("Latest conversations")
    await visitor.run()

    await expect(visitor.result).to_contain_text("Lindner family")
    await expect(visitor.footer).to_contain_text(re.compile(r"\d+ ms"))
    await expect(visitor.footer).to_contain_text(re.compile(r"Cost [1-9]\d*"))
    await expect(visitor.footer).to_contain_text(re.compile(r"Left [1-9][\d,]*"))


async def test_a_mutation_runs_with_variables_that_the_page_filled_in(visitor: Visitor) -> None:
    await visitor.open("Send a message", "clientMessageId", "Hello from the playground")
    await visitor.run()

    await expect(visitor.result).to_contain_text('"sendMessage"')
    await expect(visitor.result).to_contain_text("Hello from the playground")
    await expect(visitor.result).to_contain_text('"userErrors": []')


async def test_a_subscription_shows_what_is_sent_elsewhere_and_can_be_stopped(
    visitor: Visitor, send: Callable[[str], Awaitable[None]]
) -> None:
    await visitor.open("All that happens in a conversation", '"after": "')
    await visitor.run()
    await expect(visitor.footer).to_contain_text("Live")
    # It goes on after a cursor, so this is heard whenever the subscription begins.
    await send("Is anybody listening?")

    await expect(visitor.result).to_contain_text("MessageAddedEvent")
    await expect(visitor.result).to_contain_text("Is anybody listening?")
    await visitor.page.get_by_role("button", name="Stop query").click()
    await expect(visitor.footer).to_contain_text(re.compile(r"Subscription ended, \d"))


async def test_the_documentation_can_be_read(visitor: Visitor) -> None:
    page = visitor.page
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    explorer = page.get_by_label("Documentation Explorer", exact=True)
    await explorer.get_by_role("link", name="Query", exact=True).click()
    await explorer.get_by_role("link", name="conversations", exact=True).click()

    await expect(explorer).to_contain_text("ConversationOrder")
    await expect(explorer.get_by_role("link", name="ConversationConnection")).to_be_visible()


async def test_the_history_is_there_after_a_reload_without_the_token(visitor: Visitor) -> None:
    page = visitor.page
    await visitor.open("Who you are")
    await visitor.run()
    await expect(visitor.result).to_contain_text('"tenant"')
    await visitor.reload()
    await page.get_by_role("button", name="Show History").click()

    await expect(page.get_by_label("History", exact=True)).to_contain_text("Viewer")
    kept = await page.evaluate("JSON.stringify({...localStorage})")
    assert "Viewer" in kept
    assert "eyJ" not in kept


async def test_a_token_that_is_refused_is_told_in_words_and_can_be_taken_back(
    visitor: Visitor,
) -> None:
    page = visitor.page
    await page.get_by_role("button", name="Token").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Token").fill("not a token")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("without spaces")

    await dialog.get_by_label("Token").fill("eyJhbGciOiJub25lIn0.e30.")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog.get_by_role("alert")).to_have_text(re.compile(r"\w"))
    await expect(visitor.status).to_have_text("Token refused")
    await expect(dialog).to_contain_text("parley token")
    await dialog.get_by_role("button", name="Forget the token").click()
    await expect(visitor.status).to_have_text("Signed in as Ana (demo)")
    # The browser says of each refused request that it was one; nothing else was wrong.
    assert all("401" in fault for fault in visitor.faults)
    visitor.faults.clear()


async def test_an_operation_is_explained_also_after_a_reload(visitor: Visitor) -> None:
    page, footer = visitor.page, visitor.footer
    await visitor.open("Latest conversations")
    await visitor.run()
    await expect(footer).to_contain_text("Cost")
    await expect(footer).not_to_contain_text("statement")
    await page.get_by_label("Explain").check()
    await visitor.reload()
    await expect(page.get_by_label("Explain")).to_be_checked()
    await visitor.run()
    await expect(footer).to_contain_text(re.compile(r"Server \d+\.\d ms"))
    await visitor.run()

    await expect(footer).to_contain_text("Executed by compiled code.")
    await expect(footer).to_contain_text("The document was in the cache.")
    await expect(footer).to_contain_text(re.compile(r"Loaded together: \w+ \(\d+ keys?\)"))
    await expect(footer).to_contain_text(re.compile(r"\d+ statements, \d+ rows?"))
    await footer.get_by_text("FROM conversations").first.click()
    await expect(footer.locator("pre").first).to_be_visible()


async def test_examples_are_found_by_a_word(visitor: Visitor) -> None:
    examples = visitor.page.get_by_label("Examples", exact=True)
    await examples.get_by_label("Find an example").fill("pause")
    await expect(examples.get_by_role("button", name="Pause a schedule")).to_be_visible()
    await expect(examples.get_by_role("button", name="Latest conversations")).to_have_count(0)
    await examples.get_by_label("Find an example").fill("xyzzy")
    await expect(examples).to_contain_text("No example has these words.")


async def test_an_example_says_what_must_be_made_before(visitor: Visitor) -> None:
    examples = visitor.page.get_by_label("Examples", exact=True)
    await visitor.open("Resume a schedule", '"scheduleId": ""')

    await expect(examples).to_contain_text("Nothing was found for pausedScheduleId")
