"""Two people at two browsers, who talk to each other."""

import asyncio
import re
from uuid import uuid4

from playwright.async_api import Route, expect

from tests.web.people import FAMILY, Person


async def test_what_one_says_the_other_sees_and_hears(ana: Person, ben: Person) -> None:
    await ana.open()
    await ben.open()
    words = f"Hello Ben {uuid4()}"
    await ana.say(words)

    await expect(ana.message(words)).to_be_in_viewport()
    await expect(ana.field).to_have_value("")
    await expect(ben.message(words)).to_be_in_viewport()
    await expect(ben.page.get_by_role("status").filter(has_text=words)).to_have_count(1)
    await expect(ana.message(words)).to_have_count(1)


async def test_one_sees_that_a_message_has_reached_the_other(ana: Person, ben: Person) -> None:
    await expect(ben.page.locator(".conversation-row").first).to_be_visible()
    await ana.open()
    await ana.say(f"Are you there? {uuid4()}")

    await expect(ana.page.locator(".life")).to_have_text("Delivered to Ben")


async def test_one_sees_who_is_there_who_types_and_who_has_seen(ana: Person, ben: Person) -> None:
    await ana.open()
    await ben.open()
    await expect(ana.page.get_by_text("Here now: Ben")).to_be_visible()

    await ben.field.press_sequentially("Hm")
    await expect(ana.page.locator(".life")).to_have_text("Ben is typing…")

    await ana.say(f"I am here {uuid4()}")
    await expect(ana.page.locator(".life")).to_have_text("Seen by Ben")

    # Who only has it in the list is not there, and sees who is.
    await ben.page.get_by_role("link", name="Chats").click()
    await expect(ana.page.get_by_text("Here now: Ben")).not_to_be_visible()
    row = ben.page.locator(".conversation-row", has_text=FAMILY)
    await expect(row).to_contain_text("1 person here now")


async def test_what_comes_is_read_by_who_writes_at_length(ana: Person, ben: Person) -> None:
    await ana.open()
    await ben.open()
    await ben.field.fill("\n".join(f"line {number}" for number in range(5)))
    await ben.field.press_sequentially("!!!")
    words = f"Are you still writing? {uuid4()}"
    await ana.say(words)

    await expect(ben.message(words)).to_be_in_viewport()
    await expect(ana.page.locator(".life")).to_have_text("Seen by Ben")


async def test_what_comes_elsewhere_is_counted_until_it_is_read(ana: Person, ben: Person) -> None:
    await ben.open()
    words = f"Anybody? {uuid4()}"
    await ben.say(words)

    row = ana.page.locator(".conversation-row", has_text=FAMILY)
    await expect(row).to_have_attribute("data-unread", "true")
    await expect(row).to_contain_text(words)
    await expect(ana.page).to_have_title(re.compile(r"^\(\d+\) Parley"))

    await ana.open()
    await expect(ana.page.locator(".unread-line")).to_be_visible()
    await expect(row).to_have_attribute("data-unread", "false")
    await expect(ana.page).to_have_title("Parley")


async def test_who_reads_elsewhere_keeps_their_place_and_is_told_what_came(
    ana: Person, ben: Person
) -> None:
    await ana.open()
    await ben.open()
    await expect(ana.field).to_be_visible()
    await ana.rest()
    await ana.list.hover()
    await ana.page.mouse.wheel(0, -700)
    await expect(ana.page.get_by_role("button", name="To the newest")).to_be_visible()
    key, top = await ana.place_of(ana.messages.nth(8))

    words = f"Down here {uuid4()}"
    await ben.say(words)
    await ana.page.get_by_role("button", name="1 new message").wait_for()
    await ana.is_at(key, top)
    await ana.page.get_by_role("button", name="1 new message").click()
    await expect(ana.message(words)).to_be_in_viewport()


async def test_a_message_is_edited_and_deleted_before_the_eyes_of_the_other(
    ana: Person, ben: Person
) -> None:
    await ana.open()
    await ben.open()
    first, second = f"A word {uuid4()}", f"Another word {uuid4()}"
    await ana.say(first)
    await expect(ben.message(first)).to_be_visible()
    await expect(ana.message(first)).not_to_contain_text("Sending…")

    await ana.field.press("ArrowUp")
    await expect(ana.field).to_have_value(first)
    await ana.say(second)
    await expect(ben.message(second)).to_contain_text("edited")
    await expect(ben.message(first)).to_have_count(0)

    await ana.act(second, "Delete")
    await ana.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(ben.message(second)).to_have_count(0)
    await expect(ben.messages.last).to_contain_text("This message was deleted.")


