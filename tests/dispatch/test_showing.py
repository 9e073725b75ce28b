"""What goes out to people is shown in the conversations with them, once, whoever dies."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch import turn
from dispatch.calls import keep_call
from gateways.protocol import Action, GatewayError, Sent
from models.devices import DeviceKind
from models.messages import Attachment, MessageKind
from tests.dispatch.house import House
from tests.dispatch.outlets import Scripted
from tests.dispatch.test_hearing import FROM, hear, people, posted, said, status, whatsapp
from tests.gateways.cloud import envelope

PHONE = f"+{FROM}"
WROTE = ("Rosa", "hello there")


async def write(house: House, device: UUID, **content: Any) -> None:
    """Have Rosa, who is at PHONE, write to the device."""
    wamid = f"wamid.in.{house.clock().timestamp()}"
    message = said(house, wamid, **content)
    await hear(house, device, envelope(contacts=people("Rosa"), messages=[message]))
    house.clock.move(minutes=1)


async def send(house: House, device: UUID, *answers: Any) -> Any:
    """Have a worker send her a message; the row of the newest delivery."""
    await house.queue(1, device, recipient=PHONE)
    await house.worker(Scripted(*(answers or [Sent("wamid.out")]))).drain()
    house.clock.move(minutes=1)
    return (await house.deliveries())[-1]


async def report(house: House, device: UUID, *told: dict[str, Any]) -> None:
    await hear(house, device, envelope(statuses=list(told)))


async def lines(house: House) -> list[tuple[str, str]]:
    """Who says what in conversations with devices, in reading order."""
    return [(row["name"], row["body"]) for row in await posted(house)]


async def told(house: House) -> list[str]:
    """The kinds of the events of messages in the conversation with the device."""
    thread = await house.owner.fetchval("SELECT conversation_id FROM device_threads")
    return [kind for kind, _ in house.bells.of(thread) if kind.startswith("MESSAGE_")]


async def test_what_is_sent_stands_in_the_conversation_with_its_recipient(house: House) -> None:
    device = await whatsapp(house)
    await write(house, device)
    delivery = await send(house, device)
    assert await lines(house) == [WROTE, ("Ana", "0")]
    message = (await posted(house))[1]
    assert abs(message["sent_at"] - delivery["attempted_at"]) < timedelta(milliseconds=1)
    link = await house.owner.fetchrow("SELECT delivery_id, message_id FROM delivery_messages")
    assert link is not None
    assert tuple(link) == (delivery["id"], message["id"])


async def test_a_status_tells_of_the_message_and_posts_no_second(house: House) -> None:
    device = await whatsapp(house)
    await write(house, device)
    delivery = await send(house, device)
    for one in ("delivered", "read", "read", "sent"):
        await report(house, device, status(delivery["id"], one, "wamid.out"))
    assert await lines(house) == [WROTE, ("Ana", "0")]
    added, edited = ["MESSAGE_ADDED"] * 2, ["MESSAGE_EDITED"] * 2
    assert await told(house) == [*added, *edited]


async def test_a_worker_that_dies_before_it_shows_leaves_it_to_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = await whatsapp(house)
    await write(house, device)

    async def die(*_arguments: object) -> int:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch, suppress(asyncio.CancelledError):
        patch.setattr(turn, "show_due", die)
        await send(house, device)
    assert await house.statuses() == ["SENT"]
    assert await lines(house) == [WROTE]
    await house.worker(Scripted()).drain()
    assert await lines(house) == [WROTE, ("Ana", "0")]


async def test_what_only_a_status_tells_of_is_shown_too(house: House) -> None:
    device = await whatsapp(house)
    await write(house, device)
    delivery = await send(house, device, GatewayError("WHATSAPP_NO_ANSWER", Action.UNKNOWN))
    assert await lines(house) == [WROTE]
    await report(house, device, status(delivery["id"], "read", "wamid.out"))
    assert await lines(house) == [WROTE, ("Ana", "0")]


async def test_what_never_went_out_is_not_shown(house: House) -> None:
    device = await whatsapp(house)
    await write(house, device)
    delivery = await send(house, device, GatewayError("WHATSAPP_NO_ANSWER", Action.UNKNOWN))
    await report(house, device, status(delivery["id"], "failed", "wamid.out"))
    assert await house.statuses() == ["FAILED"]
    assert await lines(house) == [WROTE]


async def test_nothing_begins_a_conversation_but_an_answer(house: House) -> None:
    device = await whatsapp(house)
    await send(house, device)
    assert await lines(house) == []
    await write(house, device, type="text", text={"body": "yes"}, context={"id": "wamid.out"})
    assert await lines(house) == [("Ana", "0"), ("Rosa", "yes")]
    sent, answer = await posted(house)
    assert answer["reply_to_id"] == sent["id"]
    last = await house.owner.fetchval(
        "SELECT last_message_id FROM conversations WHERE id = $1", answer["conversation_id"]
    )
    assert last == answer["id"]


async def test_a_reaction_begins_a_conversation_too(house: House) -> None:
    device = await whatsapp(house)
    await send(house, device)
    thumb = {"message_id": "wamid.out", "emoji": "👍"}
    await write(house, device, type="reaction", reaction=thumb)
    assert await lines(house) == [("Ana", "0")]
    [sent] = await posted(house)
    reactions = await house.owner.fetch("SELECT message_id, emoji FROM reactions")
    assert [tuple(row) for row in reactions] == [(sent["id"], "👍")]


async def test_a_reaction_to_what_nobody_knows_is_counted(house: House) -> None:
    device = await whatsapp(house)
    thumb = {"message_id": "wamid.of.another", "emoji": "👍"}
    reaction = said(house, "wamid.in.1", type="reaction", reaction=thumb)
    body = envelope(contacts=people("Rosa"), messages=[reaction])
    worker = house.worker(Scripted())
    await keep_call(house.database, house.tenant, device, body, house.clock())
    await worker.drain()
    assert (worker.statistics.heard, worker.statistics.unheard) == (1, 1)


async def test_an_old_message_that_is_shown_late_is_not_the_newest(house: House) -> None:
    device = await whatsapp(house)
    delivery = await send(house, device, GatewayError("WHATSAPP_NO_ANSWER", Action.UNKNOWN))
    await write(house, device)
    await report(house, device, status(delivery["id"], "delivered", "wamid.out"))
    assert await lines(house) == [("Ana", "0"), WROTE]
    newest = (await posted(house))[1]
    last = await house.owner.fetchval(
        "SELECT last_message_id FROM conversations WHERE id = $1", newest["conversation_id"]
    )
    assert last == newest["id"]


async def test_a_picture_is_shown_with_its_caption(house: House) -> None:
    device = await whatsapp(house)
    await write(house, device)
    picture = Attachment(
        tenant_id=house.tenant,
        conversation_id=house.conversation,
        message_id=house.conversation,
        kind=MessageKind.IMAGE,
        file_name="harbour.jpg",
        media_type="image/jpeg",
        size=3,
        sha256=b"3" * 32,
    )
    schedule = await house.queue(1, device, recipient=PHONE)
    async with house.database.transaction(house.tenant) as session:
        session.add(picture)
    await house.owner.execute(
        "UPDATE deliveries SET content = jsonb_build_object('media',"
        " jsonb_build_object('attachment_id', $2::text)) WHERE schedule_id = $1",
        schedule,
        str(picture.id),
    )
    await house.worker(Scripted()).drain()
    _, message = await posted(house)
    assert (message["kind"], message["body"]) == ("IMAGE", "0")
    copied = await house.owner.fetchrow(
        "SELECT file_name, sha256, conversation_id FROM attachments WHERE message_id = $1",
        message["id"],
    )
    assert copied is not None
    assert tuple(copied) == ("harbour.jpg", b"3" * 32, message["conversation_id"])


async def test_a_private_conversation_gets_no_new_participant_by_a_schedule(house: House) -> None:
    device = await whatsapp(house)
    await write(house, device)
    await house.owner.execute("UPDATE conversations SET visibility = 'PRIVATE'")
    await send(house, device)
    senders = await house.owner.fetch(
        "SELECT sender_id FROM messages WHERE tenant_id = $1 AND body = '0'", house.tenant
    )
    assert [row["sender_id"] for row in senders] == [None]


@pytest.mark.parametrize("kind", [DeviceKind.HTTP, DeviceKind.LOOPBACK])
async def test_other_outlets_are_not_shown(house: House, kind: DeviceKind) -> None:
    device = await whatsapp(house)
    await write(house, device)
    await send(house, await house.device(kind=kind))
    assert await lines(house) == [WROTE]
