"""What people withstand: no mouse, no server, names that play tricks, failures, a token's end."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from playwright.async_api import Route, expect

from app.embedded import EmbeddedServers
from app.seed import DEMO_VIEWER
from app.signin.tokens import Tokens
from models.base import now
from schema.ids import IdType, decode_id
from tests.chromium import PATIENCE_MILLISECONDS
from tests.web.people import FAMILY, Person, Town

PATIENCE_SECONDS = PATIENCE_MILLISECONDS / 1_000
TRICKY = "<img src=x onerror='window.hacked=1'> \u202eevE"
CREATE_CONTACT = """
    mutation ($name: String!, $phone: String!) {
        createContact(input: { name: $name, identities: [{ kind: PHONE, value: $phone }] }) {
            contact { id } userErrors { code }
        }
    }
"""
CREATE_DEVICE = """
    mutation ($name: String!) {
        createDevice(input: { name: $name, loopback: {} }) { device { id } userErrors { code } }
    }
"""
CONNECT_DEVICE = """
    mutation ($device: ID!) {
        connectDevice(input: { deviceId: $device }) { userErrors { code } }
    }
"""
SEND = """
    mutation ($contacts: [ID!]!, $device: ID!, $body: String!) {
        createSchedule(input: { contactIds: $contacts, deviceId: $device, body: $body }) {
            schedule { id } userErrors { code }
        }
    }
"""


async def test_one_chooses_writes_and_searches_by_the_keyboard_alone(ana: Person) -> None:
    keyboard, words = ana.page.keyboard, f"keys only {uuid4()}"
    await expect(ana.page.locator(".conversation-row").first).to_be_visible()
    await tab_to(ana, ".conversation-row")
    await keyboard.press("Enter")
    await expect(ana.field).to_be_visible()
    await tab_to(ana, "textarea")
    await keyboard.type(words)
    await keyboard.press("Enter")
    await expect(ana.message(words)).to_have_count(1)
    await expect(ana.message(words)).not_to_contain_text("Sending…")

    await keyboard.press("Control+k")
    await expect(ana.page.get_by_role("combobox", name="Search")).to_be_focused()
    await keyboard.type(words)
    await expect(ana.page.locator(".result", has_text=words)).to_have_count(1)
    await tab_to(ana, ".result")
    await keyboard.press("Enter")
    await expect(ana.message(words)).to_be_in_viewport()


async def tab_to(person: Person, selector: str) -> None:
    """Press Tab until something of a kind has the focus."""
    for _ in range(60):
        await person.page.keyboard.press("Tab")
        if await person.page.evaluate("(kind) => document.activeElement.matches(kind)", selector):
            return
    raise AssertionError(f"no {selector} is reached by Tab")


async def test_a_server_that_is_away_at_first_is_said_to_be_and_asked_again(town: Town) -> None:
    person = await town.person()
    again = person.page.get_by_role("button", name="Try again")
    for address, words in (
        ("**/web/config.json", "Parley could not start"),
        ("**/graphql", "The server cannot be reached"),
    ):
        await person.page.route(address, lambda route: route.abort())
        await person.page.reload()
        await expect(person.page.get_by_role("heading", name=words)).to_be_visible()
        await person.page.unroute(address)
        await again.click()
        await expect(person.page.locator(".conversation-row").first).to_be_visible()
    await person.leave()


async def test_an_address_that_leads_nowhere_says_so_and_shows_a_way_on(ana: Person) -> None:
    await ana.open()
    address = ana.page.url
    await ana.page.goto(f"{address}?message=nothing")
    await expect(ana.page.get_by_text("There is no such place")).to_be_visible()
    await ana.page.get_by_role("button", name="To the newest").click()
    await expect(ana.messages.last).to_be_visible()

    await ana.page.goto(address.partition("#")[0] + "#/conversations/nothing")
    await expect(ana.page.get_by_text("There is no such conversation")).to_be_visible()
    await expect(ana.field).to_have_count(0)
    await ana.page.get_by_role("button", name="Back to the conversations").click()
    await expect(ana.page.get_by_text("Choose a conversation.")).to_be_visible()


async def test_markup_and_overrides_in_a_participants_name_are_text(ana: Person) -> None:
    words, place = f"Hello from me {uuid4()}", f"Tricks {uuid4()}"
    chat = f"20/11/2025, 10:00 - {TRICKY}: {words}\n21/11/2025, 10:01 - Ben: And from me\n"
    await ana.page.get_by_role("link", name="Import").click()
    await ana.page.locator("input[type=file]").set_input_files(
        {"name": "chat.txt", "mimeType": "text/plain", "buffer": chat.encode()}
    )
    await expect(ana.page.get_by_role("region", name="What is in it")).to_contain_text("<img src=x")
    await ana.page.get_by_label("Title", exact=True).fill(place)
    await ana.page.get_by_role("button", name="Import", exact=True).click()
    await ana.page.get_by_role("link", name=place).click()

    name = ana.message(words).locator(".message-sender")
    await expect(name).to_contain_text("<img src=x onerror='window.hacked=1'>")
    await expect(name).to_have_css("unicode-bidi", "isolate")
    await expect(ana.page.locator("img[src='x']")).to_have_count(0)
    assert await ana.page.evaluate("window.hacked") is None


async def test_who_was_not_reached_is_told_by_name_and_written_to_again(
    town: Town, ana: Person
) -> None:
    words, phone = f"The hall opens at nine {uuid4()}", uuid4().int % 1_000_000
    contacts = [
        (await ask(town, CREATE_CONTACT, name=name, phone=f"+34600{phone + number:06}"))["contact"]
        for number, name in enumerate(("Reached", "Missed"))
    ]
    device = (await ask(town, CREATE_DEVICE, name=f"Hall {uuid4()}"))["device"]["id"]
    await ana.page.get_by_role("link", name="Schedules").click()
    given = {"contacts": [each["id"] for each in contacts], "device": device, "body": words}
    schedule = (await ask(town, SEND, **given))["schedule"]["id"]
    await ana.page.goto(f"{town.parley.address}/#/schedules/{schedule}")
    card = ana.page.get_by_role("listitem").filter(has_text=words)
    await card.get_by_text("Recipients").click()
    people = card.locator(".recipients li")
    await expect(people.filter(has_text="Missed")).to_contain_text("Queued")
    await ask(town, CONNECT_DEVICE, device=device)
    await expect(card).to_contain_text("Sent 2")
    for name in ("Reached", "Missed"):
        await expect(people.filter(has_text=name)).to_contain_text("Sent")

    await fail(town, contacts[1]["id"])
    await ana.page.reload()
    await expect(card).to_contain_text("Failed 1")
    await card.get_by_text("Recipients").click()
    await expect(people.filter(has_text="Missed")).to_contain_text("Failed: something broke")
    await card.get_by_role("button", name="Send the failed ones again").click()
    await expect(card).to_contain_text("Sent 2")
    await expect(people.filter(has_text="Missed")).to_contain_text("Sent")


async def ask(town: Town, document: str, **variables: Any) -> dict[str, Any]:
    """The payload of a mutation that must not fail, as the demo's user."""
    headers = town.parley.authorization
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:
        request = {"query": document, "variables": variables}
        answer = (await client.post(f"{town.parley.address}/graphql", json=request)).json()
    [payload] = answer["data"].values()
    assert payload["userErrors"] == []
    made: dict[str, Any] = payload
    return made


