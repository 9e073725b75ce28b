"""Schedules: in the list, in the calendar, and on their way."""

from uuid import uuid4

from playwright.async_api import expect

from tests.web.people import Person


async def test_a_schedule_is_made_shown_and_cancelled(ana: Person) -> None:
    words = f"Good morning {uuid4()}"
    await ana.page.get_by_role("link", name="Schedules").click()
    await ana.page.get_by_role("button", name="New schedule").click()
    dialog = ana.page.get_by_role("dialog", name="New schedule")
    await dialog.get_by_label("Message").fill(words)
    await dialog.get_by_role("button", name="Schedule", exact=True).click()

    card = ana.page.get_by_role("listitem").filter(has_text=words)
    await expect(card).to_contain_text("Active")
    await ana.page.get_by_role("button", name="Calendar").click()
    entry = ana.page.get_by_title(words)
    await expect(entry).to_be_visible()

    await ana.page.get_by_role("button", name="List").click()
    await card.get_by_role("button", name="Cancel the schedule").click()
    await expect(card).to_contain_text("Cancelled")


async def test_a_schedule_that_is_due_is_sent_while_one_looks_on(ana: Person) -> None:
    words = f"Any moment {uuid4()}"
    await ana.page.get_by_role("link", name="Schedules").click()
    await ana.page.get_by_role("button", name="New schedule").click()
    dialog = ana.page.get_by_role("dialog", name="New schedule")
    await dialog.get_by_label("Message").fill(words)
    # The field knows minutes: the coming one is as soon as it goes.
    await dialog.get_by_label("Send at").evaluate(NEXT_MINUTE)
    await dialog.get_by_role("button", name="Schedule", exact=True).click()

    card = ana.page.get_by_role("listitem").filter(has_text=words)
    await expect(card).to_contain_text("Active")
    await expect(card).to_contain_text("Sent 1", timeout=90_000)
    await expect(card).to_contain_text("Completed")


async def test_a_schedule_that_recurs_is_previewed_paused_and_resumed(ana: Person) -> None:
    words = f"Every week {uuid4()}"
    await ana.page.get_by_role("link", name="Schedules").click()
    await ana.page.get_by_role("button", name="New schedule").click()
    dialog = ana.page.get_by_role("dialog", name="New schedule")
    await dialog.get_by_label("Message").fill(words)
    await dialog.get_by_label("Send at").fill("2031-03-24T09:00")
    await dialog.get_by_label("Time zone").select_option("Europe/Vienna")
    await dialog.get_by_label("Repeat").select_option("weekly")
    # The clocks of Vienna change on the 30th: it stays nine o'clock.
    occurrences = dialog.get_by_role("region", name="It will be sent").get_by_role("listitem")
    await expect(occurrences).to_have_count(5)
    await expect(occurrences.nth(0)).to_have_text("24 Mar 2031, 09:00")
    await expect(occurrences.nth(1)).to_have_text("31 Mar 2031, 09:00")
    await dialog.get_by_role("button", name="Schedule", exact=True).click()

    card = ana.page.get_by_role("listitem").filter(has_text=words)
    await expect(card).to_contain_text("FREQ=WEEKLY;BYDAY=MO")
    await card.get_by_role("button", name="Pause").click()
    await expect(card).to_contain_text("Paused")
    await card.get_by_role("button", name="Resume").click()
    await expect(card).to_contain_text("Active")


async def test_a_time_that_is_past_is_refused_in_words_and_the_text_stays(ana: Person) -> None:
    await ana.page.get_by_role("link", name="Schedules").click()
    await ana.page.get_by_role("button", name="New schedule").click()
    dialog = ana.page.get_by_role("dialog", name="New schedule")
    await dialog.get_by_label("Message").fill("Too late")
    await dialog.get_by_label("Send at").fill("2020-01-01T10:00")
    await dialog.get_by_role("button", name="Schedule", exact=True).click()

    await expect(dialog.get_by_role("alert")).to_contain_text("past")
    await expect(dialog.get_by_label("Message")).to_have_value("Too late")


NEXT_MINUTE = """
(field) => {
    const at = new Date(Date.now() + 60_000);
    const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
    set.call(field, local.toISOString().slice(0, 16));
    field.dispatchEvent(new Event("input", { bubbles: true }));
}
"""
