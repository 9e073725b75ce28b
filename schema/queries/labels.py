"""The tenant's labels."""

import strawberry

from resolvers.labels import find_label, list_labels
from schema.fields import Info
from schema.ids import IdType, decode_id
from schema.labels import Label


@strawberry.type
class LabelQueries:
    @strawberry.field(description="All of the tenant's, by name; at most 200.")
    async def labels(self, info: Info) -> list[Label]:
        return [Label(row=row) for row in await list_labels(info.context)]


async def find_label_node(info: Info, key: strawberry.ID) -> Label:
    """The label with an id. Raises BAD_ID or NOT_FOUND."""
    return Label(row=await find_label(info.context, decode_id(IdType.LABEL, key)))
