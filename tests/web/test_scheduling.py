"""Schedules: in the list, in the calendar, and on their way; and whom they go to, through what."""

import re
from uuid import uuid4

from playwright.async_api import Route, expect

from tests.web.people import FAMILY, Person


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
    await ana.page.get_by_title(words).press("Enter")
    await expect(card).to_be_focused()

    await card.get_by_role("button", name="Cancel the schedule").click()
    question = ana.page.get_by_role("dialog", name="Cancel this schedule for good?")
    await question.get_by_role("button", name="Cancel the schedule").click()
    await expect(card).to_contain_text("Cancelled")


async def test_a_schedule_that_is_due_is_sent_while_one_looks_on(ana: Person) -> None:
    words = f"Any moment {uuid4()}"
    await ana.page.get_by_role("link", name="Schedules").click()
    await ana.page.get_by_role("button", name="New schedule").click()
    dialog = ana.page.get_by_role("dialog", name="New schedule")
    await dialog.get_by_label("Message").fill(words)
    await ana.page.route("**/graphql", _send_at_once)
    await dialog.get_by_role("button", name="Schedule", exact=True).click()

    card = ana.page.get_by_role("listitem").filter(has_text=words)
    await expect(card).to_contain_text("Sent 1")
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

    await ana.page.goto(f"{ana.page.url}?show=calendar&month=2031-03")
    await expect(ana.page.get_by_role("heading", name="March 2031")).to_be_visible()
    # The 24th and the 31st, and the week of April that is in sight.
    entries = ana.page.get_by_title(words)
    await expect(entries).to_have_count(2)
    await ana.page.get_by_role("button", name="Month after").click()
    await expect(entries).to_have_count(5)
    await ana.page.get_by_role("button", name="List").click()

    card = ana.page.get_by_role("listitem").filter(has_text=words)
    await expect(card).to_contain_text("Every week")
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


async def test_a_template_is_scheduled_to_a_contact_with_its_values(ana: Person) -> None:
    what = f"the keys {uuid4()}"
    await ana.page.get_by_role("link", name="Schedules").click()
    await ana.page.get_by_role("button", name="New schedule").click()
    dialog = ana.page.get_by_role("dialog", name="New schedule")
    await dialog.get_by_label("Recipients").select_option("Yuki")
    await expect(dialog.get_by_label("Sent through")).to_have_value(re.compile("."))
    await dialog.get_by_label("Template").select_option("Reminder (en)")
    preview = dialog.get_by_role("region", name="It will read")
    await expect(preview).to_contain_text("remember: the train leaves at nine!")
    await dialog.get_by_label("what").fill(what)
    await expect(preview).to_contain_text(f"remember: {what}!")
    await ana.page.route("**/graphql", _send_at_once)
    await dialog.get_by_role("button", name="Schedule", exact=True).click()
    # What differs from one recipient of the demo's list to the next is marked.
    marked = ana.page.locator(".schedule .place")
    await expect(marked).to_have_text(["recipient’s name", "what"])

    # Once it is on its way, its card says who that is, and what they read.
    link = ana.page.get_by_role("link", name="Yuki")
    card = ana.page.get_by_role("listitem").filter(has=link)
    await expect(card).to_contain_text(f"Hello Yuki, remember: {what}!")
    await expect(card).to_contain_text("Sent 1")
    await expect(card).to_contain_text("Completed")


async def test_a_contact_is_made_found_changed_archived_and_restored(ana: Person) -> None:
    name = f"Dora {uuid4()}"
    dialog = await ana.begin("Contacts", "New contact", name)
    await dialog.get_by_role("textbox", name="Phone number").fill("12")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).not_to_be_empty()
    await dialog.get_by_role("textbox", name="Phone number").fill("+44 7700 900789")
    await dialog.get_by_role("button", name="Save").click()

    await ana.page.get_by_label("Filter by name").fill(name)
    entry = ana.page.get_by_role("listitem").filter(has_text=name)
    await expect(entry).to_contain_text("+447700900789")
    await entry.get_by_role("button", name="Edit").click()
    await dialog.get_by_role("button", name="Remove +447700900789").click()
    await dialog.get_by_label("Wants no messages").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(entry).to_contain_text("Wants no messages")
    await expect(entry).not_to_contain_text("+447700900789")
    await entry.get_by_role("button", name="Archive").click()
    await expect(entry).to_have_count(0)

    archived = ana.page.get_by_role("button", name="Archived", exact=True)
    await archived.click()
    await entry.get_by_role("button", name="Restore").click()
    await expect(entry).to_have_count(0)
    await archived.click()
    await expect(entry).to_be_visible()