async def test_one_reacts_and_answers(ana: Person, ben: Person) -> None:
    await ana.open()
    await ben.open()
    words = f"Tea? {uuid4()}"
    await ana.say(words)
    await ben.act(words, "👍")

    reaction = ana.message(words).get_by_role("button", name="👍 by Ben")
    await expect(reaction).to_be_visible()
    await reaction.click()
    await expect(ben.message(words).get_by_role("button", name="👍 by Ben, Ana")).to_be_visible()

    await ben.act(words, "Another emoji…")
    emoji = ben.page.get_by_role("dialog").get_by_label("Emoji")
    await emoji.fill("🦩")
    await emoji.press("Enter")
    await expect(ana.message(words).get_by_role("button", name="🦩 by Ben")).to_be_visible()

    await ben.act(words, "Reply")
    answer = f"Yes {uuid4()}"
    await ben.say(answer)
    await expect(ana.message(answer).locator(".quote")).to_contain_text(words)


async def test_a_reaction_is_there_before_the_server_has_answered(ana: Person) -> None:
    await ana.open()
    words = f"At once? {uuid4()}"
    await ana.say(words)
    await expect(ana.message(words)).not_to_contain_text("Sending…")
    seen = asyncio.Event()

    async def hold(route: Route) -> None:
        if "Reaction(" in (route.request.post_data or ""):
            await seen.wait()
        await route.continue_()

    await ana.page.route("**/graphql", hold)
    await ana.act(words, "🙏")
    reaction = ana.message(words).get_by_role("button", name="🙏 by Ana")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    seen.set()
    async with ana.page.expect_response("**/graphql"):
        await reaction.click()
    await expect(reaction).to_have_count(0)


async def test_a_bookmark_leads_back(ana: Person) -> None:
    await ana.open()
    words = f"Remember {uuid4()}"
    await ana.say(words)
    await ana.act(words, "Bookmark")
    await expect(ana.message(words).get_by_text("Bookmarked")).to_have_count(1)

    await ana.page.get_by_role("button", name="Bookmarks").click()
    await ana.page.get_by_role("dialog").get_by_role("link", name=words).click()
    await expect(ana.message(words)).to_have_attribute("data-target", "true")

    await ana.act(words, "Remove the bookmark")
    await expect(ana.message(words).get_by_text("Bookmarked")).to_have_count(0)


async def test_a_new_conversation_appears_at_the_other(ana: Person, ben: Person) -> None:
    title = f"Plans {uuid4()}"
    await ana.page.get_by_role("button", name="New conversation").click()
    await ana.page.get_by_label("Title", exact=True).fill(title)
    await ana.page.get_by_role("button", name="Create").click()
    await ana.say("Who is coming?")

    await expect(ben.page.locator(".conversation-row", has_text=title)).to_contain_text(
        "Who is coming?"
    )


async def test_markup_is_text_wherever_it_is_shown(ana: Person, ben: Person) -> None:
    await ana.open()
    await ben.open()
    words = f"<img src=x onerror='window.hacked=1'><b>{uuid4()}</b> &amp;"
    await ana.say(words)

    await expect(ben.message(words).locator(".body")).to_have_text(words)
    await expect(ben.page.locator(".conversation-row", has_text=words)).to_be_visible()
    assert await ben.page.evaluate("window.hacked") is None


async def test_markup_and_overrides_in_a_title_are_text_and_stay_within_it(ana: Person) -> None:
    title = f"<i>\u202eTrip</i> {uuid4()}"
    await ana.page.get_by_role("button", name="New conversation").click()
    await ana.page.get_by_label("Title", exact=True).fill(title)
    await ana.page.get_by_role("button", name="Create").click()

    await expect(ana.page.get_by_role("heading", level=1, name=title)).to_be_visible()
    shown = ana.page.locator(".conversation-row-title", has_text=title)
    await expect(shown).to_have_text(title)
    await expect(shown).to_have_css("unicode-bidi", "isolate")


async def test_text_that_runs_the_other_way_leaves_what_is_around_it_alone(ana: Person) -> None:
    await ana.open()
    override = "\u202e"
    words = f"{override}gnp.exe {uuid4()}"
    await ana.say(words)
    body = ana.message(words).locator(".body")
    await expect(body).to_have_css("unicode-bidi", "plaintext")
    await expect(ana.message(words).locator(".message-foot")).to_have_css("direction", "ltr")

    arabic = f"مساء الخير {uuid4()}"
    await ana.say(arabic)
    await expect(ana.message(arabic).locator(".body:dir(rtl)")).to_be_visible()


async def test_a_long_message_is_whole_when_asked_for_and_stays_so_when_it_is_sent(
    ana: Person,
) -> None:
    await ana.open()
    opened, mark = asyncio.Event(), uuid4()

    async def hold(route: Route) -> None:
        if "SendMessage(" in (route.request.post_data or ""):
            await opened.wait()
        await route.continue_()

    await ana.page.route("**/graphql", hold)
    await ana.say("\n".join(f"line {number} {mark}" for number in range(100)))
    message = ana.message(f"line 0 {mark}")
    await expect(message).not_to_contain_text(f"line 99 {mark}")
    await message.get_by_role("button", name="Show all").click()
    await expect(message).to_contain_text(f"line 99 {mark}")

    opened.set()
    await expect(message.get_by_label("Actions for this message")).to_be_attached()
    await expect(message).to_contain_text(f"line 99 {mark}")
