"""What the fields of our schema cost: the numbers are roughly rows that are read."""

from graphql import GraphQLSchema, OperationType, get_named_type, is_interface_type, is_object_type

from app.graphql.cost import Weights
from resolvers.paging import DEFAULT_PAGE, MAX_PAGE

OPERATIONS = {OperationType.QUERY: 1, OperationType.MUTATION: 10, OperationType.SUBSCRIPTION: 10}
# A count reads all that it counts, a search all that it ranks.
TOTAL_COUNT = 10
FIELDS = {
    "Query.search": 20,
    "SearchConnection.facets": 10,
    "Query.__schema": 50,
    "Query.__type": 5,
    # Lists without pages, which are longer than such lists are thought to be.
    "ConversationStatistics.perDay": 50,
    "ConversationStatistics.perHour": 20,
    "TenantStatistics.perDay": 50,
    "TenantStatistics.perHour": 20,
}
# They only wrap what is paid for beside or below them.
WRAPPERS = ("Edge", "PageInfo", "Payload")


def weights_of(schema: GraphQLSchema) -> Weights:
    """The weights of every field of the schema that does not cost the same as most."""
    fields = dict(FIELDS)
    for named in schema.type_map.values():
        if not (is_object_type(named) or is_interface_type(named)):
            continue
        for name, field in named.fields.items():
            if name == "totalCount":
                fields[f"{named.name}.{name}"] = TOTAL_COUNT
            elif get_named_type(field.type).name.endswith(WRAPPERS):
                fields[f"{named.name}.{name}"] = 0
    return Weights(fields, OPERATIONS, page=DEFAULT_PAGE, most=MAX_PAGE)
