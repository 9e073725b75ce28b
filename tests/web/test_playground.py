"""The playground as a person uses it: a query, and a subscription that hears what is sent."""

from uuid import uuid4

from playwright.async_api import expect

from tests.chromium import PATIENCE_MILLISECONDS
from tests.web.people import CLIENT, FAMILY, Person, Town

PLAYGROUND = CLIENT.parent / "playground/dist/index.html"


async def test_a_query_and_a_subscription_run(town: Town, ana: Person) -> None:
    assert PLAYGROUND.is_file(), "it is built wherever the web client is"
    context = await town.browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = await context.new_page()
    await page.goto(f"{town.parley.address}/graphql")
    await expect(page.get_by_text("Signed in as Ana (demo)")).to_be_visible()
    result = page.locator(".result-window")

    await page.get_by_role("button", name="Conversations").first.click()
    await page.get_by_role("button", name="Execute query").click()
    await expect(result).to_contain_text(FAMILY)

    await page.get_by_role("button", name="New messages").first.click()
    await page.get_by_role("button", name="Execute query").click()
    await expect(page.get_by_label("Last operation")).to_contain_text("Live")
    words = f"Heard {uuid4()}"
    await ana.open()
    await ana.say(words)
    await expect(result).to_contain_text(words)
    await context.close()
