"""The real payloads of the WhatsApp Cloud API, one a message type and one a status."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateways.whatsapp_payloads import MediaKind
from gateways.whatsapp_records import (
    Card,
    CardPhone,
    Cards,
    Content,
    InboundMedia,
    InboundMessage,
    Location,
    MessageStatus,
    Order,
    OrderItem,
    Person,
    Reaction,
    Report,
    StatusUpdate,
    Text,
    Unsupported,
    Webhook,
)
from gateways.whatsapp_webhook import parse

SAMPLES = Path(__file__).parent / "samples"
MESSAGES: dict[str, Any] = orjson.loads(
    (SAMPLES / "whatsapp-cloud-webhook-message.json").read_bytes()
)
STATUSES: dict[str, Any] = orjson.loads(
    (SAMPLES / "whatsapp-cloud-webhook-message_status.json").read_bytes()
)
NUMBER = "1122334455667"
SENDER = Person("972987654321", "US.13491208655302741918", "Test Name", None)
LONG_ID = "1234567890987654321"
UNKNOWN_TYPE = Report(131051, "Message type unknown", "Message type is currently not supported.")

# What is said by each sample: seconds since 1970, content, and what else is not as usual.
EXPECTED: dict[str, tuple[int, Content, dict[str, Any]]] = {
    "text": (1697043223, Text("Body Text"), {}),
    "image": (
        1697043379,
        InboundMedia(MediaKind.IMAGE, "65463453", "image/jpeg", "4654+8g="),
        {},
    ),
    "media_with_url": (
        1697043379,
        InboundMedia(MediaKind.IMAGE, "65463453", "image/jpeg", "4654+8g="),
        {},
    ),
    "video": (
        1697044362,
        InboundMedia(
            MediaKind.VIDEO,
            "765756756",
            "video/mp4",
            "Jh+2ij6PzUv/J2y+grrtegr/ZMzRxkEPwc24Oyib4s03w9Jc=",
            caption="caption",
        ),
        {"forwarded": True},
    ),
    "document": (
        1697043666,
        InboundMedia(
            MediaKind.DOCUMENT,
            LONG_ID,
            "application/pdf",
            "grwfwe/ZPx0wAbdfbdeFUNItPZ0RylL8gGUvdt3YFqc18SY=",
            caption="caption",
            filename="filename.pdf",
        ),
        {"forwarded": True},
    ),
    "audio": (
        1697043509,
        InboundMedia(
            MediaKind.AUDIO,
            LONG_ID,
            "audio/ogg; codecs=opus",
            "E3dxS/PdYZE7ppA3pQ4mpCFaXBJ8pX4SRN/dsfvds/iPGA=",
        ),
        {"forwarded": True},
    ),
    "voice": (
        1697043473,
        InboundMedia(
            MediaKind.AUDIO,
            LONG_ID,
            "audio/ogg; codecs=opus",
            "m04pFf2ERdaopTyFkGPA0+bX3i+YY2dYgVFwOgDLSDI=",
            voice=True,
        ),
        {},
    ),
    "static_sticker": (
        1697043760,
        InboundMedia(
            MediaKind.STICKER,
            LONG_ID,
            "image/webp",
            "OmT4nhjUhCMIPNmj7eeOZeCYjTXkLxoOv85OMCFwSuc=",
        ),
        {},
    ),
    "animated_sticker": (
        1697043785,
        InboundMedia(
            MediaKind.STICKER,
            LONG_ID,
            "image/webp",
            "HcwyCKrTKXHk0a00ms4HWIA76GY0Du6q4Z/iuwevw=",
            animated=True,
        ),
        {},
    ),
    "reaction": (1697044456, Reaction("wamid.yzxyzx=", "\N{FACE WITH OPEN MOUTH}"), {}),
    "unreaction_empty": (1697044456, Reaction("wamid.yzxyzx=", None), {}),
    "unreaction_no_emoji": (1697044456, Reaction("wamid.yzxyzx=", None), {}),
    "current_location": (1697044557, Location(12.25089, 43.90539), {"forwarded": True}),
    "chosen_location": (
        1697044557,
        Location(
            37.4611978,
            -122.2164385,
            "Facebook HQ",
            "1 Hacker Way, Menlo Park, CA 94025",
            "https://maps.google.com/?cid=2000000000000000000",
        ),
        {"forwarded": True},
    ),
    "contacts": (
        1697044621,
        Cards(
            (
                Card("Chandler Bing", (CardPhone("+1 555-555-5555", "972987654321", "CELL"),)),
                Card("Monica", (CardPhone("+1 666-666-6666", "972987654321", "HOME"),)),
                Card("Rachel Green", (CardPhone("+1 777-777-7777", "972987654321", "WORK"),)),
            )
        ),
        {},
    ),
    "order": (
        1697044668,
        Order(
            "354160437058781",
            None,
            (
                OrderItem("HAMBURGER", 3, Decimal(30), "ILS"),
                OrderItem("FRENCH_FRIES", 2, Decimal(35), "ILS"),
                OrderItem("SODA", 2, Decimal(10), "ILS"),
            ),
        ),
        {},
    ),
    "unsupported": (1697044706, Unsupported("unsupported", (UNKNOWN_TYPE,)), {}),
    "unsupported_with_type": (1697044706, Unsupported("unsupported", (UNKNOWN_TYPE,)), {}),
    "reply": (1697044746, Text("replied text"), {"reply_to": "wamid.xyzxyz=="}),
    "forwarded": (1697044815, Text("forwarded text"), {"forwarded": True}),
    "forwarded_many_times": (
        1697044968,
        Text("text forwarded many times"),
        {"forwarded": True},
    ),
    "interactive_message_with_err": (
        1700505494,
        Unsupported("interactive"),
        {"id": "wamid.wegrchytvwcggt=", "reply_to": "wamid.gvwegfretge=="},
    ),
    "referral": (1697045000, Text("BODY"), {"id": "wamid.ID"}),
}


def test_every_sample_has_its_expectation() -> None:
    assert list(MESSAGES) == list(EXPECTED)


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_of_every_type_are_read(name: str) -> None:
    seconds, content, other = EXPECTED[name]
    usual: dict[str, Any] = {"id": "wamid.xyzxyz", "sent_at": datetime.fromtimestamp(seconds, UTC)}

    webhook = parse(orjson.dumps(MESSAGES[name]))

    expected = InboundMessage(
        phone_number_id=NUMBER, sender=SENDER, content=content, **(usual | other)
    )
    assert webhook.messages == (expected,)
    assert (webhook.statuses, webhook.ignored) == ((), 0)


def test_errors_of_a_whole_change_are_kept() -> None:
    webhook = parse(orjson.dumps(MESSAGES["interactive_message_with_err"]))

    assert webhook.errors == (
        Report(131000, "Something went wrong", "Unsupported webhook payload"),
    )


def update(status: MessageStatus, seconds: int = 1698266945, **other: Any) -> StatusUpdate:
    fields: dict[str, Any] = {
        "phone_number_id": NUMBER,
        "message_id": "wamid.xyzxyz",
        "status": status,
        "at": datetime.fromtimestamp(seconds, UTC),
        "recipient": "972987654321",
    }
    return StatusUpdate(**(fields | other))


EXPECTED_STATUSES = {
    "sent": update(MessageStatus.SENT),
    "delivered": update(MessageStatus.DELIVERED),
    "read": update(MessageStatus.READ, 1689380458),
    "played": update(MessageStatus.PLAYED, 1689380458),
    "failed": update(
        MessageStatus.FAILED,
        1689380458,
        errors=(
            Report(
                130472,
                "User's number is part of an experiment",
                "Failed to send message because this user's phone number is part of an experiment",
            ),
        ),
    ),
    "with_tracker": update(MessageStatus.SENT, callback_data="some data"),
    "group": update(
        MessageStatus.READ,
        phone_number_id="<BUSINESS_PHONE_NUMBER_ID>",
        message_id="<WHATSAPP_MESSAGE_ID>",
        recipient="fowefinoewcnw",
        participant="<GROUP_PARTICIPANT_USER_PHONE_NUMBER>",
    ),
}


def test_every_status_sample_has_its_expectation() -> None:
    assert list(STATUSES) == list(EXPECTED_STATUSES)


@pytest.mark.parametrize("name", STATUSES)
def test_statuses_are_read(name: str) -> None:
    assert parse(orjson.dumps(STATUSES[name])) == Webhook((), (EXPECTED_STATUSES[name],), (), 0)
