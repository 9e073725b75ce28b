"""Templates: finding, making, changing and trying them."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ColumnElement, func, select
from sqlmodel import col
from sqlmodel import select as select_rows

from analysis.templates import Addressee, Rendered
from models.audience import Template
from models.database import Row
from models.tables import templates
from models.tenants import Role
from realtime.unit_of_work import UnitOfWork, unit_of_work
from resolvers.contact_finding import find_contact
from resolvers.context import Context, Viewer
from resolvers.errors import Code, UserError, not_found
from resolvers.limits import text_within
from resolvers.locking import locked
from resolvers.naming import flush_named
from resolvers.paging import Keyset, Page, PageRequest
from resolvers.template_details import MAX_NAME, TemplateDetails, told

NAME_KEY = "templates_name_key"

t = templates.c
COLUMNS: tuple[ColumnElement[Any], ...] = (
    *(t.id, t.created_at, t.updated_at, t.archived_at, t.name, t.language, t.body, t.variables),
    *(t.whatsapp_name, t.whatsapp_language, t.whatsapp_parameters, t.version),
)
BY_CREATION = Keyset(b"T", t.created_at, t.id, descending=True)
# Whom a preview is written to when nobody is named.
SOMEBODY = Addressee("Ana Example")


async def find_template(context: Context, template_id: UUID) -> Row:
    """The template. Raises NOT_FOUND when the viewer's tenant has no such."""
    row = await context.read.first(
        select(*COLUMNS).where(t.id == template_id, t.tenant_id == context.viewer.tenant_id)
    )
    if row is None:
        raise not_found("template")
    return row


async def list_templates(
    context: Context, request: PageRequest, search: str | None, archived: bool
) -> Page:
    """A page of the tenant's templates whose names have `search` in them, the newest first."""
    statement = select(*COLUMNS).where(*_conditions(context, search, archived))
    rows = await context.read.all(BY_CREATION.select(statement, request))
    return BY_CREATION.page(rows, request)


async def count_templates(context: Context, search: str | None, archived: bool) -> int:
    """How many templates the list has on all its pages."""
    statement = select(func.count()).select_from(templates)
    count: int = await context.read.value(statement.where(*_conditions(context, search, archived)))
    return count


async def create_template(context: Context, details: TemplateDetails) -> Row:
    """Make a template. Raises CONFLICT for a name that another one has, unless it is archived."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    details.checked(services.limits)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        template = Template(
            tenant_id=viewer.tenant_id,
            name=details.name,
            language=details.language,
            body=details.body,
        )
        details.apply(template, services.clock())
        work.session.add(template)
        await flush_named(work, NAME_KEY, "template")
    return await find_template(context, template.id)


async def update_template(
    context: Context, template_id: UUID, change: Callable[[TemplateDetails], TemplateDetails]
) -> Row:
    """Replace a template's details by what `change` makes of them, and count the change."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        template = await _open_template(work, viewer, template_id)
        details = change(TemplateDetails.of(template, template.variables)).checked(services.limits)
        details.apply(template, services.clock())
        template.version += 1
        await flush_named(work, NAME_KEY, "template")
    return await find_template(context, template_id)


async def archive_template(context: Context, template_id: UUID, archived: bool) -> Row:
    """Put a template aside, which frees its name; or take it back, if the name is still free."""
    viewer, services = context.viewer, context.services
    viewer.require(Role.AGENT)
    async with unit_of_work(services.database, services.bell, viewer.tenant_id) as work:
        template = await _open_template(work, viewer, template_id)
        if archived != (template.archived_at is not None):
            template.archived_at = services.clock() if archived else None
            template.updated_at = services.clock()
            await flush_named(work, NAME_KEY, "template")
    return await find_template(context, template_id)


async def preview_template(
    context: Context, details: TemplateDetails, values: object, contact_id: UUID | None
) -> Rendered:
    """The texts for one contact, or for somebody made up. Values that are left out are examples.

    Raises what `TemplateDetails.compiled` raises, MISSING_VARIABLE, and NOT_FOUND.
    """
    context.viewer.require(Role.VIEWER)
    compiled = details.compiled(context.services.limits)
    values = {} if values is None else values
    if not isinstance(values, Mapping):
        message = "values is an object: each variable's value by its name."
        raise UserError(Code.BAD_INPUT, message, "values")
    addressee = SOMEBODY
    if contact_id is not None:
        addressee = addressee_of(await find_contact(context, contact_id))
    examples = {one.name: one.example for one in details.variables if one.example is not None}
    with told():
        return compiled.bind({**examples, **values}, UTC).render(addressee)


def details_of(row: Row) -> TemplateDetails:
    """The details of a row of `COLUMNS`."""
    return TemplateDetails.of(row, orjson.loads(row.variables))


def addressee_of(contact: Row) -> Addressee:
    """A contact as templates see them."""
    zone = ZoneInfo(contact.time_zone) if contact.time_zone else None
    return Addressee(contact.name, orjson.loads(contact.fields), zone)


async def _open_template(work: UnitOfWork, viewer: Viewer, template_id: UUID) -> Template:
    statement = select_rows(Template).where(
        col(Template.id) == template_id, col(Template.tenant_id) == viewer.tenant_id
    )
    return await locked(work, statement, "template", "templateId")


def _conditions(context: Context, search: str | None, archived: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [t.tenant_id == context.viewer.tenant_id]
    found.append(t.archived_at.is_not(None) if archived else t.archived_at.is_(None))
    if search is not None:
        text = text_within(search, MAX_NAME, "search").strip()
        found.append(t.name.icontains(text, autoescape=True))
    return found
