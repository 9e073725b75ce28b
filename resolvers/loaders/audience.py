"""Contacts by id, what they are known by, and who is in which recipient group."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from models.database import Reader, Row
from models.tables import contact_identities, contacts, group_members, recipient_groups
from resolvers.loaders.batching import PageKey, many_each, one_each, page_each, value_each
from resolvers.paging import Keyset, Page, Selection
from resolvers.scope import is_one_of

c, i, g, m = contacts.c, contact_identities.c, recipient_groups.c, group_members.c
CONTACT_COLUMNS: tuple[ColumnElement[Any], ...] = (
    *(c.id, c.created_at, c.updated_at, c.archived_at, c.opted_out_at, c.merged_into_id),
    *(c.name, c.locale, c.time_zone, c.quiet_from, c.quiet_until, c.fields, c.erased_at),
)
IDENTITY_COLUMNS = (i.id, i.contact_id, i.kind, i.value, i.is_primary, i.created_at)
GROUP_COLUMNS = (g.id, g.created_at, g.updated_at, g.name, g.description, g.size, g.version)
CONTACTS_BY_CREATION = Keyset(b"C", c.created_at, c.id, descending=True)
GROUPS_BY_CREATION = Keyset(b"G", g.created_at, g.id, descending=True)
MEMBERS_BY_JOINING = Keyset(b"J", m.added_at, m.contact_id)


async def contacts_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The tenant's contacts with these ids."""
    statement = select(*CONTACT_COLUMNS).where(
        c.tenant_id == read.tenant_id, is_one_of(c.id, list(ids))
    )
    return one_each(await read.all(statement), ids, "id")


async def identities_by_contact(read: Reader, ids: Sequence[UUID]) -> list[list[Row]]:
    """The identities of each contact, in the order in which they were added."""
    statement = (
        select(*IDENTITY_COLUMNS)
        .where(i.tenant_id == read.tenant_id, is_one_of(i.contact_id, list(ids)))
        .order_by(i.created_at, i.id)
    )
    return many_each(await read.all(statement), ids, "contact_id")


async def groups_by_id(read: Reader, ids: Sequence[UUID]) -> list[Row | None]:
    """The tenant's recipient groups with these ids."""
    statement = select(*GROUP_COLUMNS).where(
        g.tenant_id == read.tenant_id, is_one_of(g.id, list(ids))
    )
    return one_each(await read.all(statement), ids, "id")


async def member_pages(read: Reader, keys: Sequence[PageKey]) -> list[Page]:
    """A page of each group's members, in the order in which they were added."""
    return await page_each(read, MEMBERS_BY_JOINING, _members_of, keys)


async def group_pages(read: Reader, keys: Sequence[PageKey]) -> list[Page]:
    """A page of the groups that each contact is in, the newest group first."""
    return await page_each(read, GROUPS_BY_CREATION, _groups_of, keys)


async def group_counts(read: Reader, contact_ids: Sequence[UUID]) -> list[int]:
    """How many groups each contact is in."""
    statement = (
        select(m.contact_id, func.count())
        .where(m.tenant_id == read.tenant_id, is_one_of(m.contact_id, list(contact_ids)))
        .group_by(m.contact_id)
    )
    return value_each(await read.all(statement), contact_ids, 0)


def _members_of(parent: ColumnElement[UUID], _wanted: Any) -> Selection:
    return (
        select(*CONTACT_COLUMNS, m.added_at, m.contact_id)
        .select_from(contacts)
        .join(group_members, m.contact_id == c.id)
        .where(m.group_id == parent)
    )


def _groups_of(parent: ColumnElement[UUID], _wanted: Any) -> Selection:
    return (
        select(*GROUP_COLUMNS)
        .select_from(recipient_groups)
        .join(group_members, m.group_id == g.id)
        .where(m.contact_id == parent)
    )
