"""Labels: the tenant's, on conversations."""

import re
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from sqlmodel import select as select_rows

from models.database import Row
from models.events import EventKind
from models.reading import ConversationLabel, Label
from models.tables import conversation_labels, labels
from models.tenants import Role
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context
from resolvers.conversations import find_conversation, open_conversation
from resolvers.errors import Code, UserError, not_found
from resolvers.limits import text_within
from resolvers.paging import Selection

n = labels.c
on = conversation_labels.c
COLUMNS = (n.id, n.name, n.color, n.created_at)
_COLOR = re.compile(r"#[0-9a-f]{6}", re.ASCII)


async def list_labels(context: Context) -> list[Row]:
    """The tenant's labels, by name."""
    own = n.tenant_id == context.viewer.tenant_id
    return await context.read.all(select(*COLUMNS).where(own).order_by(n.name, n.id))


async def find_label(context: Context, label_id: UUID) -> Row:
    """The label. Raises NOT_FOUND."""
    own = n.tenant_id == context.viewer.tenant_id
    row = await context.read.first(select(*COLUMNS).where(n.id == label_id, own))
    if row is None:
        raise not_found("label")
    return row


async def create_label(context: Context, name: str, color: str) -> Row:
    """Make a label. Raises CONFLICT for a name that there is, and TOO_MANY."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    label = Label(tenant_id=viewer.tenant_id, name=_name(context, name), color=checked_color(color))
    try:
        async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
            all_labels = select(n.id).where(n.tenant_id == viewer.tenant_id)
            if await _count(work, all_labels) >= services.limits.labels:
                raise _too_many(services.limits.labels, "There are", "name")
            work.session.add(label)
    except IntegrityError:
        raise _taken() from None
    return await find_label(context, label.id)


async def update_label(
    context: Context, label_id: UUID, name: str | None, color: str | None
) -> Row:
    """Give a label another name or colour, wherever it is. Raises CONFLICT."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    name = None if name is None else _name(context, name)
    color = None if color is None else checked_color(color)
    try:
        async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
            label = await _label(work, label_id)
            label.name = label.name if name is None else name
            label.color = label.color if color is None else color
    except IntegrityError:
        raise _taken() from None
    return await find_label(context, label_id)


async def delete_label(context: Context, label_id: UUID) -> None:
    """Remove a label, also from the conversations that have it."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.ADMIN)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await work.session.delete(await _label(work, label_id))


async def add_label(context: Context, conversation_id: UUID, label_id: UUID) -> Row:
    """Put a label on a conversation; it is no error that it has it. Raises TOO_MANY."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        await _label(work, label_id)
        if await work.session.get(ConversationLabel, (conversation_id, label_id)) is None:
            on_it = select(on.label_id).where(on.conversation_id == conversation_id)
            if await _count(work, on_it) >= services.limits.labels_each:
                raise _too_many(services.limits.labels_each, "A conversation has", "labelId")
            work.session.add(
                ConversationLabel(
                    tenant_id=viewer.tenant_id,
                    conversation_id=conversation_id,
                    label_id=label_id,
                )
            )
            work.record(conversation, EventKind.CONVERSATION_CHANGED)
    return await find_conversation(context, conversation_id)


async def remove_label(context: Context, conversation_id: UUID, label_id: UUID) -> Row:
    """Take a label off a conversation; no error when it has it not."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        conversation = await open_conversation(work, viewer, conversation_id)
        label = await work.session.get(ConversationLabel, (conversation_id, label_id))
        if label is not None:
            await work.session.delete(label)
            work.record(conversation, EventKind.CONVERSATION_CHANGED)
    return await find_conversation(context, conversation_id)


def checked_color(color: str) -> str:
    """The colour in small letters. Raises BAD_INPUT unless it is like `#1a2b3c`."""
    lower = color.lower()
    if not _COLOR.fullmatch(lower):
        raise UserError(Code.BAD_INPUT, "color is # and six hexadecimal digits.", "color")
    return lower


def _name(context: Context, name: str) -> str:
    return text_within(name.strip(), context.services.limits.label, "name")


async def _label(work: UnitOfWork, label_id: UUID) -> Label:
    own = select_rows(Label).where(
        col(Label.id) == label_id, col(Label.tenant_id) == work.tenant_id
    )
    label = (await work.session.exec(own)).one_or_none()
    if label is None:
        raise UserError(Code.NOT_FOUND, "There is no such label.", "labelId")
    return label


async def _count(work: UnitOfWork, statement: Selection) -> int:
    count = select(func.count()).select_from(statement.subquery())
    found: int = (await (await work.session.connection()).execute(count)).scalar_one()
    return found


def _taken() -> UserError:
    return UserError(Code.CONFLICT, "There is a label of this name.", "name")


def _too_many(most: int, where: str, field: str) -> UserError:
    return UserError(Code.TOO_MANY, f"{where} at most {most} labels.", field)
