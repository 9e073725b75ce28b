"""Bringing a chat by file: what is in it first, then the import, and back again."""

import re
from pathlib import Path

from playwright.async_api import expect

from tests.web.people import Person

SAMPLE = Path(__file__).parents[1] / "samples/whatsapp-ios-export.zip"


async def test_a_file_is_looked_into_imported_read_and_undone(ana: Person) -> None:
    await ana.page.get_by_role("link", name="Import").click()
    await ana.page.locator("input[type=file]").set_input_files(SAMPLE)

    report = ana.page.get_by_role("region", name="What is in it")
    await expect(report).to_contain_text("Messages52")
    await expect(report).to_contain_text("Day, month, year: day 20 at line 1")
    await report.get_by_text("The first messages").click()
    await expect(report.locator(".report-lines")).to_be_visible()

    await ana.page.get_by_label("Title", exact=True).fill("Camping")
    await ana.page.get_by_role("button", name="Import", exact=True).click()
    card = ana.page.get_by_role("listitem").filter(has_text=SAMPLE.name)
    await expect(card).to_contain_text("Done")
    await expect(card).to_contain_text("52 messages added")

    await card.get_by_role("link", name="Camping").click()
    await ana.scroll_up_to("Hey 👋")
    await _open_save_and_play(ana)
    await ana.page.route("**/media/**", lambda route: route.fulfill(body="no picture"))
    await ana.page.reload()
    await ana.scroll_up_to("Hey 👋")
    broken = ana.page.get_by_text(re.compile("^00000001-PHOTO.* cannot be shown$"))
    await expect(broken).to_be_visible()
    await ana.page.get_by_role("link", name="Import").click()
    await card.get_by_role("button", name="Undo").click()
    await ana.page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    await expect(card).to_contain_text("Undone")


async def _open_save_and_play(ana: Person) -> None:
    """What came with the messages: a picture and a film."""
    picture = ana.page.get_by_role("button", name="00000001-PHOTO")
    await picture.press("Enter")
    dialog = ana.page.get_by_role("dialog", name="00000001-PHOTO")
    await expect(dialog.get_by_role("img", name="00000001-PHOTO")).to_be_visible()
    async with ana.page.expect_download() as saving:
        await dialog.get_by_role("button", name="Save 00000001-PHOTO").click()
    assert (await saving.value).suggested_filename.startswith("00000001-PHOTO")
    await ana.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(picture).to_be_focused()

    # Not by its place: rows move until those about them are measured.
    await ana.page.get_by_role("button", name="Play 00000002-VIDEO").dispatch_event("click")
    await ana.comes_true("() => document.querySelector('video[controls]')?.duration > 0")


async def test_a_dropped_file_that_is_no_chat_is_refused_in_words(ana: Person) -> None:
    await ana.page.get_by_role("link", name="Import").click()
    zone = ana.page.locator(".drop-zone")
    await expect(zone).to_be_visible()
    transfer = await ana.page.evaluate_handle(SHOPPING_LIST)
    await zone.dispatch_event("drop", {"dataTransfer": transfer})

    await expect(ana.page.get_by_role("heading", name="shopping.txt")).to_be_visible()
    await expect(ana.page.get_by_role("alert")).to_contain_text("NOT_A_CHAT")
    await expect(ana.page.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    await ana.page.get_by_role("button", name="Cancel").click()
    await expect(zone).to_be_visible()


async def test_an_upload_that_is_refused_says_why_and_what_was_typed_stays(ana: Person) -> None:
    refusal = '{"errors": [{"message": "Your tenant has no room for it."}]}'
    await ana.page.route("**/imports?**", lambda route: route.fulfill(status=413, body=refusal))
    await ana.page.get_by_role("link", name="Import").click()
    await ana.page.locator("input[type=file]").set_input_files(SAMPLE)
    title = ana.page.get_by_label("Title", exact=True)
    await title.fill("Too much")
    await ana.page.get_by_role("button", name="Import", exact=True).click()

    await expect(ana.page.get_by_role("alert")).to_contain_text("has no room for it")
    await expect(title).to_have_value("Too much")


SHOPPING_LIST = """
() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["milk\\nbread\\n"], "shopping.txt", { type: "text/plain" }));
    return transfer;
}
"""
