"""What is posted to the WhatsApp Cloud API, to the letter."""

from typing import Any

import pytest

from gateways.protocol import Action, GatewayError
from gateways.whatsapp_payloads import Media, MediaKind, media, message, template, text


def test_reply_names_the_message_it_answers() -> None:
    assert message("34600111222", text("yes"), "d-1", reply_to="wamid.0") == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "34600111222",
        "context": {"message_id": "wamid.0"},
        "type": "text",
        "text": {"body": "yes", "preview_url": False},
        "biz_opaque_callback_data": "d-1",
    }


def test_document_has_a_name_and_a_caption() -> None:
    file = Media(MediaKind.DOCUMENT, "m-1", "bill.pdf")

    assert media(file, "your bill") == {
        "type": "document",
        "document": {"id": "m-1", "filename": "bill.pdf", "caption": "your bill"},
    }


def test_image_has_no_name() -> None:
    assert media(Media(MediaKind.IMAGE, "m-1", "me.jpg")) == {
        "type": "image",
        "image": {"id": "m-1"},
    }


def test_template_is_filled_in_order() -> None:
    header = Media(MediaKind.IMAGE, "m-1")

    assert template("appointment", "en_US", ["Ada", "noon"], header) == {
        "type": "template",
        "template": {
            "name": "appointment",
            "language": {"code": "en_US"},
            "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"id": "m-1"}}]},
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "Ada"},
                        {"type": "text", "text": "noon"},
                    ],
                },
            ],
        },
    }


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("12 Main St\nSpringfield", "12 Main St Springfield"),
        ("a \r\n\r\n b", "a b"),
        ("a\tb", "a b"),
        ("a\u2028b", "a b"),
        ("four    stay", "four    stay"),
        ("five     do not", "five do not"),
        ("five\u00a0\u00a0\u00a0\u00a0\u00a0do not", "five do not"),
        ("plain", "plain"),
    ],
)
def test_values_of_a_template_become_one_line(value: str, line: str) -> None:
    content: Any = template("hello", "en", [value])
    [body] = content["template"]["components"]
    assert body["parameters"] == [{"type": "text", "text": line}]


def test_template_without_placeholders_has_no_components() -> None:
    assert template("hello_world", "en_US") == {
        "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}, "components": []},
    }


@pytest.mark.parametrize("kind", [MediaKind.AUDIO, MediaKind.STICKER])
def test_sounds_and_stickers_have_no_caption(kind: MediaKind) -> None:
    with pytest.raises(GatewayError) as refused:
        media(Media(kind, "m-1"), "listen")

    assert (refused.value.code, refused.value.action) == ("WHATSAPP_NO_CAPTION", Action.FAIL)


def test_long_caption_is_refused() -> None:
    with pytest.raises(GatewayError) as refused:
        media(Media(MediaKind.IMAGE, "m-1"), "x" * 1025)

    assert refused.value.code == "WHATSAPP_CAPTION_TOO_LONG"


@pytest.mark.parametrize("recipient", ["", "0034600111222", "12", "US.", "us.1", "34600111222\n"])
def test_bad_recipient_is_refused(recipient: str) -> None:
    with pytest.raises(GatewayError) as refused:
        message(recipient, text("hello"), "d-1")

    assert refused.value.code == "WHATSAPP_BAD_RECIPIENT"
