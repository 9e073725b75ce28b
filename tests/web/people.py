"""People at their browsers: pages of the web client, each with a session of its own."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from re import Pattern
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from app.embedded import EmbeddedServers
from app.seed import DEMO_SLUG, ensure_user
from app.signin.tokens import Tokens
from models.base import now
from models.tenants import Role
from tests.app.serving import Serving
from tests.chromium import PATIENCE_MILLISECONDS

CLIENT = Path(__file__).parents[2] / "client-examples/web"
SCREENSHOTS = Path(__file__).parent / "screenshots"
TOKEN_KEY = "parley.web.token"
FAMILY = "Lindner family"
# What must not be: a closed socket or a refused request is the network's and told by the page.
HARMLESS = ("WebSocket connection to", "Failed to load resource")
# The list seeks its place until all rows about it are measured; it may be drawn anew meanwhile.
STILL = """() => new Promise((done) => {
    let last = null, frames = 0;
    const look = () => {
        const at = document.querySelector(".message-rows")?.scrollTop ?? null;
        frames = at !== null && at === last ? frames + 1 : 0;
        last = at;
        frames > 30 ? done() : requestAnimationFrame(look);
    };
    look();
})"""
IS_AT = """([id, top]) => {
    const shown = document.getElementById(id);
    return shown !== null && Math.abs(shown.getBoundingClientRect().top - top) < 3;
}"""


@dataclass
class Person:
    """Somebody at a page. `faults` are what the page threw or complained of."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith(HARMLESS):
            self.faults.append(message.text)

    @property
    def messages(self) -> Locator:
        """The messages that are drawn, oldest first."""
        return self.page.get_by_role("article")

    @property
    def list(self) -> Locator:
        """Where the messages are; busy while some are on their way."""
        return self.page.get_by_role("region", name="Messages")

    @property
    def field(self) -> Locator:
        """Where one writes."""
        return self.page.get_by_label("Write a message")

    async def open(self, title: str = FAMILY) -> None:
        """Choose a conversation from the list, and see its messages."""
        await self.page.locator(".conversation-row", has_text=title).click()
        await expect(self.page.get_by_role("heading", name=title, level=1)).to_be_visible()

    async def say(self, text: str) -> None:
        """Write a message and send it by Enter."""
        await self.field.fill(text)
        await self.field.press("Enter")

    def message(self, text: str | Pattern[str]) -> Locator:
        """The message with a text."""
        return self.page.get_by_role("article").filter(has_text=text)

    async def act(self, text: str, action: str) -> None:
        """Choose from the menu of a message."""
        message = self.message(text)
        await message.hover()
        await message.get_by_label("Actions for this message").click()
        await self.page.get_by_role("menuitem", name=action, exact=True).click()

    async def settle(self, what: str) -> None:
        """Choose from the menu of the conversation that is open."""
        await self.page.get_by_role("button", name="Actions for this conversation").click()
        await self.page.get_by_role("menuitemcheckbox", name=what, exact=True).click()

    async def begin(self, section: str, action: str, name: str) -> Locator:
        """Open the dialog that makes something in a section of the directory, and name it."""
        await self.page.get_by_role("link", name="Directory").click()
        await self.page.get_by_role("link", name=section).click()
        await self.page.get_by_role("button", name=action).click()
        dialog = self.page.get_by_role("dialog")
        await dialog.get_by_role("textbox", name="Name", exact=True).fill(name)
        return dialog

    async def scroll_up_to(self, text: str) -> None:
        """Turn the wheel until a text is in the list. However far that is, few rows are drawn."""
        await self.list.hover()
        wanted = self.list.get_by_text(text)
        for _ in range(200):
            if await wanted.count():
                # It may be seen on the way to the place where the list opens.
                await self.rest()
                if await wanted.count():
                    return
            await self.page.mouse.wheel(0, -20_000)
            await expect(self.list).to_have_attribute("aria-busy", "false")
            assert await self.messages.count() < 60
        raise AssertionError(f"there is no {text!r} in the list")

    async def rest(self) -> None:
        """Return when the list moves no more by itself: until then it undoes what one scrolls."""
        await self.page.evaluate(STILL)

    async def place_of(self, message: Locator) -> tuple[str, float]:
        """A message's id and how far from the top it is, once the list moves no more by itself."""
        await self.rest()
        key = await message.get_attribute("id")
        box = await message.bounding_box()
        assert key is not None and box is not None
        return key, box["y"]

    async def is_at(self, key: str, top: float) -> None:
        """Wait until the message with an id is so far from the top, in pixels."""
        await self.comes_true(IS_AT, [key, top])

    async def comes_true(self, expression: str, argument: Any = None) -> None:
        """Wait until an expression of JavaScript holds in the page."""
        await self.page.wait_for_function(
            expression, arg=argument, timeout=PATIENCE_MILLISECONDS, polling=100
        )

    async def leave(self) -> None:
        """Close the browser's window; what the page complained of fails the test."""
        await self.page.context.close()
        assert self.faults == []


@dataclass
class Town:
    """A server, and browsers that people open its client in."""

    parley: Serving
    browser: Browser
    data_dir: Path

    async def person(self, token: str | None = None, path: str = "", **options: Any) -> Person:
        """Somebody who opens the client: the demo's Ana, or whose token it is."""
        context: BrowserContext = await self.browser.new_context(
            **{
                "locale": "en-GB",
                "viewport": {"width": 1280, "height": 800},
                "reduced_motion": "reduce",
                **options,
            }
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        if token is not None:
            await context.add_init_script(
                f"sessionStorage.getItem({TOKEN_KEY!r}) ??"
                f" sessionStorage.setItem({TOKEN_KEY!r}, {token!r})"
            )
        person = Person(await context.new_page())
        await person.page.goto(f"{self.parley.address}/{path}")
        await expect(person.page.get_by_role("navigation")).to_be_visible()
        return person

    async def token(self, handle: str) -> str:
        """A token of an agent of the demo's tenant, who is made if need be."""
        owner_url = EmbeddedServers(self.data_dir).database_url
        viewer = await ensure_user(owner_url, DEMO_SLUG, handle, Role.AGENT)
        tokens = Tokens.from_file(self.data_dir / "signing-keys.json")
        return tokens.issue(viewer, now(), timedelta(hours=1))
