"""The audit trail: written in the transaction of what it tells, read by administrators."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from models.identity import AuditAction, AuditEntry
from models.tables import audit
from models.tenants import Role
from realtime.unit_of_work import UnitOfWork
from resolvers.context import Context, Stranger, Viewer
from resolvers.paging import Keyset, Page, PageRequest

a = audit.c
COLUMNS: tuple[ColumnElement[Any], ...] = (
    a.id,
    a.created_at,
    a.actor_id,
    a.action,
    a.subject_id,
    a.address,
    a.detail,
)
BY_TIME = Keyset(b"A", a.created_at, a.id, descending=True)


def record(
    work: UnitOfWork,
    asker: Viewer | Stranger,
    action: AuditAction,
    subject_id: UUID | None = None,
    *,
    actor_id: UUID | None = None,
    **detail: str | bool,
) -> None:
    """Add an entry to the change. `actor_id` names who a stranger turned out to be."""
    signed_in = asker.user_id if isinstance(asker, Viewer) else None
    work.session.add(
        AuditEntry(
            tenant_id=work.tenant_id,
            actor_id=actor_id or signed_in,
            action=action,
            subject_id=subject_id,
            address=asker.address,
            detail=detail,
        )
    )


async def list_audit(
    context: Context, request: PageRequest, actions: list[AuditAction] | None
) -> Page:
    """A page of the tenant's trail, newest first. Raises FORBIDDEN below ADMIN."""
    context.viewer.require(Role.ADMIN)
    statement = select(*COLUMNS).where(a.tenant_id == context.viewer.tenant_id)
    if actions is not None:
        statement = statement.where(_is_one_of(actions))
    return BY_TIME.page(await context.read.all(BY_TIME.select(statement, request)), request)


async def count_audit(context: Context, actions: list[AuditAction] | None) -> int:
    """How many entries the list has on all its pages."""
    statement = select(func.count()).where(a.tenant_id == context.viewer.tenant_id)
    if actions is not None:
        statement = statement.where(_is_one_of(actions))
    count: int = await context.read.value(statement.select_from(audit))
    return count


def _is_one_of(actions: list[AuditAction]) -> ColumnElement[bool]:
    return a.action == any_(literal([action.value for action in actions], ARRAY(Text)))
