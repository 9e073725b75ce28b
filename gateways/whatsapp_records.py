"""What a webhook of the WhatsApp Cloud API says, as records.

Texts are as WhatsApp sent them, without NUL characters; times are in UTC; ids of messages are
wamids. What Meta left out is None.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from gateways.whatsapp_payloads import MediaKind


class MessageStatus(StrEnum):
    """What became of a message that was sent; PLAYED is a voice message that was listened to."""

    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"


_ORDER = list(MessageStatus)


def later(one: MessageStatus, other: MessageStatus) -> MessageStatus:
    """The status that stands when both were heard, in whatever order they came.

    A message that was delivered has not failed, whatever is heard of it.
    """
    return max(one, other, key=_ORDER.index)


@dataclass(frozen=True, slots=True)
class Report:
    """An error that Meta reports; `code` is one of `gateways.whatsapp_errors`, or a newer one."""

    code: int
    title: str | None
    details: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote: has a phone number, or a business-scoped user id, or both."""

    phone: str | None
    user_id: str | None
    name: str | None
    username: str | None


@dataclass(frozen=True, slots=True)
class Text:
    """A written message."""

    body: str


@dataclass(frozen=True, slots=True)
class InboundMedia:
    """A file, to be fetched by its id. `voice` is a recording made in the chat."""

    kind: MediaKind
    id: str
    mime_type: str | None
    sha256: str | None
    caption: str | None = None
    filename: str | None = None
    voice: bool = False
    animated: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """A place, in degrees; one that was chosen from a list has a name."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class CardPhone:
    """A phone number as it is written on a card, and the WhatsApp account that it has."""

    phone: str | None
    wa_id: str | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """A contact that was shared."""

    name: str | None
    phones: tuple[CardPhone, ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """The contacts of one message."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction to a message; without an emoji the earlier one is taken back."""

    message_id: str
    emoji: str | None


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A product that was ordered; `price` is for one of it, in `currency` (ISO 4217)."""

    product_id: str | None
    quantity: int
    price: Decimal
    currency: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """Products ordered from a catalogue."""

    catalog_id: str | None
    text: str | None
    items: tuple[OrderItem, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A button or a list row that was chosen; `id` is what its sender named it."""

    id: str | None
    title: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A message has a new text or caption."""

    message_id: str
    body: str | None


@dataclass(frozen=True, slots=True)
class Revocation:
    """A message was deleted for everyone."""

    message_id: str


@dataclass(frozen=True, slots=True)
class SystemNotice:
    """Something changed with the sender, such as `user_changed_number`."""

    kind: str | None
    body: str | None
    new_phone: str | None


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A message that this version cannot read, or that the API cannot pass on."""

    type: str | None
    errors: tuple[Report, ...] = ()


Content: TypeAlias = (
    Text
    | InboundMedia
    | Location
    | Cards
    | Reaction
    | Order
    | Choice
    | Edit
    | Revocation
    | SystemNotice
    | Unsupported
)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message to the business number `phone_number_id`. `reply_to` is the message answered."""

    phone_number_id: str
    id: str
    sent_at: datetime
    sender: Person
    content: Content
    reply_to: str | None = None
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A step of a message that was sent from `phone_number_id`.

    `callback_data` is what it was sent with: the delivery's id. `participant` is who it was that
    read it, when `recipient` is a group.
    """

    phone_number_id: str
    message_id: str
    status: MessageStatus
    at: datetime
    recipient: str | None
    participant: str | None = None
    callback_data: str | None = None
    errors: tuple[Report, ...] = ()


@dataclass(frozen=True, slots=True)
class Webhook:
    """Everything that one request said, in its order.

    `ignored` counts what it also said but nobody here reads: other subjects than messages, and
    entries without an id, a time or a sender.
    """

    messages: tuple[InboundMessage, ...]
    statuses: tuple[StatusUpdate, ...]
    errors: tuple[Report, ...]
    ignored: int
