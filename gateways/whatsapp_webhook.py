"""The webhook of the WhatsApp Cloud API: who may call it, and what it says. Pure functions.

Meta calls at least once, in any order, for up to seven days, and wants an answer within a quarter
of a second: store the records, answer 200, work later.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""

import hmac
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

import orjson

from gateways.fields import Fields
from gateways.whatsapp_contents import content_of, reports
from gateways.whatsapp_records import (
    InboundMessage,
    MessageStatus,
    Person,
    Report,
    StatusUpdate,
    Webhook,
)

MAX_BODY_BYTES = 3 * 1024 * 1024
SIGNATURE_HEADER = "X-Hub-Signature-256"

_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)
# What Meta asks to hear back is a number. Anything else could be a page for a browser.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
_STATUSES = {status.value: status for status in MessageStatus}


class WebhookCode(StrEnum):
    """Why a request is refused; `docs/gateways.md` says with which status."""

    BAD_SIGNATURE = "BAD_SIGNATURE"
    BAD_VERIFICATION = "BAD_VERIFICATION"
    TOO_LARGE = "TOO_LARGE"
    NOT_JSON = "NOT_JSON"
    NOT_WHATSAPP = "NOT_WHATSAPP"


class WebhookError(Exception):
    """A request that is not Meta's, or not one that Meta documents."""

    def __init__(self, code: WebhookCode) -> None:
        super().__init__(code.value)
        self.code = code


def challenge(query: Mapping[str, str], verify_token: str) -> str:
    """The text with which to answer the GET that sets the webhook up.

    Raises WebhookError (BAD_VERIFICATION) unless it names the token that was set at Meta's.
    """
    given = query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
    known = bool(verify_token) and hmac.compare_digest(given, verify_token.encode())
    asked = query.get("hub.challenge", "")
    if query.get("hub.mode") != "subscribe" or not known or not _CHALLENGE.fullmatch(asked):
        raise WebhookError(WebhookCode.BAD_VERIFICATION)
    return asked


def check_signature(app_secret: str, body: bytes, header: str | None) -> None:
    """Refuse a body that was not signed with the app's secret; compared in constant time.

    `body` must be the bytes as they came: JSON that was read and written again differs. Raises
    WebhookError (BAD_SIGNATURE).
    """
    given = _SIGNATURE.fullmatch(header or "")
    signed = hmac.digest(app_secret.encode(), body, "sha256")
    if not app_secret or given is None or not hmac.compare_digest(signed, bytes.fromhex(given[1])):
        raise WebhookError(WebhookCode.BAD_SIGNATURE)


def parse(body: bytes) -> Webhook:
    """Everything that the body says. What is unknown or broken inside of it is counted, not raised.

    Raises WebhookError for a body over 3 MB, one that is no JSON, and one of another product.
    """
    if len(body) > MAX_BODY_BYTES:
        raise WebhookError(WebhookCode.TOO_LARGE)
    try:
        envelope = Fields(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise WebhookError(WebhookCode.NOT_JSON) from None
    if envelope.text("object") != "whatsapp_business_account":
        raise WebhookError(WebhookCode.NOT_WHATSAPP)
    return _webhook(change for entry in envelope.each("entry") for change in entry.each("changes"))


def _webhook(changes: Iterable[Fields]) -> Webhook:
    messages: list[InboundMessage | None] = []
    statuses: list[StatusUpdate | None] = []
    errors: list[Report] = []
    others = 0
    for change in changes:
        value = change.fields("value")
        number = value.fields("metadata").text("phone_number_id")
        if change.text("field") != "messages" or number is None:
            others += 1
            continue
        people = _people(value)
        messages += [_message(number, people, item) for item in value.each("messages")]
        statuses += [_status(number, item) for item in value.each("statuses")]
        errors += reports(value)
    return Webhook(
        messages=tuple(message for message in messages if message is not None),
        statuses=tuple(status for status in statuses if status is not None),
        errors=tuple(errors),
        ignored=others + messages.count(None) + statuses.count(None),
    )


def _people(value: Fields) -> dict[str, Person]:
    """Who is spoken of, by phone number and by user id."""
    people: dict[str, Person] = {}
    for contact in value.each("contacts"):
        profile = contact.fields("profile")
        person = Person(
            contact.text("wa_id"),
            contact.text("user_id"),
            profile.text("name"),
            profile.text("username"),
        )
        people |= {key: person for key in (person.phone, person.user_id) if key}
    return people


def _message(number: str, people: dict[str, Person], item: Fields) -> InboundMessage | None:
    message_id, sent_at = item.text("id"), item.moment("timestamp")
    sender = _sender(people, item)
    if message_id is None or sent_at is None or sender is None:
        return None
    context = item.fields("context")
    return InboundMessage(
        number,
        message_id,
        sent_at,
        sender,
        content_of(item),
        reply_to=context.text("id"),
        forwarded=context.flag("forwarded") or context.flag("frequently_forwarded"),
    )


def _sender(people: dict[str, Person], item: Fields) -> Person | None:
    """The contact whom the message names; one who hides the phone number has only a user id."""
    phone, user_id = item.text("from"), item.text("from_user_id")
    if phone is None and user_id is None:
        return None
    named = people.get(user_id or "") or people.get(phone or "")
    return named or Person(phone, user_id, name=None, username=None)


def _status(number: str, item: Fields) -> StatusUpdate | None:
    message_id, at = item.text("id"), item.moment("timestamp")
    status = _STATUSES.get(item.text("status") or "")
    if message_id is None or at is None or status is None:
        return None
    return StatusUpdate(
        number,
        message_id,
        status,
        at,
        recipient=item.text("recipient_id") or item.text("recipient_user_id"),
        participant=item.text("recipient_participant_id")
        or item.text("recipient_participant_user_id"),
        callback_data=item.text("biz_opaque_callback_data"),
        errors=reports(item),
    )
