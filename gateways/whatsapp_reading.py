"""An inbound message of WhatsApp as one of ours: its kind and its text. A pure function."""

from dataclasses import dataclass
from typing import Any

from gateways.whatsapp_payloads import MediaKind
from gateways.whatsapp_records import (
    Cards,
    Choice,
    Content,
    InboundMedia,
    Location,
    Order,
    SystemNotice,
    Text,
)
from models.messages import MessageKind

_KINDS = {
    MediaKind.IMAGE: MessageKind.IMAGE,
    MediaKind.VIDEO: MessageKind.VIDEO,
    MediaKind.AUDIO: MessageKind.AUDIO,
    MediaKind.DOCUMENT: MessageKind.DOCUMENT,
    MediaKind.STICKER: MessageKind.STICKER,
}


@dataclass(frozen=True, slots=True)
class Line:
    """What a conversation shows; `details` is as `messages.details` keeps it."""

    kind: MessageKind
    body: str
    details: dict[str, Any] | None = None


def line_of(content: Content) -> Line:
    """The line for a content that is a message; a NOTICE for what cannot be shown."""
    match content:
        case Text(body=body) | Choice(title=body):
            line = Line(MessageKind.TEXT, body)
        case InboundMedia(kind=kind, caption=caption):
            line = Line(_KINDS[kind], caption or "")
        case Location():
            line = _location(content)
        case Cards():
            line = _cards(content)
        case Order():
            line = _order(content)
        case SystemNotice(body=body, kind=kind):
            line = Line(MessageKind.NOTICE, body or kind or "")
        case _:
            line = Line(MessageKind.NOTICE, "A message that cannot be shown")
    return line


def _cards(content: Cards) -> Line:
    words = [
        word
        for card in content.cards
        for word in (card.name, *(phone.phone or phone.wa_id for phone in card.phones))
    ]
    return Line(MessageKind.CONTACT, "\n".join(filter(None, words)))


def _location(place: Location) -> Line:
    words = [place.name, place.address, place.url]
    details = {"place": {"latitude": place.latitude, "longitude": place.longitude}}
    return Line(MessageKind.LOCATION, "\n".join(filter(None, words)), details)


def _order(order: Order) -> Line:
    items = [
        f"{item.quantity} × {item.product_id} ({item.price} {item.currency or ''})".rstrip()
        for item in order.items
    ]
    return Line(MessageKind.TEXT, "\n".join(filter(None, [order.text, *items])))
