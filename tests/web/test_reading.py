"""Reading as a person does: the list, the messages, dates, search."""

import re

from playwright.async_api import expect

from tests.web.people import FAMILY, Person

OLDEST = "Maya created group"
SCROLLED = 900
NEWEST = "Buenas noches familia"


async def test_the_newest_message_is_in_sight_when_a_conversation_is_opened(ana: Person) -> None:
    await ana.open()

    await expect(ana.message(NEWEST)).to_be_in_viewport()
    await expect(ana.page.get_by_text("To the newest")).not_to_be_visible()


async def test_few_rows_are_drawn_however_far_one_scrolls_and_the_place_is_kept(
    ana: Person,
) -> None:
    await ana.open()
    await expect(ana.message(NEWEST)).to_be_in_viewport()
    await ana.scroll_up_to(OLDEST)
    await expect(ana.page.get_by_text(OLDEST)).to_be_in_viewport()
    await ana.page.get_by_role("button", name="To the newest").click()
    await expect(ana.message(NEWEST)).to_be_in_viewport()


async def test_one_jumps_to_a_date_as_often_as_one_likes(ana: Person) -> None:
    await ana.open()
    day = ana.list.get_by_text("15 February 2026")
    for _ in range(2):
        await ana.page.get_by_role("button", name="Jump to a date").click()
        await ana.page.get_by_label("Date", exact=True).fill("2026-02-15")
        await ana.page.get_by_role("button", name="Jump", exact=True).click()
        await expect(day).to_be_in_viewport()
        await expect(ana.page.get_by_role("button", name="To the newest")).to_be_visible()
        await ana.rest()
        await ana.list.hover()
        await ana.page.mouse.wheel(0, 4_000)
        await expect(day).not_to_be_in_viewport()


async def test_what_is_in_sight_stays_where_it_is_when_older_messages_come(ana: Person) -> None:
    await ana.page.get_by_role("link", name="Search").click()
    await ana.page.get_by_role("combobox", name="Search").fill("hund magen")
    await ana.page.locator(".result").click()
    found = ana.message("Der Hund hat einen Magen aus Stahl")
    await expect(found).to_be_in_viewport()
    key, top = await ana.place_of(found)
    async with ana.page.expect_response(lambda answer: "graphql" in answer.url):
        await found.hover()
        await ana.page.mouse.wheel(0, -SCROLLED)
        await expect(found).not_to_be_in_viewport()
    await expect(ana.list).to_have_attribute("aria-busy", "false")
    await ana.is_at(key, top + SCROLLED)


async def test_a_match_is_marked_and_leads_to_its_place(ana: Person) -> None:
    await ana.page.keyboard.press("/")
    await expect(ana.page.get_by_role("combobox", name="Search")).to_be_focused()
    await ana.page.keyboard.type("hund magen")

    result = ana.page.locator(".result")
    await expect(result).to_have_count(1)
    await expect(result.locator("mark")).to_have_text(["Hund", "Magen"])
    await result.click()

    found = ana.message("Der Hund hat einen Magen aus Stahl")
    await expect(found).to_be_in_viewport()
    await expect(found).to_have_attribute("data-target", "true")
    await expect(ana.page).to_have_url(re.compile("message="))
    await ana.page.go_back()
    await expect(ana.page.get_by_role("combobox", name="Search")).to_have_value("hund magen")
    await expect(result).to_have_count(1)


async def test_a_search_is_narrowed_by_what_it_found(ana: Person) -> None:
    await ana.page.get_by_role("link", name="Search").click()
    field = ana.page.get_by_role("combobox", name="Search")
    await field.fill("hund")
    await expect(ana.page.locator(".result")).to_have_count(5)
    facets = ana.page.get_by_role("region", name="Narrow the search")
    await facets.get_by_role("button", name="Oma Helga 2").click()

    await expect(field).to_have_value('hund from:"Oma Helga"')
    results = ana.page.locator(".result")
    await expect(results).to_have_count(2)
    newest = await results.first.inner_text()
    await ana.page.get_by_role("button", name="Oldest first").click()
    await expect(results.last).to_have_text(newest, use_inner_text=True)
    await expect(ana.page).to_have_url(re.compile("order=OLDEST"))


async def test_a_query_that_cannot_be_understood_is_said_to_be(ana: Person) -> None:
    await ana.page.get_by_role("link", name="Search").click()
    await ana.page.get_by_role("combobox", name="Search").fill("hund before:yesterday")

    await expect(ana.page.get_by_text("Give a day, a month or a year")).to_be_visible()


async def test_statistics_are_drawn(ana: Person) -> None:
    await ana.page.get_by_role("link", name="Statistics").click()

    chart = ana.page.get_by_role("img", name="Most on")
    await expect(chart).to_be_visible()
    await expect(ana.page.get_by_role("row", name="Mon")).to_be_visible()
    await expect(ana.page.get_by_role("listitem").filter(has_text="Oma Helga")).to_be_visible()
    await ana.page.get_by_text("As a table").click()
    await expect(ana.page.get_by_role("rowheader", name="2026").first).to_be_visible()
    await ana.page.get_by_label("Filter by title").fill("no such title")
    await expect(ana.page.get_by_label("Conversation", exact=True)).to_contain_text(FAMILY)


async def test_a_conversation_is_pinned_and_archived(ana: Person) -> None:
    row = ana.page.locator(".conversation-row", has_text=FAMILY)
    await ana.open()
    await ana.settle("Pin")
    await expect(row.get_by_text("Pinned")).to_have_count(1)

    await ana.settle("Archive")
    await expect(row).to_have_count(0)
    await ana.page.get_by_role("button", name="Archived", exact=True).click()
    await expect(row).to_have_count(1)
    await ana.settle("Archive")
    await expect(row).to_have_count(0)
    await ana.page.get_by_role("button", name="Archived", exact=True).click()
    await expect(row).to_have_count(1)


async def test_operators_are_offered_and_taken_by_the_keyboard(ana: Person) -> None:
    await ana.page.keyboard.press("Control+k")
    field = ana.page.get_by_role("combobox", name="Search")
    await field.press_sequentially("hund be")
    await field.press("ArrowDown")
    await field.press("Enter")

    await expect(field).to_have_value("hund before:")
    await field.fill("from:hel")
    await expect(ana.page.get_by_role("option", name="Oma Helga")).to_be_visible()
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(field).to_have_value('from:"Oma Helga" ')


async def test_a_search_of_nothing_says_so(ana: Person) -> None:
    await ana.page.keyboard.press("Alt+2")
    await ana.page.get_by_role("combobox", name="Search").fill("xyzzyplugh")

    await expect(ana.page.get_by_text("Nothing was found.")).to_be_visible()


async def test_the_list_is_filtered_by_title(ana: Person) -> None:
    await ana.page.get_by_label("Filter by title").fill("nothing like this")
    await expect(ana.page.get_by_text("has “nothing like this” in its title")).to_be_visible()
    await expect(ana.page.locator(".conversation-row")).to_have_count(0)
    await ana.page.get_by_label("Filter by title").fill("lindner")
    await expect(ana.page.locator(".conversation-row")).to_have_text([re.compile(FAMILY)])
