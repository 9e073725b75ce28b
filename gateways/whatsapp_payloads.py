"""The bodies of `POST /{phone_number_id}/messages` of the WhatsApp Cloud API: pure functions.

A content (`text`, `media`, `template`) says what is sent; `message` addresses it.
https://developers.facebook.com/documentation/business-messaging/whatsapp/reference
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from gateways.protocol import Action, GatewayError

Content: TypeAlias = dict[str, object]

MAX_TEXT = 4096
MAX_CAPTION = 1024

# E.164 with or without its plus sign, and the business-scoped ids that users without a visible
# phone number have, such as US.13491208655302741918.
_PHONE = re.compile(r"\+?([1-9][0-9]{6,14})")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
# "Param text cannot have new-line/tab characters or more than 4 consecutive spaces": such a message
# is refused with the code 132018 or 100.
_NOT_ONE_LINE = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*|\s{5,}")


class MediaKind(StrEnum):
    """What a file is sent as."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"


_WITH_CAPTION = frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT})
_SHOWN_BY_TEMPLATES = _WITH_CAPTION


@dataclass(frozen=True, slots=True)
class Media:
    """A file that was uploaded to the API. Only documents have a name that the recipient sees."""

    kind: MediaKind
    id: str
    filename: str | None = None


def text(body: str) -> Content:
    """A text of 1 to 4096 characters. Raises GatewayError."""
    if not body:
        raise GatewayError("WHATSAPP_TEXT_EMPTY", Action.FAIL)
    if len(body) > MAX_TEXT:
        raise GatewayError("WHATSAPP_TEXT_TOO_LONG", Action.FAIL)
    return {"type": "text", "text": {"body": body, "preview_url": False}}


def media(file: Media, caption: str | None = None) -> Content:
    """A file with a caption of up to 1024 characters, which sounds and stickers cannot have.

    Raises GatewayError.
    """
    if caption is not None and file.kind not in _WITH_CAPTION:
        raise GatewayError("WHATSAPP_NO_CAPTION", Action.FAIL)
    if caption is not None and len(caption) > MAX_CAPTION:
        raise GatewayError("WHATSAPP_CAPTION_TOO_LONG", Action.FAIL)
    described = _file(file) | ({"caption": caption} if caption else {})
    return {"type": file.kind.value, file.kind.value: described}


def template(
    name: str, language: str, values: Sequence[str] = (), header: Media | None = None
) -> Content:
    """An approved template, such as ("appointment", "en_US"), its placeholders filled in order.

    Values become one line, as the API wants them: see `one_line`. `header` is shown above the text
    by a template that has a header for such a file. Raises GatewayError for a sound or a sticker,
    which no template shows; the API refuses (132000, 132012) what this template has no header for.
    """
    components: list[Content] = []
    if header is not None:
        if header.kind not in _SHOWN_BY_TEMPLATES:
            raise GatewayError("WHATSAPP_NO_HEADER", Action.FAIL)
        shown = {"type": header.kind.value, header.kind.value: _file(header)}
        components.append({"type": "header", "parameters": [shown]})
    if values:
        filled = [{"type": "text", "text": one_line(value)} for value in values]
        components.append({"type": "body", "parameters": filled})
    described = {"name": name, "language": {"code": language}, "components": components}
    return {"type": "template", "template": described}


def one_line(value: str) -> str:
    """A value with a space for each stretch of white space that a placeholder may not hold.

    That is one with a line break or a tab, or of more than four spaces.
    """
    return _NOT_ONE_LINE.sub(" ", value)


def message(
    recipient: str, content: Content, callback_data: str, reply_to: str | None = None
) -> Content:
    """A content on its way to a phone number or a business-scoped user id. Raises GatewayError.

    `callback_data` comes back in every status of the message; `reply_to` is the id (wamid) of the
    message that is answered.
    """
    context: Content = {"context": {"message_id": reply_to}} if reply_to else {}
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_address(recipient),
        **context,
        **content,
        "biz_opaque_callback_data": callback_data,
    }


def _address(recipient: str) -> Content:
    if phone := _PHONE.fullmatch(recipient):
        return {"to": phone[1]}
    if _USER_ID.fullmatch(recipient):
        return {"recipient": recipient}
    raise GatewayError("WHATSAPP_BAD_RECIPIENT", Action.FAIL)


def _file(file: Media) -> Content:
    described: Content = {"id": file.id}
    if file.kind is MediaKind.DOCUMENT and file.filename:
        described["filename"] = file.filename
    return described
