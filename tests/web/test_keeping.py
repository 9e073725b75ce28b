"""The server goes, tokens run out, texts are refused: nothing that was typed is lost."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Browser, Route, WebSocketRoute, expect

from benchmarks.faults.rig import free_port
from tests.app.serving import serving
from tests.chromium import PATIENCE_MILLISECONDS
from tests.installations import copy_demo
from tests.web.people import TOKEN_KEY, Person, Town

PATIENCE_SECONDS = PATIENCE_MILLISECONDS / 1_000


async def test_a_restart_in_the_middle_loses_nothing(browser: Browser, place: Path) -> None:
    data_dir = place / "restarted"
    await asyncio.to_thread(copy_demo, data_dir)
    arguments = ("--demo", "--port", str(free_port()))
    before, meanwhile, other = (f"{words} {uuid4()}" for words in ("Before", "Meanwhile", "Other"))
    async with serving(data_dir, *arguments) as parley:
        town = Town(parley, browser, data_dir)
        ana, ben = await town.person(), await town.person(await town.token("ben"))
        await ana.open()
        await ben.open()
        await ana.say(before)
        await expect(ben.message(before)).to_be_visible()
        await parley.stop()

    await ana.say(meanwhile)
    await expect(ana.message(meanwhile)).to_contain_text("Sending…")
    await expect(ana.page.get_by_text("Not connected.")).to_be_visible()

    async with serving(data_dir, *arguments):
        await expect(ben.message(meanwhile)).to_have_count(1)
        await expect(ana.message(meanwhile)).not_to_contain_text("Sending…")
        await ben.say(other)
        await expect(ana.message(other)).to_have_count(1)
        for words in (before, meanwhile, other):
            await expect(ana.message(words)).to_have_count(1)
        await expect(ana.page.get_by_text("Not connected.")).not_to_be_visible()
        await ana.leave()
        await ben.leave()


async def test_a_draft_is_there_after_a_reload(ana: Person) -> None:
    await ana.open()
    await ana.field.fill("Half a thou")
    await ana.page.reload()

    await expect(ana.field).to_have_value("Half a thou")


async def test_what_could_not_be_sent_is_sent_after_a_reload(ana: Person) -> None:
    await ana.open()
    words = f"Later {uuid4()}"
    await ana.page.route("**/graphql", _refuse_sending)
    await ana.say(words)
    await expect(ana.message(words)).to_contain_text("Sending…")

    await ana.page.unroute("**/graphql")
    await ana.page.reload()
    await expect(ana.message(words)).to_have_count(1)
    await expect(ana.message(words)).not_to_contain_text("Sending…")


async def test_a_refused_message_stays_with_the_reason(ana: Person) -> None:
    await ana.open()
    words = f"Unwelcome {uuid4()}"
    refusal = (
        '{"data": {"sendMessage": {"__typename": "SendMessagePayload", "message": null,'
        ' "userErrors": [{"__typename": "UserError", "code": "TOO_LONG",'
        ' "message": "Too long for us.", "field": "body"}]}}}'
    )

    async def refuse(route: Route) -> None:
        if "SendMessage" in (route.request.post_data or ""):
            await route.fulfill(body=refusal, content_type="application/json")
        else:
            await route.continue_()

    await ana.page.route("**/graphql", refuse)
    await ana.say(words)
    await expect(ana.message(words)).to_contain_text("Too long for us.")
    await ana.message(words).get_by_role("button", name="Edit").click()
    await expect(ana.field).to_have_value(words)
    await expect(ana.message(words)).to_have_count(0)


async def test_too_long_a_text_is_said_to_be_before_it_is_sent(ana: Person) -> None:
    await ana.open()
    await ana.field.fill("x" * 65_537)
    await expect(ana.page.get_by_role("alert")).to_contain_text("65,536")
    await ana.field.press("Enter")

    await expect(ana.field).not_to_be_empty()
    await ana.field.fill("")


async def test_what_was_typed_in_a_form_stays_until_it_is_thrown_away(ana: Person) -> None:
    inboxes = await _sit_between(ana)
    await ana.page.reload()
    socket, key = await asyncio.wait_for(inboxes.get(), PATIENCE_SECONDS)
    dialog = await ana.begin("Contacts", "New contact", "Half a na")
    # The server has forgotten where this page was: all is fetched anew.
    refusal = [{"message": "Too long ago.", "extensions": {"code": "RESET"}}]
    socket.send(json.dumps({"id": key, "type": "error", "payload": refusal}))
    await asyncio.wait_for(inboxes.get(), PATIENCE_SECONDS)
    name = dialog.get_by_role("textbox", name="Name", exact=True)
    await expect(name).to_have_value("Half a na")

    question = ana.page.get_by_role("dialog", name="Discard what you typed?")
    await name.press("Escape")
    await question.get_by_role("button", name="Go on writing").click()
    await expect(name).to_have_value("Half a na")
    await ana.page.mouse.click(5, 5)
    await question.get_by_role("button", name="Discard").click()
    await expect(name).to_have_count(0)


async def test_a_token_that_is_refused_is_asked_for_anew_over_what_is_there(town: Town) -> None:
    person = await town.person(await town.token("cleo"))
    await person.open()
    await person.field.fill("Do not lose this")

    async def refuse(route: Route) -> None:
        answer = '{"errors": [{"message": "It has expired.", "extensions": {"code": "%s"}}]}'
        await route.fulfill(
            status=401, body=answer % "UNAUTHENTICATED", content_type="application/json"
        )

    await person.page.route("**/graphql", refuse)
    await person.field.press("Enter")
    dialog = person.page.get_by_role("dialog", name="Sign in")
    await expect(dialog).to_contain_text("nothing that you wrote is lost")
    await dialog.get_by_label("Token").fill("not a token")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog.get_by_role("alert")).to_have_text("A token is one line without spaces.")

    await person.page.unroute("**/graphql")
    await dialog.get_by_label("Token").fill(f"Bearer {await town.token('cleo')}")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog).not_to_be_visible()
    await expect(person.message("Do not lose this")).to_have_count(1)
    await expect(person.message("Do not lose this")).not_to_contain_text("Sending…")
    await person.leave()


async def test_without_a_token_the_page_asks_for_one_and_forgets_it_when_told(town: Town) -> None:
    context = await town.browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    person = Person(await context.new_page())

    async def no_token(route: Route) -> None:
        body = '{"endpoint": "/graphql", "token": null, "demo": false, "docs": null}'
        await route.fulfill(body=body, content_type="application/json")

    await person.page.route("**/web/config.json", no_token)
    await person.page.goto(town.parley.address)
    dialog = person.page.get_by_role("dialog", name="Sign in")
    await dialog.get_by_label("Token").fill("eyJ0.not.ours")
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog.get_by_role("alert")).not_to_be_empty()

    await dialog.get_by_label("Token").fill(town.parley.token)
    await dialog.get_by_role("button", name="Sign in").click()
    await person.open()
    kept = f"sessionStorage.getItem({TOKEN_KEY!r}) === {town.parley.token!r}"
    await person.page.wait_for_function(kept)

    await person.field.fill("For the next one not to read")
    await person.page.get_by_role("button", name="Settings").click()
    await person.page.get_by_role("button", name="Forget the token").click()
    await expect(person.field).to_have_count(0)
    await dialog.get_by_label("Token").fill(town.parley.token)
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(person.field).to_have_value("")
    await person.leave()


async def _sit_between(person: Person) -> asyncio.Queue[tuple[WebSocketRoute, str]]:
    """Each socket by which the page follows the inbox, with the id of that operation."""
    found: asyncio.Queue[tuple[WebSocketRoute, str]] = asyncio.Queue()

    def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if "inboxEvents" in str(message):
                found.put_nowait((socket, json.loads(message)["id"]))
            server.send(message)

        socket.on_message(pass_on)

    await person.page.route_web_socket("**/graphql", connect)
    return found


async def _refuse_sending(route: Route) -> None:
    if "SendMessage" in (route.request.post_data or ""):
        await route.abort()
    else:
        await route.continue_()
