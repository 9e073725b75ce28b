"""Which results of subscriptions several viewers may be sent, and the cursor that they carry."""

from collections.abc import Hashable
from weakref import WeakKeyDictionary

from graphql import GraphQLSchema

from app.graphql.documents import Prepared
from app.graphql.incremental import Result
from app.graphql.sharing import Sharing
from resolvers.context import Context
from resolvers.errors import ViewerAsked
from schema.sharing import differs_by_viewer


def event_cursor(result: Result) -> str | None:
    """The cursor of a subscription's event, if it was selected under its own name."""
    for value in (result["data"] or {}).values():
        cursor = value.get("cursor") if isinstance(value, dict) else None
        if isinstance(cursor, str):
            return cursor
    return None


def sharing(schema: GraphQLSchema, shadow_share: float = 0.0) -> Sharing:
    """Which results of subscriptions several viewers may be sent."""
    known: WeakKeyDictionary[Prepared, bool] = WeakKeyDictionary()

    def differs(prepared: Prepared) -> bool:
        if prepared not in known:
            known[prepared] = differs_by_viewer(schema, prepared.document, prepared.operation)
        return known[prepared]

    return Sharing(
        differs=differs,
        rights_of=rights_of,
        asks_viewer=ViewerAsked,
        shadow_share=shadow_share,
        cursor_of=event_cursor,
    )


def rights_of(context: object) -> Hashable:
    """What results may depend on: viewers who are equal in it may share even what differs."""
    assert isinstance(context, Context), "the application's doors give these"
    viewer = context.viewer
    return viewer.tenant_id, viewer.user_id, viewer.role, viewer.key_id