async def fail(town: Town, contact_id: str) -> None:
    """Let what was sent to a contact have failed, as an outlet may say later."""
    connection = await asyncpg.connect(EmbeddedServers(town.data_dir).database_url)
    try:
        await connection.execute(
            "UPDATE deliveries SET status = 'FAILED', error_code = 'GATEWAY_FAULT'"
            " WHERE contact_id = $1 AND status = 'SENT'",
            decode_id(IdType.CONTACT, contact_id),
        )
    finally:
        await connection.close()


async def test_a_token_that_runs_out_is_followed_by_another(town: Town, ben: Person) -> None:
    tokens = Tokens.from_file(town.data_dir / "signing-keys.json")
    person, renewed = await town.person(), asyncio.Event()
    lifetimes = iter([timedelta(seconds=2)])

    async def config(route: Route) -> None:
        answer = await route.fetch()
        told = await answer.json()
        if (short := next(lifetimes, None)) is not None:
            told["token"] = tokens.issue(DEMO_VIEWER, now(), short)
        else:
            renewed.set()
        await route.fulfill(response=answer, body=json.dumps(told))

    await person.page.route("**/web/config.json", config)
    await person.page.reload()
    await person.open(FAMILY)
    await person.field.fill("Half a thou")
    # The server has closed the socket, and the page asks for another token.
    await asyncio.wait_for(renewed.wait(), PATIENCE_SECONDS)
    words = f"Still there? {uuid4()}"
    await ben.open(FAMILY)
    await ben.say(words)
    await expect(person.message(words)).to_have_count(1)
    await expect(person.field).to_have_value("Half a thou")
    await person.leave()
