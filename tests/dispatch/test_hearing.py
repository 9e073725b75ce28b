"""What webhooks tell: each status and each message once, in whatever order and however often."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dispatch import hearing
from dispatch.calls import TRIES, keep_call
from gateways.protocol import Action, GatewayError
from gateways.whatsapp_memory import WhatsAppMemory
from gateways.whatsapp_records import MessageStatus
from models.devices import DeviceKind
from models.ids import new_id
from tests.dispatch.house import House
from tests.dispatch.outlets import Scripted
from tests.gateways.cloud import PHONE_NUMBER_ID, envelope
from tests.gateways.loopback_server import outgoing

FROM = "34600111222"


async def whatsapp(house: House, number: str = PHONE_NUMBER_ID) -> UUID:
    """A connected WhatsApp device without limits."""
    device = await house.device(kind=DeviceKind.WHATSAPP_CLOUD)
    await house.owner.execute(
        "UPDATE devices SET settings = jsonb_build_object('phone_number_id', $2::text)"
        " WHERE id = $1",
        device,
        number,
    )
    return device


async def hear(house: House, device: UUID, body: bytes) -> None:
    """Have a call read by a worker."""
    await keep_call(house.database, house.tenant, device, body, house.clock())
    await house.worker(Scripted()).drain()


def status(delivery: Any, told: str, wamid: str = "wamid.1", **more: Any) -> dict[str, Any]:
    return {
        "id": wamid,
        "status": told,
        "timestamp": "1767268800",
        "recipient_id": FROM,
        "biz_opaque_callback_data": str(delivery),
        **more,
    }


def said(house: House, wamid: str = "wamid.in.1", **content: Any) -> dict[str, Any]:
    """A message of the webhook, of the house's present."""
    content = content or {"type": "text", "text": {"body": "hello there"}}
    at = str(int(house.clock().timestamp()))
    return {"from": FROM, "id": wamid, "timestamp": at, **content}


def people(name: str = "Ana", **ids: str) -> list[dict[str, Any]]:
    return [{"profile": {"name": name}, **(ids or {"wa_id": FROM})}]


async def sent_delivery(house: House, device: UUID) -> UUID:
    """The id of a delivery that the device has sent."""
    await house.queue(1, device)
    await house.worker(Scripted()).drain()
    [row] = await house.deliveries()
    delivery: UUID = row["id"]
    return delivery


async def posted(house: House) -> list[Any]:
    """The messages of the tenant but those of the house's own conversation, in reading order."""
    return await house.owner.fetch(
        "SELECT m.*, p.name FROM messages m JOIN participants p ON p.id = m.sender_id"
        " WHERE m.tenant_id = $1 ORDER BY m.sent_at, m.id",
        house.tenant,
    )


async def test_statuses_move_a_delivery_on_and_its_schedule_is_told(house: House) -> None:
    device = await whatsapp(house)
    delivery = await sent_delivery(house, device)
    await hear(house, device, envelope(statuses=[status(delivery, "delivered")]))
    await hear(house, device, envelope(statuses=[status(delivery, "read")]))
    [row] = await house.deliveries()
    assert row["status"] == "READ"
    told = [payload for _, payload in house.bells.of(row["schedule_id"])]
    assert told == [{"sent": 1}, {"delivered": 1}, {"read": 1}]


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        (["read", "delivered", "sent"], "READ"),
        (["delivered", "failed"], "DELIVERED"),
        (["played", "sent"], "READ"),
        (["failed", "sent"], "FAILED"),
    ],
)
async def test_a_status_never_moves_back(house: House, told: list[str], stands: str) -> None:
    device = await whatsapp(house)
    delivery = await sent_delivery(house, device)
    for one in told:
        await hear(house, device, envelope(statuses=[status(delivery, one)]))
    assert await house.statuses() == [stands]


async def test_statuses_of_one_call_are_one_step(house: House) -> None:
    device = await whatsapp(house)
    delivery = await sent_delivery(house, device)
    three = [status(delivery, one) for one in ("delivered", "sent", "read")]
    await hear(house, device, envelope(statuses=three))
    [row] = await house.deliveries()
    assert row["status"] == "READ"
    assert ("SCHEDULE_PROGRESS", {"read": 1}) in house.bells.of(row["schedule_id"])


async def test_a_replayed_call_is_heard_once(house: House) -> None:
    device = await whatsapp(house)
    body = envelope(contacts=people(), messages=[said(house)])
    for _ in range(3):
        await hear(house, device, body)
    # The same message in another call, as when Meta batches what it repeats.
    again = envelope(contacts=people("Ana M."), messages=[said(house)])
    await hear(house, device, again)
    assert [row["body"] for row in await posted(house)] == ["hello there"]


