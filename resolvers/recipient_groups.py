"""Recipient groups and who is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col
from sqlmodel import select as select_rows

from models.audience import RecipientGroup
from models.base import Timestamp
from models.database import Row
from models.tables import contacts, group_members, recipient_groups
from models.tenants import Role
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError, not_found
from resolvers.limits import text_within
from resolvers.loaders.audience import GROUP_COLUMNS, GROUPS_BY_CREATION
from resolvers.locking import locked
from resolvers.naming import flush_named
from resolvers.paging import Page, PageRequest
from resolvers.scope import is_one_of

NAME_KEY = "recipient_groups_tenant_id_name_key"
MAX_NAME = 200
MAX_DESCRIPTION = 2_000
MAX_ADDED = 1_000
MAX_MEMBERS = 1_000_000

c, g, m = contacts.c, recipient_groups.c, group_members.c


@dataclass(frozen=True, slots=True)
class GroupDetails:
    """What a client may say of a group; None: as it is."""

    name: str | None = None
    description: str | None = None

    def checked(self) -> "GroupDetails":
        """The same, if all of it fits. Raises BAD_INPUT, BLANK or TOO_LONG."""
        if self.name is not None:
            text_within(self.name, MAX_NAME, "name")
        if self.description is not None:
            text_within(self.description, MAX_DESCRIPTION, "description", blank=True)
        return self


async def find_group(context: Context, group_id: UUID) -> Row:
    """The group. Raises NOT_FOUND when the viewer's tenant has no such."""
    row = await context.loaders.recipient_group.load(group_id)
    if row is None:
        raise not_found("recipient group")
    return row


async def list_groups(context: Context, request: PageRequest, search: str | None) -> Page:
    """A page of the tenant's groups whose names have `search` in them, the newest first."""
    statement = select(*GROUP_COLUMNS).where(*_conditions(context, search))
    rows = await context.read.all(GROUPS_BY_CREATION.select(statement, request))
    return GROUPS_BY_CREATION.page(rows, request)


async def count_groups(context: Context, search: str | None) -> int:
    """How many groups the list has on all its pages."""
    statement = select(func.count()).select_from(recipient_groups)
    count: int = await context.read.value(statement.where(*_conditions(context, search)))
    return count


async def create_group(
    context: Context, name: str, description: str, contact_ids: Sequence[UUID]
) -> Row:
    """Make a group of these contacts, at most 1,000. Raises CONFLICT for a name that is taken."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    GroupDetails(name, description).checked()
    _check_added(contact_ids)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        group = RecipientGroup(
            tenant_id=viewer.tenant_id,
            name=name,
            description=description,
            created_at=services.clock(),
            updated_at=services.clock(),
        )
        await check_contacts(work, contact_ids)
        work.session.add(group)
        await flush_named(work, NAME_KEY, "recipient group")
        await insert_members(work, group, contact_ids, services.clock())
    return await _changed(context, group.id)


async def update_group(context: Context, group_id: UUID, details: GroupDetails) -> Row:
    """Give a group another name or description. Raises CONFLICT for a name that is taken."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    details.checked()
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        group = await open_group(work, viewer, group_id)
        if details.name is not None:
            group.name = details.name
        if details.description is not None:
            group.description = details.description
        touch(group, services.clock())
        await flush_named(work, NAME_KEY, "recipient group")
    return await _changed(context, group_id)


async def delete_group(context: Context, group_id: UUID) -> None:
    """End a group; its contacts stay. Schedules that were to write to it find nobody."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        group = await open_group(work, viewer, group_id)
        await work.session.delete(group)
    context.loaders.recipient_group.clear(group_id)


async def add_recipients(context: Context, group_id: UUID, contact_ids: Sequence[UUID]) -> Row:
    """Add contacts, at most 1,000 at once, to a group; those who are in it stay as they are."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    _check_added(contact_ids)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        group = await open_group(work, viewer, group_id)
        await check_contacts(work, contact_ids)
        await insert_members(work, group, contact_ids, services.clock())
    return await _changed(context, group_id)


async def remove_recipients(context: Context, group_id: UUID, contact_ids: Sequence[UUID]) -> Row:
    """Take contacts, at most 1,000 at once, out of a group; who is not in it stays out."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    _check_added(contact_ids)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        group = await open_group(work, viewer, group_id)
        await check_contacts(work, contact_ids)
        connection = await work.session.connection()
        gone = await connection.execute(
            delete(group_members).where(
                m.group_id == group_id, is_one_of(m.contact_id, list(contact_ids))
            )
        )
        if gone.rowcount:
            group.size -= gone.rowcount
            touch(group, services.clock())
    return await _changed(context, group_id)


async def open_group(work: UnitOfWork, viewer: Viewer, group_id: UUID) -> RecipientGroup:
    """The group, its row locked until the commit. Raises NOT_FOUND."""
    statement = select_rows(RecipientGroup).where(
        col(RecipientGroup.id) == group_id, col(RecipientGroup.tenant_id) == viewer.tenant_id
    )
    return await locked(work, statement, "recipient group", "groupId")


async def insert_members(
    work: UnitOfWork, group: RecipientGroup, contact_ids: Sequence[UUID], moment: datetime
) -> None:
    """Add contacts of the tenant to a locked group. Raises TOO_MANY."""
    listed = literal(list(contact_ids), ARRAY(Uuid()))
    new = select(
        literal(work.tenant_id, Uuid()),
        literal(group.id, Uuid()),
        func.unnest(listed),
        literal(moment, Timestamp),
    )
    connection = await work.session.connection()
    added = await connection.execute(
        insert(group_members)
        .from_select(["tenant_id", "group_id", "contact_id", "added_at"], new)
        .on_conflict_do_nothing()
    )
    if added.rowcount:
        group.size += added.rowcount
        touch(group, moment)
    if group.size > MAX_MEMBERS:
        message = f"The group would have {group.size} members; at most {MAX_MEMBERS} fit."
        raise UserError(Code.TOO_MANY, message)


def touch(group: RecipientGroup, moment: datetime) -> None:
    """Count a change of a locked group."""
    group.version += 1
    group.updated_at = moment


async def check_contacts(work: UnitOfWork, contact_ids: Sequence[UUID]) -> None:
    """Raise NOT_FOUND unless all of these are contacts of the tenant."""
    connection = await work.session.connection()
    known = await connection.scalar(
        select(func.count()).where(
            c.tenant_id == work.tenant_id, is_one_of(c.id, list(contact_ids))
        )
    )
    if known != len(set(contact_ids)):
        raise UserError(Code.NOT_FOUND, "There is no such contact.", "contactIds")


async def _changed(context: Context, group_id: UUID) -> Row:
    """The group as it is now, whatever this operation has read of it before."""
    loaders = context.loaders
    loaders.recipient_group.clear(group_id)
    loaders.group_members.clear_all()
    loaders.contact_groups.clear_all()
    loaders.contact_group_count.clear_all()
    return await find_group(context, group_id)


def _check_added(contact_ids: Sequence[UUID]) -> None:
    if len(contact_ids) > MAX_ADDED:
        message = f"At most {MAX_ADDED} contacts are given at once."
        raise UserError(Code.TOO_LONG, message, "contactIds")


def _conditions(context: Context, search: str | None) -> list[ColumnElement[bool]]:
    found = [g.tenant_id == context.viewer.tenant_id]
    if search is not None:
        text = text_within(search, MAX_NAME, "search").strip()
        found.append(g.name.icontains(text, autoescape=True))
    return found
