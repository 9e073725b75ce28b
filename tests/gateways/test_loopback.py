"""The loopback gateway posts into Parley's own conversations, each delivery once."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from gateways.contents import Contents
from gateways.protocol import Action, GatewayError, Outgoing, Sent
from models.ids import new_id
from models.messages import Attachment, MessageKind
from tests.dispatch.house import House
from tests.dispatch.outlets import LosesAnswers, Refuses


def outgoing(house: House, body: str = "hello", **other: Any) -> Outgoing:
    """A delivery into the house's conversation, as its user."""
    fields: dict[str, Any] = {
        "tenant_id": house.tenant,
        "delivery_id": new_id(),
        "schedule_id": new_id(),
        "conversation_id": house.conversation,
        "sender_id": house.user,
        "recipient": str(house.conversation),
        "body": body,
        "attempt": 1,
    }
    return Outgoing(**(fields | other))


async def picture(house: House) -> UUID:
    """A file that is kept."""
    file = Attachment(
        tenant_id=house.tenant,
        conversation_id=house.conversation,
        message_id=new_id(),
        kind=MessageKind.IMAGE,
        file_name="harbour.jpg",
        media_type="image/jpeg",
        size=3,
        sha256=b"3" * 32,
    )
    async with house.database.transaction(house.tenant) as session:
        session.add(file)
    return file.id


async def participants(house: House) -> list[UUID]:
    rows = await house.owner.fetch(
        "SELECT user_id FROM participants WHERE conversation_id = $1", house.conversation
    )
    return [row["user_id"] for row in rows]


async def refusal(house: House, message: Outgoing) -> tuple[str, Action]:
    """The code and action with which the gateway refuses a message."""
    with pytest.raises(GatewayError) as refused:
        await house.gateway().send(message)
    return refused.value.code, refused.value.action


async def test_a_message_is_posted_by_the_schedules_maker_who_joins(house: House) -> None:
    sent = await house.gateway().send(outgoing(house, "good morning"))
    row = await house.owner.fetchrow(
        "SELECT m.id, m.body, m.sent_at, p.user_id FROM messages m"
        " JOIN participants p ON p.id = m.sender_id WHERE m.conversation_id = $1",
        house.conversation,
    )
    assert row is not None
    assert (row["body"], row["user_id"]) == ("good morning", house.user)
    assert sent == Sent(str(row["id"]))
    assert abs(row["sent_at"] - house.clock()).total_seconds() < 0.001
    kinds = [kind for kind, _ in house.bells.of(house.conversation)]
    assert kinds == ["PARTICIPANT_JOINED", "MESSAGE_ADDED"]


async def test_the_maker_joins_once(house: House) -> None:
    gateway = house.gateway()
    await gateway.send(outgoing(house))
    await gateway.send(outgoing(house))
    assert await participants(house) == [house.user]


async def test_sending_a_delivery_twice_posts_it_once(house: House) -> None:
    gateway, message = house.gateway(), outgoing(house)
    assert await gateway.send(message) == await gateway.send(message)
    assert await house.bodies() == ["hello"]


async def test_two_processes_that_send_a_delivery_at_once_post_it_once(house: House) -> None:
    message = outgoing(house)
    first, second = await asyncio.gather(
        house.gateway().send(message), house.gateway().send(message)
    )
    assert first == second
    assert await house.bodies() == ["hello"]


async def test_messages_of_one_conversation_keep_their_order(house: House) -> None:
    gateway = house.gateway()
    await asyncio.gather(*(gateway.send(outgoing(house, f"{n}")) for n in range(20)))
    assert await house.bodies() == [f"{n}" for n in range(20)]


async def test_a_delivery_is_found_when_it_was_posted(house: House) -> None:
    gateway, message = house.gateway(), outgoing(house)
    assert await gateway.find(message) is None
    sent = await gateway.send(message)
    assert await gateway.find(message) == sent
    assert await gateway.find(outgoing(house)) is None