async def test_what_nobody_knows_of_is_counted_and_dropped(house: House) -> None:
    device = await whatsapp(house)
    foreign = await sent_delivery(house, await house.device())
    worker = house.worker(Scripted())
    calls = [
        envelope(statuses=[status(new_id(), "read"), status("not an id", "read", "wamid.2")]),
        envelope(statuses=[status(foreign, "read", "wamid.3")]),
        envelope("999", statuses=[status(foreign, "read", "wamid.4")]),
        envelope("999", messages=[said(house)]),
        envelope(messages=[said(house, "wamid.5") | {"from": "no number"}]),
    ]
    for body in calls:
        await keep_call(house.database, house.tenant, device, body, house.clock())
    await worker.drain()
    assert (worker.statistics.heard, worker.statistics.unheard) == (5, 6)
    assert await house.statuses() == ["SENT"]
    assert await posted(house) == []


async def test_a_failure_is_kept_with_its_code_and_counted(house: House) -> None:
    device = await whatsapp(house)
    delivery = await sent_delivery(house, device)
    errors = [{"code": 131026, "title": "Undeliverable"}]
    await hear(house, device, envelope(statuses=[status(delivery, "failed", errors=errors)]))
    [row] = await house.deliveries()
    assert (row["status"], row["error_code"]) == ("FAILED", "WHATSAPP_131026")
    counts = await house.owner.fetchrow("SELECT completed, failed FROM delivery_counts")
    assert counts is not None
    assert tuple(counts) == (0, 1)


async def test_a_late_status_keeps_a_message_from_being_sent_again(house: House) -> None:
    device = await whatsapp(house)
    await house.queue(1, device)
    lost = GatewayError("WHATSAPP_NO_ANSWER", Action.RETRY)
    await house.worker(Scripted(lost)).run_once()
    [row] = await house.deliveries()
    assert (row["status"], row["attempt"]) == ("QUEUED", 1)
    await hear(house, device, envelope(statuses=[status(row["id"], "delivered")]))
    [row] = await house.deliveries()
    assert (row["status"], row["external_id"]) == ("DELIVERED", "wamid.1")
    house.clock.move(minutes=10)
    gateway = Scripted()
    await house.worker(gateway).drain()
    assert gateway.sent == []


async def test_a_status_that_comes_before_the_answer_stands(house: House) -> None:
    device = await whatsapp(house)
    await house.queue(1, device)

    class Early(Scripted):
        async def send(self, outgoing: Any) -> Any:
            body = envelope(statuses=[status(outgoing.delivery_id, "read")])
            await hear(house, device, body)
            return await super().send(outgoing)

    await house.worker(Early()).run_once()
    assert await house.statuses() == ["READ"]


async def test_a_message_begins_a_conversation_with_its_sender(house: House) -> None:
    device = await whatsapp(house)
    for n in range(2):
        message = said(house, f"wamid.{n}", type="text", text={"body": f"{n}"})
        await hear(house, device, envelope(contacts=people(), messages=[message]))
        house.clock.move(minutes=1)
    rows = await posted(house)
    assert [(row["body"], row["kind"], row["name"]) for row in rows] == [
        ("0", "TEXT", "Ana"),
        ("1", "TEXT", "Ana"),
    ]
    assert len({row["conversation_id"] for row in rows}) == 1
    contact = await house.owner.fetchrow(
        "SELECT c.name, i.value FROM contacts c JOIN contact_identities i ON i.contact_id = c.id"
    )
    assert contact is not None
    assert tuple(contact) == ("Ana", f"+{FROM}")
    unread = await house.owner.fetchval(
        "SELECT live_count FROM conversations WHERE id = $1", rows[0]["conversation_id"]
    )
    assert unread == 2


async def test_who_hides_the_phone_number_stays_in_the_same_conversation(house: House) -> None:
    device = await whatsapp(house)
    both = people(wa_id=FROM, user_id="US.1349")
    await hear(house, device, envelope(contacts=both, messages=[said(house, "wamid.1")]))
    hidden = said(house, "wamid.2") | {"from_user_id": "US.1349"}
    del hidden["from"]
    await hear(house, device, envelope(contacts=people(user_id="US.1349"), messages=[hidden]))
    rows = await posted(house)
    assert len(rows) == 2
    assert len({row["conversation_id"] for row in rows}) == 1


