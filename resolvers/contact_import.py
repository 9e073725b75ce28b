"""Contacts in bulk: those that are known are brought up to date, the others made."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import DateTime, Row, TextClause, bindparam, func, select, text

from models.identities import Identity
from models.ids import new_id
from models.tables import contact_identities, contacts
from models.tenants import Role
from realtime.contacts import add_identities, lock_identities, owners_of
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.contact_details import MAX_FIELDS
from resolvers.contact_identities import MAX_IDENTITIES
from resolvers.contact_rows import MAX_ROWS, CheckedRow, ContactRow, RejectedRow, checked_rows
from resolvers.context import Context
from resolvers.errors import Code, UserError
from resolvers.recipient_groups import insert_members, open_group
from resolvers.scope import is_one_of

Owners: TypeAlias = Mapping[Identity, UUID]
Known: TypeAlias = Mapping[UUID, Row[*tuple[Any, ...]]]

c, i = contacts.c, contact_identities.c

_ROWS = """
    unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:locales AS text[]),
        CAST(:zones AS text[]), CAST(:fields AS text[]))
        AS new (id, name, locale, time_zone, fields)
"""
_MOMENT = bindparam("moment", type_=DateTime(timezone=True))
_INSERT = text(f"""
    INSERT INTO contacts (id, tenant_id, name, locale, time_zone, fields, created_at, updated_at)
    SELECT new.id, :tenant, new.name, new.locale, new.time_zone, new.fields::jsonb,
        :moment, :moment
    FROM {_ROWS}
""").bindparams(_MOMENT)
_UPDATE = text(f"""
    UPDATE contacts c SET name = coalesce(new.name, c.name),
        locale = coalesce(new.locale, c.locale),
        time_zone = coalesce(new.time_zone, c.time_zone),
        fields = new.fields::jsonb, updated_at = :moment
    FROM {_ROWS} WHERE c.id = new.id AND c.tenant_id = :tenant
""").bindparams(_MOMENT)


@dataclass(frozen=True, slots=True)
class ImportedContacts:
    """What became of the rows."""

    created: int
    updated: int
    rejected: Sequence[RejectedRow]


@dataclass(slots=True)
class _Plan:
    """Rows beside the contacts that they are about. `seen`: which row changes whom."""

    created: list[tuple[UUID, CheckedRow]] = field(default_factory=list)
    updated: list[tuple[UUID, CheckedRow]] = field(default_factory=list)
    identities: list[tuple[UUID, Identity]] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    seen: dict[UUID, int] = field(default_factory=dict)

    def create(self, row: CheckedRow) -> None:
        """Have the row become a new contact."""
        key = new_id()
        self.created.append((key, replace(row, name=row.name or row.identities[0].value)))
        self.identities.extend((key, one) for one in row.identities)

    def update(self, row: CheckedRow, owners: Owners, known: Known) -> None:
        """Have the row change a contact. Raises CONFLICT, TOO_LONG or TOO_MANY."""
        key = _only(row, {owners[one] for one in row.identities if one in owners}, self.seen)
        new = [one for one in row.identities if one not in owners]
        self.updated.append((key, _merged(row, known[key], len(new))))
        self.identities.extend((key, one) for one in new)
        self.seen[key] = row.number


async def import_contacts(
    context: Context, rows: Sequence[ContactRow], group_id: UUID | None
) -> ImportedContacts:
    """Keep at most 10,000 rows in one transaction; all their contacts join the group, if any.

    A contact is known by any of its identities. What a row says replaces what was there, field by
    field; a row that cannot be kept is told and left out. Ten statements at most, for any number.
    """
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    if len(rows) > MAX_ROWS:
        message = f"There are {len(rows)} rows; at most {MAX_ROWS} are taken at once."
        raise UserError(Code.TOO_LONG, message, "contacts")
    # Numbers of phones are parsed for seconds: the event loop goes on meanwhile.
    kept, rejected = await asyncio.to_thread(checked_rows, rows)
    moment = services.clock()
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        await lock_identities(work)
        group = await open_group(work, viewer, group_id) if group_id else None
        plan = await _planned(work, kept)
        await _write(work, _INSERT, plan.created, moment)
        await _write(work, _UPDATE, plan.updated, moment)
        await add_identities(work, plan.identities)
        if group is not None:
            people = [key for key, _ in (*plan.created, *plan.updated)]
            await insert_members(work, group, people, moment)
    everything = sorted((*rejected, *plan.rejected), key=lambda row: row.number)
    return ImportedContacts(len(plan.created), len(plan.updated), everything)


async def _planned(work: UnitOfWork, rows: Sequence[CheckedRow]) -> _Plan:
    """Find who is known already, and what each row says of whom."""
    owners = await owners_of(work, [one for row in rows for one in row.identities])
    known = await _known(work, list(set(owners.values())))
    plan = _Plan()
    for row in rows:
        try:
            if any(one in owners for one in row.identities):
                plan.update(row, owners, known)
            else:
                plan.create(row)
        except UserError as error:
            rejected = RejectedRow(row.number, error.code, error.message, error.field)
            plan.rejected.append(rejected)
    return plan


async def _known(work: UnitOfWork, ids: list[UUID]) -> Known:
    """The contacts' fields, and how many identities they have; locked until the commit."""
    connection = await work.session.connection()
    held = (
        select(func.count())
        .where(i.tenant_id == work.tenant_id, i.contact_id == c.id)
        .scalar_subquery()
    )
    statement = select(c.id, c.fields, held.label("held")).where(
        c.tenant_id == work.tenant_id, is_one_of(c.id, ids)
    )
    found = await connection.execute(
        statement.order_by(c.id).with_for_update(key_share=True, of=contacts)
    )
    return {row.id: row for row in found}


def _only(row: CheckedRow, ids: set[UUID], seen: dict[UUID, int]) -> UUID:
    """The one contact that a row is about. Raises CONFLICT."""
    if len(ids) > 1:
        message = f"The row's identities are those of {len(ids)} contacts."
        raise UserError(Code.CONFLICT, message, "identities")
    (key,) = ids
    if key in seen:
        message = f"Row {seen[key]} is about the same contact."
        raise UserError(Code.CONFLICT, message, "identities")
    return key


def _merged(row: CheckedRow, known: Row[*tuple[Any, ...]], new: int) -> CheckedRow:
    """The row with the fields that the contact keeps. Raises TOO_LONG or TOO_MANY."""
    fields = known.fields | row.fields
    if len(fields) > MAX_FIELDS:
        message = f"The contact would have {len(fields)} fields; at most {MAX_FIELDS} fit."
        raise UserError(Code.TOO_LONG, message, "fields")
    if known.held + new > MAX_IDENTITIES:
        message = f"The contact would have more than {MAX_IDENTITIES} identities."
        raise UserError(Code.TOO_MANY, message, "identities")
    return replace(row, fields=fields)


async def _write(
    work: UnitOfWork,
    statement: TextClause,
    rows: Sequence[tuple[UUID, CheckedRow]],
    moment: datetime,
) -> None:
    if not rows:
        return
    connection = await work.session.connection()
    await connection.execute(
        statement,
        {
            "tenant": work.tenant_id,
            "moment": moment,
            "ids": [key for key, _ in rows],
            "names": [row.name for _, row in rows],
            "locales": [row.locale for _, row in rows],
            "zones": [row.time_zone for _, row in rows],
            "fields": [orjson.dumps(row.fields).decode() for _, row in rows],
        },
    )
