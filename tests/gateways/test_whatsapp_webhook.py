"""The webhook of the WhatsApp Cloud API: who may call it, and anything at all in it."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.whatsapp_records import (
    Choice,
    Content,
    Edit,
    MessageStatus,
    Person,
    Revocation,
    SystemNotice,
    Text,
    Unsupported,
    Webhook,
    later,
)
from gateways.whatsapp_webhook import (
    MAX_BODY_BYTES,
    WebhookCode,
    WebhookError,
    challenge,
    check_signature,
    parse,
)
from tests.gateways.cloud import APP_SECRET, VERIFY_TOKEN, signature

NUMBER = "1122334455667"


def saying(*messages: object, contacts: object = (), **value: object) -> bytes:
    """A webhook with these messages."""
    change = {
        "field": "messages",
        "value": {
            "metadata": {"phone_number_id": NUMBER},
            "contacts": contacts,
            "messages": messages,
            **value,
        },
    }
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [{"changes": [change]}]})


def message(kind: str, **fields: object) -> dict[str, object]:
    usual = {"from": "34600111222", "id": "wamid.1", "timestamp": "1697043223", "type": kind}
    return usual | fields


# Types that the samples do not have, as Meta's reference of webhooks shows them.
@pytest.mark.parametrize(
    ("item", "content"),
    [
        (message("button", button={"payload": "P", "text": "Yes"}), Choice("P", "Yes")),
        (
            message(
                "interactive",
                interactive={"type": "button_reply", "button_reply": {"id": "b", "title": "Yes"}},
            ),
            Choice("b", "Yes"),
        ),
        (
            message(
                "interactive",
                interactive={"type": "list_reply", "list_reply": {"id": "r", "title": "Row"}},
            ),
            Choice("r", "Row"),
        ),
        (
            message(
                "edit",
                edit={
                    "original_message_id": "wamid.0",
                    "message": {"type": "text", "text": {"body": "new"}},
                },
            ),
            Edit("wamid.0", "new"),
        ),
        (
            message(
                "edit",
                edit={
                    "original_message_id": "wamid.0",
                    "message": {"type": "image", "image": {"caption": "new"}},
                },
            ),
            Edit("wamid.0", "new"),
        ),
        (message("revoke", revoke={"original_message_id": "wamid.0"}), Revocation("wamid.0")),
        (
            message(
                "system",
                system={"type": "user_changed_number", "body": "changed", "wa_id": "34600333444"},
            ),
            SystemNotice("user_changed_number", "changed", "34600333444"),
        ),
        (message("hologram", hologram={"id": "h"}), Unsupported("hologram")),
        (message("image", image={"caption": "no id"}), Unsupported("image")),
        (message("order", order={"product_items": []}), Unsupported("order")),
        (message("location", location={"latitude": 91, "longitude": 0}), Unsupported("location")),
        (message("text", text={"body": "a\0b"}), Text("ab")),
    ],
)
def test_other_types_are_read_or_kept_as_unsupported(item: object, content: Content) -> None:
    webhook = parse(saying(item))

    assert [found.content for found in webhook.messages] == [content]
    assert webhook.ignored == 0


def test_sender_without_a_phone_number_is_known_by_the_user_id() -> None:
    item = message("text", text={"body": "hi"}, from_user_id="US.1349") | {"from": None}
    contact = {"profile": {"name": "Ada", "username": "ada"}, "user_id": "US.1349"}

    known = parse(saying(item, contacts=[contact])).messages[0].sender
    unknown = parse(saying(item)).messages[0].sender

    assert known == Person(None, "US.1349", "Ada", "ada")
    assert unknown == Person(None, "US.1349", None, None)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        "text",
        message("text") | {"id": None},
        message("text") | {"from": 7},
        message("text") | {"timestamp": "yesterday"},
        message("text") | {"timestamp": "999999999999"},
        message("text") | {"timestamp": True},
    ],
)
def test_broken_entry_is_counted_and_spares_the_others(broken: object) -> None:
    webhook = parse(saying(broken, message("text", text={"body": "hi"})))

    assert [found.content for found in webhook.messages] == [Text("hi")]
    assert webhook.ignored == 1


def test_unknown_status_and_other_subjects_are_counted() -> None:
    status = {"id": "wamid.1", "status": "teleported", "timestamp": "1698266945"}
    other = {"field": "account_update", "value": {}}
    envelope = orjson.loads(saying(statuses=[status]))
    envelope["entry"][0]["changes"].append(other)

    assert parse(orjson.dumps(envelope)) == Webhook((), (), (), 2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", WebhookCode.NOT_JSON),
        (b"\xff", WebhookCode.NOT_JSON),
        (b"[" * 100_000, WebhookCode.NOT_JSON),
        (b"[]", WebhookCode.NOT_WHATSAPP),
        (b'{"object": "page"}', WebhookCode.NOT_WHATSAPP),
        (b" " * (MAX_BODY_BYTES + 1), WebhookCode.TOO_LARGE),
        (b" " * MAX_BODY_BYTES, WebhookCode.NOT_JSON),
    ],
)
def test_what_is_no_webhook_is_refused(body: bytes, code: WebhookCode) -> None:
    with pytest.raises(WebhookError) as refused:
        parse(body)

    assert refused.value.code is code


# Every text of the samples: the names of their fields, their types and their values.
NAMES = st.sampled_from(
    sorted(
        {
            name
            for sample in (Path(__file__).parent / "samples").glob("*.json")
            for name in re.findall(r'"([^"\\]*)"', sample.read_text(encoding="utf-8"))
        }
    )
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text() | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


@given(st.binary() | ANYTHING.map(orjson.dumps))
def test_anything_is_read_or_refused_with_a_code(body: bytes) -> None:
    try:
        assert isinstance(parse(body), Webhook)
    except WebhookError as error:
        assert error.code in WebhookCode


@given(st.lists(ANYTHING | st.dictionaries(NAMES, ANYTHING), max_size=3), ANYTHING, ANYTHING)
def test_anything_inside_of_a_webhook_is_read(
    messages: list[object], contacts: object, statuses: object
) -> None:
    webhook = parse(saying(*messages, contacts=contacts, statuses=statuses))

    assert len(webhook.messages) + len(webhook.statuses) + webhook.ignored >= len(messages)


@given(st.data())
def test_message_with_anything_in_it_is_kept(data: st.DataObject) -> None:
    kind = data.draw(NAMES | st.text())

    webhook = parse(saying({kind: data.draw(ANYTHING)} | message(kind)))

    assert len(webhook.messages) == 1


STATUS = st.sampled_from(MessageStatus)


@given(st.lists(STATUS, min_size=1), st.randoms(use_true_random=False))
def test_statuses_never_move_back_in_whatever_order_they_come(
    heard: list[MessageStatus], chance: Any
) -> None:
    stands = heard[0]
    for status in heard:
        stands, before = later(stands, status), stands
        assert later(before, stands) is stands
    shuffled = chance.sample(heard, len(heard))
    again = shuffled[0]
    for status in shuffled:
        again = later(again, status)

    assert again is stands


def test_a_delivered_message_has_not_failed() -> None:
    assert later(MessageStatus.SENT, MessageStatus.FAILED) is MessageStatus.FAILED
    assert later(MessageStatus.FAILED, MessageStatus.DELIVERED) is MessageStatus.DELIVERED
    assert later(MessageStatus.READ, MessageStatus.DELIVERED) is MessageStatus.READ
    assert later(MessageStatus.READ, MessageStatus.PLAYED) is MessageStatus.PLAYED


BODY = b'{"name": "\\u00e9"}'


def test_signature_is_over_the_raw_bytes() -> None:
    check_signature(APP_SECRET, BODY, signature(BODY))

    same_json = orjson.dumps(orjson.loads(BODY))
    with pytest.raises(WebhookError):
        check_signature(APP_SECRET, same_json, signature(BODY))


@pytest.mark.parametrize(
    ("secret", "header"),
    [
        (APP_SECRET, None),
        (APP_SECRET, ""),
        (APP_SECRET, "sha256="),
        (APP_SECRET, signature(BODY).removeprefix("sha256=")),
        (APP_SECRET, signature(BODY)[:-1]),
        (APP_SECRET, signature(BODY) + "\n"),
        (APP_SECRET, signature(BODY, "guessed")),
        (APP_SECRET, signature(b"another body")),
        (APP_SECRET, "sha256=" + "é" * 64),
        ("", signature(BODY, "")),
    ],
)
def test_forged_signature_is_refused(secret: str, header: str | None) -> None:
    with pytest.raises(WebhookError) as refused:
        check_signature(secret, BODY, header)

    assert refused.value.code is WebhookCode.BAD_SIGNATURE


ASKED = {
    "hub.mode": "subscribe",
    "hub.challenge": "1158201444",
    "hub.verify_token": VERIFY_TOKEN,
}


def test_verification_is_answered_with_the_challenge() -> None:
    assert challenge(ASKED, VERIFY_TOKEN) == "1158201444"


@pytest.mark.parametrize(
    ("other", "token"),
    [
        ({"hub.mode": "unsubscribe"}, VERIFY_TOKEN),
        ({"hub.verify_token": "guessed"}, VERIFY_TOKEN),
        ({"hub.verify_token": "\udcff"}, VERIFY_TOKEN),
        ({"hub.verify_token": ""}, ""),
        ({"hub.challenge": "<script>"}, VERIFY_TOKEN),
        ({"hub.challenge": ""}, VERIFY_TOKEN),
    ],
)
def test_false_verification_is_refused(other: dict[str, str], token: str) -> None:
    with pytest.raises(WebhookError) as refused:
        challenge(ASKED | other, token)

    assert refused.value.code is WebhookCode.BAD_VERIFICATION