async def test_replies_reactions_edits_and_revocations_find_their_message(house: House) -> None:
    device = await whatsapp(house)
    steps: list[dict[str, Any]] = [
        {"type": "text", "text": {"body": "frist"}},
        {"type": "text", "text": {"body": "second"}, "context": {"id": "wamid.0"}},
        {"type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "👍"}},
        {"type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "🎉"}},
    ]
    for n, content in enumerate(steps):
        message = said(house, f"wamid.{n}", **content)
        await hear(house, device, envelope(contacts=people(), messages=[message]))
    rows = await posted(house)
    first, second = sorted(rows, key=lambda row: row["seq"])
    assert second["reply_to_id"] == first["id"]
    emojis = await house.owner.fetch("SELECT message_id, emoji FROM reactions")
    assert [tuple(row) for row in emojis] == [(first["id"], "🎉")]


async def test_a_file_waits_to_be_fetched_and_its_message_is_there(house: House) -> None:
    device = await whatsapp(house)
    image = {"id": "123", "mime_type": "image/jpeg", "caption": "the harbour"}
    message = said(house, type="image", image=image)
    await hear(house, device, envelope(contacts=people(), messages=[message]))
    [row] = await posted(house)
    assert (row["kind"], row["body"]) == ("IMAGE", "the harbour")
    waiting = await house.owner.fetchrow(
        "SELECT f.external_id, a.file_name, a.sha256, a.message_id FROM media_fetches f"
        " JOIN attachments a ON a.id = f.attachment_id"
    )
    assert waiting is not None
    assert tuple(waiting) == ("123", "image.jpg", None, row["id"])


@pytest.mark.parametrize("months", [-24, 24])
async def test_a_message_of_another_time_is_taken_all_the_same(house: House, months: int) -> None:
    device = await whatsapp(house)
    message = said(house)
    at: datetime = house.clock() + timedelta(days=30 * months)
    message["timestamp"] = str(int(at.timestamp()))
    await hear(house, device, envelope(contacts=people(), messages=[message]))
    assert Counter(row["body"] for row in await posted(house)) == {"hello there": 1}


async def test_a_call_that_cannot_be_read_is_closed_with_its_reason(house: House) -> None:
    device = await whatsapp(house)
    await hear(house, device, b"{")
    row = await house.owner.fetchrow("SELECT due_at, error_code FROM webhook_calls")
    assert row is not None
    assert tuple(row) == (None, "NOT_JSON")


async def test_a_message_that_breaks_keeps_no_other_from_being_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = await whatsapp(house)
    whole = hearing.receive

    async def receive(ear: Any, message: Any) -> bool:
        if message.id == "wamid.bad":
            raise KeyError("a fault of ours")
        return await whole(ear, message)

    monkeypatch.setattr(hearing, "receive", receive)
    messages = [said(house, wamid) for wamid in ("wamid.bad", "wamid.good")]
    await hear(house, device, envelope(contacts=people(), messages=messages))
    assert len(await posted(house)) == 1
    worker = house.worker(Scripted())
    for _ in range(TRIES):
        house.clock.move(hours=3)
        await worker.drain()
    assert len(await posted(house)) == 1
    row = await house.owner.fetchrow("SELECT due_at, attempt, error_code FROM webhook_calls")
    assert row is not None
    assert tuple(row) == (None, TRIES, "UNREADABLE")


async def test_silence_is_believed_once_everything_was_read(house: House) -> None:
    device = await whatsapp(house)
    memory = WhatsAppMemory(house.database, house.tenant, device, lambda _tenant, _name: b"")
    delivery = await sent_delivery(house, device)
    message = outgoing(delivery, tenant_id=house.tenant, device_id=device)
    assert (await memory.trace(message)).heard_at is None
    heard_at = house.clock()
    await hear(house, device, envelope(contacts=people(), messages=[said(house)]))
    assert (await memory.trace(message)).heard_at == heard_at
    # A call about another number says nothing of this one; one that waits may say anything.
    await hear(house, device, envelope("999", messages=[said(house, "wamid.2")]))
    assert (await memory.trace(message)).heard_at == heard_at
    told = envelope(statuses=[status(delivery, "delivered")])
    await keep_call(house.database, house.tenant, device, told, house.clock())
    assert (await memory.trace(message)).heard_at is None
    await house.worker(Scripted()).drain()
    assert (await memory.trace(message)).statuses == {"wamid.1": MessageStatus.DELIVERED}
