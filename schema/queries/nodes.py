"""Relay's `node` and `nodes`: anything by its id."""

from collections.abc import Awaitable, Callable

import strawberry

from resolvers import conversations as resolve
from resolvers import messages as resolve_messages
from resolvers import users as resolve_users
from resolvers.errors import Code, ParleyError, not_found
from resolvers.paging import MAX_PAGE
from schema.conversations import Message, Participant, User
from schema.fields import Info, Node
from schema.ids import IdType, decode_any_id, decode_id
from schema.queries.contacts import find_contact, find_group
from schema.queries.conversations import find_conversation
from schema.queries.devices import find_device
from schema.queries.imports import find_import
from schema.queries.labels import find_label_node
from schema.queries.schedules import find_delivery, find_schedule
from schema.queries.templates import find_template
from schema.queries.viewer import Tenant


async def _message(info: Info, key: strawberry.ID) -> Message:
    message_id = decode_id(IdType.MESSAGE, key)
    return Message(row=await resolve_messages.find_message(info.context, message_id))


async def _participant(info: Info, key: strawberry.ID) -> Participant:
    participant_id = decode_id(IdType.PARTICIPANT, key)
    return Participant(row=await resolve.find_participant(info.context, participant_id))


async def _user(info: Info, key: strawberry.ID) -> User:
    row = await info.context.loaders.user.load(decode_id(IdType.USER, key))
    if row is None:
        raise not_found("user")
    return User(row=row)


async def _tenant(info: Info, key: strawberry.ID) -> Tenant:
    row = await resolve_users.find_tenant(info.context)
    if row.id != decode_id(IdType.TENANT, key):
        raise not_found("tenant")
    return Tenant(row=row)


FINDERS: dict[IdType, Callable[[Info, strawberry.ID], Awaitable[Node]]] = {
    IdType.CONVERSATION: find_conversation,
    IdType.MESSAGE: _message,
    IdType.SCHEDULE: find_schedule,
    IdType.DELIVERY: find_delivery,
    IdType.IMPORT: find_import,
    IdType.PARTICIPANT: _participant,
    IdType.USER: _user,
    IdType.TENANT: _tenant,
    IdType.LABEL: find_label_node,
    IdType.DEVICE: find_device,
    IdType.CONTACT: find_contact,
    IdType.RECIPIENT_GROUP: find_group,
    IdType.TEMPLATE: find_template,
}


async def find_node(info: Info, key: strawberry.ID) -> Node:
    """The thing with an id of any type. Raises BAD_ID or NOT_FOUND."""
    id_type, _ = decode_any_id(key)
    if id_type not in FINDERS:
        raise not_found(id_type.noun)
    return await FINDERS[id_type](info, key)


@strawberry.type
class NodeQueries:
    @strawberry.field(description="The thing with this id.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return await find_node(info, id)

    @strawberry.field(description="The things with these ids, in their order; at most 100.")
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        if len(ids) > MAX_PAGE:
            raise ParleyError(Code.BAD_PAGE, f"Ask for at most {MAX_PAGE} ids at once.")
        return [await _node_or_error(info, key) for key in ids]  # type: ignore[misc]


async def _node_or_error(info: Info, key: strawberry.ID) -> Node | ParleyError:
    """GraphQL turns an exception in a list into null with an error at its place."""
    try:
        return await find_node(info, key)
    except ParleyError as error:
        return error
