"""The content of one inbound message of the WhatsApp Cloud API, by its type."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from gateways.fields import Fields
from gateways.whatsapp_payloads import MediaKind
from gateways.whatsapp_records import (
    Card,
    CardPhone,
    Cards,
    Choice,
    Content,
    Edit,
    InboundMedia,
    Location,
    Order,
    OrderItem,
    Reaction,
    Report,
    Revocation,
    SystemNotice,
    Text,
    Unsupported,
)


def content_of(message: Fields) -> Content:
    """What the message says; `Unsupported` when its type is new or lacks what it must have."""
    kind = message.text("type")
    read = _READERS.get(kind or "")
    content = None if read is None else read(message)
    return content or Unsupported(kind, reports(message))


def reports(owner: Fields) -> tuple[Report, ...]:
    """The errors of a message, a status or a whole change; those without a code are left out."""
    found = ((error.number("code"), error) for error in owner.each("errors"))
    return tuple(
        Report(code, error.text("title"), error.fields("error_data").text("details"))
        for code, error in found
        if isinstance(code, int)
    )


def _text(message: Fields) -> Text | None:
    body = message.fields("text").text("body")
    return Text(body) if body else None


def _media(kind: MediaKind, message: Fields) -> InboundMedia | None:
    file = message.fields(kind)
    media_id = file.text("id")
    if media_id is None:
        return None
    return InboundMedia(
        kind,
        media_id,
        mime_type=file.text("mime_type"),
        sha256=file.text("sha256"),
        caption=file.text("caption"),
        filename=file.text("filename"),
        voice=file.flag("voice"),
        animated=file.flag("animated"),
    )


def _location(message: Fields) -> Location | None:
    place = message.fields("location")
    latitude, longitude = place.number("latitude"), place.number("longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Location(
        latitude, longitude, place.text("name"), place.text("address"), place.text("url")
    )


def _cards(message: Fields) -> Cards | None:
    cards = tuple(
        Card(
            card.fields("name").text("formatted_name"),
            tuple(
                CardPhone(phone.text("phone"), phone.text("wa_id"), phone.text("type"))
                for phone in card.each("phones")
            ),
        )
        for card in message.each("contacts")
    )
    return Cards(cards) if cards else None


def _reaction(message: Fields) -> Reaction | None:
    reaction = message.fields("reaction")
    message_id = reaction.text("message_id")
    return Reaction(message_id, reaction.text("emoji")) if message_id else None


def _order(message: Fields) -> Order | None:
    order = message.fields("order")
    items = [_order_item(item) for item in order.each("product_items")]
    known = tuple(item for item in items if item is not None)
    return Order(order.text("catalog_id"), order.text("text"), known) if known else None


def _order_item(item: Fields) -> OrderItem | None:
    quantity, price = item.number("quantity"), item.number("item_price")
    if not isinstance(quantity, int) or price is None:
        return None
    return OrderItem(
        item.text("product_retailer_id"), quantity, Decimal(str(price)), item.text("currency")
    )


def _button(message: Fields) -> Choice | None:
    """A quick reply of a template."""
    button = message.fields("button")
    title = button.text("text")
    return Choice(button.text("payload"), title) if title else None


def _interactive(message: Fields) -> Choice | None:
    """A reply button or a list row; other kinds are flows, which are not ours."""
    interactive = message.fields("interactive")
    for kind in ("button_reply", "list_reply"):
        reply = interactive.fields(kind)
        title = reply.text("title")
        if title:
            return Choice(reply.text("id"), title)
    return None


def _edit(message: Fields) -> Edit | None:
    """The new text, or the new caption of a file of whatever kind."""
    edit = message.fields("edit")
    message_id = edit.text("original_message_id")
    written = edit.fields("message")
    said = written.fields(written.text("type") or "")
    return Edit(message_id, said.text("body") or said.text("caption")) if message_id else None


def _revocation(message: Fields) -> Revocation | None:
    message_id = message.fields("revoke").text("original_message_id")
    return Revocation(message_id) if message_id else None


def _system(message: Fields) -> SystemNotice | None:
    system = message.fields("system")
    notice = SystemNotice(system.text("type"), system.text("body"), system.text("wa_id"))
    return notice if notice.kind or notice.body else None


_READERS: dict[str, Callable[[Fields], Content | None]] = {
    "text": _text,
    **{kind.value: partial(_media, kind) for kind in MediaKind},
    "location": _location,
    "contacts": _cards,
    "reaction": _reaction,
    "order": _order,
    "button": _button,
    "interactive": _interactive,
    "edit": _edit,
    "revoke": _revocation,
    "system": _system,
}