async def test_a_message_of_someone_else_under_the_same_key_is_not_the_delivery(
    house: House,
) -> None:
    message = outgoing(house)
    await house.gateway().send(message)
    assert await house.gateway().find(outgoing(house, sender_id=new_id())) is None


async def test_a_posted_message_whose_answer_was_lost_is_found(house: House) -> None:
    gateway, message = house.gateway(LosesAnswers()), outgoing(house)
    with pytest.raises(GatewayError, match="ANSWER_LOST"):
        await gateway.send(message)
    assert await gateway.find(message) is not None


async def test_a_refused_message_is_not_posted(house: House) -> None:
    gateway = house.gateway(Refuses(GatewayError("BUSY", Action.RETRY), times=1))
    with pytest.raises(GatewayError, match="BUSY"):
        await gateway.send(outgoing(house))
    assert await house.bodies() == []


async def test_what_cannot_be_posted_fails_for_good(house: House) -> None:
    nowhere = outgoing(house, conversation_id=new_id())
    assert await refusal(house, nowhere) == ("CONVERSATION_GONE", Action.FAIL)
    stranger = outgoing(house, sender_id=new_id())
    assert await refusal(house, stranger) == ("SENDER_NOT_IN_CONVERSATION", Action.FAIL)
    neighbour = await house.neighbour()
    elsewhere = outgoing(house, conversation_id=neighbour.conversation)
    assert await refusal(house, elsewhere) == ("CONVERSATION_GONE", Action.FAIL)


async def test_who_left_a_conversation_sends_nothing_into_it(house: House) -> None:
    await house.gateway().send(outgoing(house))
    await house.owner.execute("UPDATE participants SET left_at = now()")
    assert await refusal(house, outgoing(house)) == ("SENDER_NOT_IN_CONVERSATION", Action.FAIL)


async def test_nobody_joins_a_private_conversation_by_a_schedule(house: House) -> None:
    await house.owner.execute("UPDATE conversations SET visibility = 'PRIVATE'")
    assert await refusal(house, outgoing(house)) == ("SENDER_NOT_IN_CONVERSATION", Action.FAIL)
    assert await participants(house) == []


async def test_a_file_is_posted_with_its_caption_once(house: House) -> None:
    message = outgoing(house, contents=Contents(attachment_id=await picture(house)))
    gateway = house.gateway()
    sent = await gateway.send(message)
    assert await gateway.send(message) == sent
    rows = await house.owner.fetch(
        "SELECT m.kind, m.body, a.file_name, a.sha256 FROM messages m"
        " JOIN attachments a ON a.message_id = m.id WHERE m.conversation_id = $1",
        house.conversation,
    )
    assert [tuple(row) for row in rows] == [("IMAGE", "hello", "harbour.jpg", b"3" * 32)]


async def test_a_message_whose_file_is_gone_is_not_posted_without_it(house: House) -> None:
    message = outgoing(house, contents=Contents(attachment_id=new_id()))
    assert await refusal(house, message) == ("FILE_GONE", Action.FAIL)
    assert await house.bodies() == []


async def test_a_message_is_answered_where_it_stands_and_nowhere_else(house: House) -> None:
    gateway, neighbour = house.gateway(), await house.neighbour()
    here = await gateway.send(outgoing(house, "?"))
    elsewhere = await neighbour.gateway().send(outgoing(neighbour, "?"))
    for asked in (here, elsewhere):
        contents = Contents(reply_to_id=UUID(asked.external_id or ""))
        await gateway.send(outgoing(house, "!", contents=contents))
    answers = await house.owner.fetch(
        "SELECT reply_to_id FROM messages WHERE conversation_id = $1 AND body = '!' ORDER BY id",
        house.conversation,
    )
    assert [row["reply_to_id"] for row in answers] == [UUID(here.external_id or ""), None]
