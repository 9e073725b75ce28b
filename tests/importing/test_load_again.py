"""Importing again: the same file, a longer export, two at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from importing.batches import ImportOptions
from importing.load import ImportResult
from importing.storing import Stored, store
from models.conversations import Conversation
from models.events import EventKind
from realtime.posting import lock_conversation, post_message
from realtime.unit_of_work import unit_of_work
from tests.importing.desk import START, Desk, line, talk

EVERY_SECOND = timedelta(seconds=1)


def numbered(count: int) -> list[str]:
    return [f"message {n}" for n in range(count)]


async def test_the_same_file_again_adds_nothing(desk: Desk) -> None:
    path = desk.write(talk(300, every=EVERY_SECOND))
    first = await desk.bring(path)
    before = await desk.conversation(first.conversation_id)
    desk.bells.rung.clear()

    second = await desk.bring(path)

    assert second.conversation_id == first.conversation_id
    assert (second.added, second.duplicates) == (0, 300)
    assert await desk.conversation(first.conversation_id) == before
    assert {event.kind for event in desk.bells.rung} == {EventKind.IMPORT_CHANGED}
    assert await desk.bodies(first.conversation_id) == numbered(300)


@pytest.mark.usefixtures("small_batches")
async def test_a_longer_export_adds_what_is_new(desk: Desk) -> None:
    first = await desk.bring(desk.write(talk(350)))

    second = await desk.bring(desk.write(talk(600)))

    assert second.conversation_id == first.conversation_id
    assert (second.added, second.duplicates) == (250, 350)
    assert await desk.bodies(first.conversation_id) == numbered(600)
    await desk.audit(first.conversation_id)


async def test_what_is_new_in_an_old_minute_comes_behind_what_was_there(desk: Desk) -> None:
    within_a_minute = timedelta(0)
    first = await desk.bring(desk.write(talk(40, every=within_a_minute)))

    # This export starts within the minute, so its own numbers start again.
    await desk.bring(desk.write(talk(80, first=10, every=within_a_minute)))

    assert await desk.bodies(first.conversation_id) == numbered(90)


async def test_an_export_that_goes_further_back_fills_in_the_beginning(desk: Desk) -> None:
    first = await desk.bring(desk.write(talk(100, first=200)))
    newest = await desk.conversation(first.conversation_id)

    second = await desk.bring(desk.write(talk(250)))

    after = await desk.conversation(first.conversation_id)
    assert (second.added, second.duplicates) == (200, 50)
    assert await desk.bodies(first.conversation_id) == numbered(300)
    assert after["last_message_id"] == newest["last_message_id"], "older messages are no activity"


async def test_an_export_that_starts_in_the_last_busy_minute(desk: Desk) -> None:
    """What both hold is little, measured by the minute, but all that the file has of that time."""
    busy = talk(40, first=100, start=START + timedelta(hours=3), every=timedelta(0))
    first = await desk.bring(desk.write([*talk(100), *busy]))
    new = talk(20, first=140, start=START + timedelta(hours=3, minutes=1), every=timedelta(0))

    second = await desk.bring(desk.write([*busy[-3:], *new]))

    assert second.conversation_id == first.conversation_id
    assert await desk.bodies(first.conversation_id) == numbered(160)


@pytest.mark.usefixtures("small_batches")
async def test_a_chat_is_known_by_any_part_of_its_file(desk: Desk) -> None:
    """An export without media goes back further than one with media did."""
    first = await desk.bring(desk.write(talk(100, first=900)))

    second = await desk.bring(desk.write(talk(1_000)))

    assert second.conversation_id == first.conversation_id
    assert (second.added, second.duplicates) == (900, 100)
    assert await desk.bodies(first.conversation_id) == numbered(1_000)


async def test_two_chats_of_one_name_stay_two(desk: Desk) -> None:
    wish = line(datetime(2024, 12, 31, 23, 0, tzinfo=UTC), "Bob", "happy new year")
    first = await desk.bring(desk.write([*talk(50), wish]))
    other = [line(START + timedelta(minutes=n), "Ana", f"other {n}") for n in range(50)]

    second = await desk.bring(desk.write([*other, wish]))
    again = await desk.bring(desk.write([*talk(50), wish]))

    assert second.conversation_id != first.conversation_id
    assert second.added == 51
    assert again.conversation_id == first.conversation_id
    assert again.added == 0


async def test_each_tenant_has_a_conversation_of_its_own(desk: Desk) -> None:
    path = desk.write(talk(5))
    first = await desk.bring(path)
    stranger = await desk.other_tenant()

    second = await stranger.bring(path)

    assert second.added == 5
    assert second.conversation_id != first.conversation_id


async def test_other_tenants_wait_for_no_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the rows of one are stored and not committed, another imports the same months."""
    path = desk.write(talk(50))
    stranger = await desk.other_tenant()
    meanwhile: list[ImportResult | None] = []

    async def stored(*arguments: Any, **named: Any) -> Stored:
        done = await store(*arguments, **named)
        if not meanwhile:
            meanwhile.append(None)
            async with asyncio.timeout(60):
                meanwhile.append(await stranger.bring(path))
        return done

    monkeypatch.setattr("importing.running.store", stored)
    own = await desk.bring(path)

    assert meanwhile[1] is not None
    assert (own.added, meanwhile[1].added) == (50, 50)
    assert len(await stranger.bodies(meanwhile[1].conversation_id)) == 50


