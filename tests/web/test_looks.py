"""How every view looks, and whether everybody can use it: screenshots and axe.

The screenshots are kept in tests/web/screenshots, for people to look at.
"""

from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from playwright.async_api import Locator, expect

from app.application import DOCS_SITE
from tests.chromium import eventually
from tests.web.people import CLIENT, FAMILY, SCREENSHOTS, TOKEN_KEY, Person, Town

SAMPLE = Path(__file__).parents[1] / "samples/whatsapp-ios-export.zip"
AXE = CLIENT / "node_modules/axe-core/axe.min.js"
# Each view's address, and what is in it once it has come.
VIEWS = {
    "search": ("#/search?q=hund", ".facets .chip"),
    "schedules": ("#/schedules", ".schedule"),
    "calendar": ("#/schedules?show=calendar", ".calendar-day"),
    "contacts": ("#/directory/contacts", ".entry"),
    "groups": ("#/directory/groups", ".page-header"),
    "templates": ("#/directory/templates", ".entry"),
    "labels": ("#/directory/labels", ".page-header"),
    "devices": ("#/directory/devices", ".entry"),
    "imports": ("#/imports", ".import"),
    "statistics": ("#/statistics", ".heat"),
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "right-to-left": {"locale": "ar"},
}


async def problems(person: Person) -> list[str]:
    """What axe finds, a line each, once all of the view has come."""
    await person.page.evaluate(AXE.read_text(encoding="utf-8"))

    async def look() -> list[str]:
        return [
            f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
            for rule in await person.page.evaluate("async () => (await axe.run()).violations")
            for node in rule["nodes"]
        ]

    return await eventually(look, lambda found: found == [])


async def shot(person: Person, name: str) -> None:
    """Keep a screenshot."""
    SCREENSHOTS.mkdir(exist_ok=True)
    await person.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.fixture(params=list(LOOKS))
def look(request: pytest.FixtureRequest) -> str:
    """The name of a look."""
    name: str = request.param
    return name


async def test_every_view_is_clean_for_axe(town: Town, look: str) -> None:
    person = await town.person(**LOOKS[look])
    await person.page.locator(".conversation-row", has_text=FAMILY).click()
    await expect(person.messages.last).to_be_visible()
    await shot(person, f"conversation-{look}")
    found = {"conversation": await problems(person)}
    for view, (address, content) in VIEWS.items():
        await person.page.goto(f"{town.parley.address}/{address}")
        await expect(person.page.locator(content).first).to_be_visible()
        await shot(person, f"{view}-{look}")
        found[view] = await problems(person)
    await person.leave()

    assert found == {view: [] for view in found}


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_dialogs_and_menus_are_clean_for_axe(town: Town, colours: str) -> None:
    person = await town.person(**LOOKS[colours])
    page = person.page
    found: dict[str, list[str]] = {}

    async def look(name: str, shown: Locator) -> None:
        """See it, judge it, and close it."""
        await expect(shown).to_be_visible()
        await shot(person, f"{name}-{colours}")
        found[name] = await problems(person)
        await page.keyboard.press("Escape")
        await expect(shown).not_to_be_visible()

    dialog, menu = page.get_by_role("dialog"), page.get_by_role("menu")
    await page.get_by_role("button", name="Settings").click()
    await look("settings", dialog)

    await person.open()
    for button in ("Jump to a date", "Bookmarks"):
        await page.get_by_role("button", name=button).click()
        await look(button, dialog)
    await page.get_by_role("button", name="Actions for this conversation").click()
    await look("conversation-menu", menu)
    await person.messages.last.hover()
    await person.messages.last.get_by_label("Actions for this message").click()
    await look("menu", menu)
    await page.get_by_role("button", name="New conversation").click()
    await look("new-conversation", dialog)

    await page.get_by_role("link", name="Directory").click()
    await page.get_by_role("group", name="Yuki").get_by_role("button", name="Edit").click()
    await look("contact", dialog)

    await page.get_by_role("link", name="Schedules").click()
    await page.get_by_role("button", name="New schedule").click()
    await page.get_by_label("Template").select_option("Reminder (en)")
    await expect(page.get_by_role("region", name="It will read")).to_contain_text("train")
    await expect(page.get_by_role("region", name="It will be sent")).to_contain_text("20")
    await shot(person, f"new-schedule-{colours}")
    found["new-schedule"] = await problems(person)
    await page.reload()

    await page.get_by_role("link", name="Import").click()
    await page.locator("input[type=file]").set_input_files(SAMPLE)
    await expect(page.get_by_role("region", name="What is in it")).to_contain_text("Messages52")
    await shot(person, f"report-{colours}")
    found["report"] = await problems(person)

    await page.evaluate("(key) => sessionStorage.setItem(key, 'nonsense')", TOKEN_KEY)
    await page.reload()
    await expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    await shot(person, f"sign-in-{colours}")
    found["sign-in"] = await problems(person)
    await person.leave()

    assert found == {name: [] for name in found}


async def test_language_and_colours_are_chosen_and_kept(ana: Person) -> None:
    await ana.page.get_by_role("button", name="Settings").click()
    await ana.page.get_by_label("Language").select_option("de")
    await expect(ana.page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    await ana.page.get_by_label("Farben").select_option("dark")
    await expect(ana.page.locator("html")).to_have_css("color-scheme", "dark")

    await ana.page.reload()
    await expect(ana.page.locator("html")).to_have_attribute("lang", "de")
    await expect(ana.page.locator("html")).to_have_css("color-scheme", "dark")


async def test_the_documentation_is_a_click_away(town: Town) -> None:
    build_documentation()
    person = await town.person()
    await person.page.get_by_role("navigation").get_by_role("link", name="Documentation").click()
    await expect(person.page.get_by_role("heading", name="Documents", level=1)).to_be_visible()
    await person.page.get_by_role("link", name="import a chat").click()
    await expect(person.page.get_by_role("heading", name="Import a chat", level=1)).to_be_visible()
    await person.leave()


def build_documentation() -> None:
    """Build what the server shows under /docs, as `make docs` does, if it is not there."""
    if not (DOCS_SITE / "index.html").is_file():
        with pytest.MonkeyPatch.context() as patch:
            # The theme's word about its successor counts as a warning.
            patch.setenv("NO_MKDOCS_2_WARNING", "1")
            build(load_config(str(DOCS_SITE.with_name("mkdocs.yml")), site_dir=str(DOCS_SITE)))


async def test_arabic_runs_from_right_to_left(town: Town) -> None:
    person = await town.person(locale="ar-EG")
    await expect(person.page.locator("html")).to_have_attribute("dir", "rtl")
    rail = "document.querySelector('nav')"
    await person.comes_true(f"() => {rail}?.getBoundingClientRect().left > 1000")
    await person.leave()


async def test_a_phone_shows_one_thing_at_a_time(town: Town) -> None:
    person = await town.person(**LOOKS["phone"])
    await person.open()
    await expect(person.page.locator(".conversation-list")).not_to_be_visible()
    await expect(person.field).to_be_visible()
    await person.comes_true("() => document.documentElement.scrollWidth <= innerWidth")
    await person.settle("Mute")

    await person.page.get_by_role("button", name="Back to the conversations").click()
    await expect(person.page.locator(".conversation-list")).to_be_visible()
    await expect(person.page.locator(".conversation-row").get_by_text("Muted")).to_have_count(1)
    await person.leave()


def test_axe_is_there() -> None:
    """Where the client is built, the tests of it are installed."""
    if not (CLIENT / "dist/index.html").is_file():
        pytest.skip("the web client is not built: `make web` needs npm")
    assert Path(AXE).is_file()