async def test_a_group_is_made_filled_and_deleted(ana: Person) -> None:
    name = f"Friends {uuid4()}"
    dialog = await ana.begin("Groups", "New group", name)
    await dialog.get_by_role("button", name="Save").click()
    await dialog.get_by_label("Add a contact").fill("Yuki")
    await dialog.get_by_role("button", name="+ Yuki").click()
    await expect(dialog.get_by_role("button", name="Remove Yuki")).to_be_visible()
    await dialog.get_by_role("button", name="Save").click()

    entry = ana.page.get_by_role("listitem").filter(has_text=name)
    await expect(entry).to_contain_text("1 contact")
    await entry.get_by_role("button", name="Delete").click()
    await ana.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(entry).to_have_count(0)


async def test_a_template_is_made_with_its_variables(ana: Person) -> None:
    name = f"Invitation {uuid4()}"
    dialog = await ana.begin("Templates", "New template", name)
    await dialog.get_by_label("Message").fill("Come to {{place}}!")
    await dialog.get_by_label("An example of “place”").fill("our garden")
    await dialog.get_by_role("button", name="Save").click()

    entry = ana.page.get_by_role("listitem").filter(has_text=name)
    await expect(entry).to_contain_text("Come to our garden!")
    await entry.get_by_role("button", name="Archive").click()
    await expect(entry).to_have_count(0)


async def test_a_device_is_made_connected_and_put_away(ana: Person) -> None:
    name = f"Gate {uuid4()}"
    dialog = await ana.begin("Devices", "New device", name)
    await dialog.get_by_role("button", name="Save").click()

    entry = ana.page.get_by_role("listitem").filter(has_text=name)
    await expect(entry).to_contain_text("Disconnected")
    await entry.get_by_role("button", name="Connect").click()
    await expect(entry).to_contain_text("Connected")
    await entry.get_by_role("button", name="Archive").click()
    await ana.page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    await expect(entry).to_have_count(0)


async def test_what_was_typed_of_a_device_stays_and_its_secret_is_shown_once(ana: Person) -> None:
    name = f"Hook {uuid4()}"
    dialog = await ana.begin("Devices", "New device", name)
    await dialog.get_by_label("Kind").select_option("HTTP")
    await dialog.get_by_label("Address (URL)").fill("https://example.com/messages")
    await dialog.get_by_role("button", name="Save").click()
    # The demo has no keys to encrypt secrets with.
    await expect(dialog.get_by_role("alert")).to_contain_text("PARLEY_SECRET_KEYS")
    await expect(dialog.get_by_role("textbox", name="Name", exact=True)).to_have_value(name)

    await ana.page.route("**/graphql", _make_device)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("it is shown this once")
    await expect(dialog).to_contain_text("whsec_made")


async def _make_device(route: Route) -> None:
    answer = (
        '{"data": {"createDevice": {"__typename": "CreateDevicePayload", "device": null,'
        ' "verifyToken": null, "signingSecret": "whsec_made", "userErrors": []}}}'
    )
    if "mutation CreateDevice" in (route.request.post_data or ""):
        await route.fulfill(body=answer, content_type="application/json")
    else:
        await route.continue_()


async def test_a_label_is_made_given_to_a_conversation_and_deleted(ana: Person) -> None:
    name = f"Urgent {uuid4()}"
    dialog = await ana.begin("Labels", "New label", name)
    await dialog.get_by_role("button", name="Save").click()
    entry = ana.page.get_by_role("listitem").filter(has_text=name)
    await expect(entry).to_be_visible()

    await ana.page.get_by_role("link", name="Chats").click()
    row = ana.page.locator(".conversation-row", has_text=FAMILY)
    await ana.open()
    await ana.settle(name)
    await expect(row.get_by_text(name)).to_have_count(1)

    await ana.page.get_by_role("link", name="Directory").click()
    await ana.page.get_by_role("link", name="Labels").click()
    await entry.get_by_role("button", name="Delete").click()
    await ana.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(entry).to_have_count(0)
    await ana.page.get_by_role("link", name="Chats").click()
    await expect(row).to_be_visible()
    await expect(row.get_by_text(name)).to_have_count(0)


async def _send_at_once(route: Route) -> None:
    """Leave the time out of a new schedule: people choose minutes, which would have to pass."""
    request = route.request.post_data_json
    if "CreateSchedule" in request["query"]:
        del request["variables"]["input"]["sendAt"]
    await route.continue_(post_data=request)