async def test_another_time_zone_is_another_chat(desk: Desk) -> None:
    path = desk.write(talk(5))
    first = await desk.bring(path)

    second = await desk.bring(path, ImportOptions(timezone="Asia/Tokyo"))

    assert second.added == 5
    assert second.conversation_id != first.conversation_id


async def test_repeats_within_a_minute_are_messages_of_their_own(desk: Desk) -> None:
    ok = line(START, "Ana", "ok")
    first = await desk.bring(desk.write([ok, ok, ok]))

    second = await desk.bring(desk.write([ok, ok, ok, ok, line(START, "Bob", "ok")]))

    assert (first.added, second.added) == (3, 2)
    assert await desk.bodies(first.conversation_id) == ["ok"] * 5


async def test_with_and_without_media_is_the_same_chat(desk: Desk) -> None:
    name = "IMG-20240330-WA0001.jpg"
    with_media = desk.write(
        [*talk(5), line(START, "Ana", f"{name} (file attached)\nlook"), *talk(2, first=6)]
    )
    first = await desk.bring(with_media)
    without = desk.write([*talk(5), line(START, "Ana", "<Media omitted>\nlook"), *talk(3, first=6)])

    second = await desk.bring(without)

    assert second.conversation_id == first.conversation_id
    assert (second.added, second.duplicates) == (1, 8)


@pytest.mark.usefixtures("small_batches")
async def test_a_clock_that_runs_back_loses_nothing(desk: Desk) -> None:
    later, earlier = talk(300, first=300), talk(300)
    path = desk.write([*later, *earlier])

    first = await desk.bring(path)
    second = await desk.bring(path)

    assert (first.added, second.added, second.duplicates) == (600, 0, 600)
    assert await desk.bodies(first.conversation_id) == numbered(600)
    await desk.audit(first.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_two_imports_of_a_new_chat_at_once(desk: Desk) -> None:
    path = desk.write(talk(600, every=EVERY_SECOND))

    first, second = await asyncio.gather(desk.bring(path), desk.bring(path))

    assert first.conversation_id == second.conversation_id
    assert first.added + second.added == first.duplicates + second.duplicates == 600
    assert await desk.bodies(first.conversation_id) == numbered(600)
    assert await desk.count("conversations") == 1
    await desk.audit(first.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_different_exports_of_a_known_chat_at_once(desk: Desk) -> None:
    known = await desk.bring(desk.write(talk(200)))
    longer = desk.write(talk(700), "WhatsApp Chat with Ana (1).txt")
    longest = desk.write(talk(900, first=100), "WhatsApp Chat with Ana (2).txt")

    first, second = await asyncio.gather(desk.bring(longer), desk.bring(longest))

    assert first.added + second.added == 800
    assert sorted(await desk.bodies(known.conversation_id)) == sorted(numbered(1_000))
    await desk.audit(known.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_messages_sent_meanwhile_keep_their_place_and_count(desk: Desk) -> None:
    first = await desk.bring(desk.write(talk(100)))
    conversation_id = first.conversation_id
    assert conversation_id is not None
    async with unit_of_work(desk.database, desk.bells, desk.tenant) as work:
        conversation = await lock_conversation(work, conversation_id)
        assert isinstance(conversation, Conversation)
        posted = await post_message(work, conversation, None, "live")

    second = await desk.bring(desk.write(talk(500)))

    after = await desk.conversation(conversation_id)
    assert second.added == 400
    assert await desk.bodies(conversation_id) == [*numbered(500), "live"]
    assert (after["live_count"], after["message_count"]) == (1, 501)
    assert after["last_message_id"] == posted
    assert [e.kind for e in desk.bells.rung].count(EventKind.MESSAGE_ADDED) == 1
    await desk.audit(conversation_id)
