"""Finding templates."""

import strawberry

from resolvers import templates as resolve
from resolvers.paging import page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.fields import Info
from schema.ids import IdType, decode_id
from schema.templates import Template


@strawberry.input(description="Which templates; each given condition holds.")
class TemplateFilterInput:
    search: str | None = strawberry.field(default=None, description="A part of the name.")
    archived: bool = strawberry.field(
        default=False, description="Those that are archived instead of those that are not."
    )


@strawberry.type
class TemplateQueries:
    @strawberry.field
    async def template(self, info: Info, id: strawberry.ID) -> Template | None:
        return await find_template(info, id)

    @strawberry.field(description="The tenant's templates, the newest first.")
    async def templates(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: TemplateFilterInput | None = None,
    ) -> Connection[Template]:
        wanted = filter or TemplateFilterInput()
        request = page_request(first, after, last, before)
        return connection(
            await resolve.list_templates(info.context, request, wanted.search, wanted.archived),
            resolve.BY_CREATION,
            Template,
            lambda: resolve.count_templates(info.context, wanted.search, wanted.archived),
        )


async def find_template(info: Info, key: strawberry.ID) -> Template:
    """The template with an id. Raises BAD_ID or NOT_FOUND."""
    template_id = decode_id(IdType.TEMPLATE, key)
    return Template(row=await resolve.find_template(info.context, template_id))
