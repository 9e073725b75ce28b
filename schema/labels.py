"""Labels, as clients see them."""

import strawberry

from schema.fields import Node, column
from schema.ids import IdType


@strawberry.type(description="A label of the tenant's, for its conversations.")
class Label(Node):
    id_type = IdType.LABEL

    name: str = column("Unique within the tenant.")
    color: str = column("As #rrggbb.")
