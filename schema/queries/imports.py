"""Finding imports."""

import strawberry

from resolvers import imports as resolve
from resolvers.imports import BY_CREATION
from resolvers.paging import page_request
from schema.connections import After, Connection, First, connection
from schema.fields import Info
from schema.ids import IdType, decode_id
from schema.imports import Import


@strawberry.type
class ImportQueries:
    @strawberry.field(description="Into conversations that the viewer may see; the newest first.")
    async def imports(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[Import]:
        page = await resolve.list_imports(info.context, page_request(first, after))
        return connection(
            page,
            BY_CREATION,
            Import,
            lambda: resolve.count_imports(info.context),
        )


async def find_import(info: Info, key: strawberry.ID) -> Import:
    """The import with an id. Raises BAD_ID or NOT_FOUND."""
    return Import(row=await resolve.find_import(info.context, decode_id(IdType.IMPORT, key)))
