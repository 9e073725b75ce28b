"""The root of queries."""

from collections.abc import Awaitable, Callable

import strawberry

from resolvers import conversations as resolve
from resolvers import messages as resolve_messages
from resolvers import schedules as resolve_schedules
from resolvers import users as resolve_users
from resolvers.conversations import ConversationFilter
from resolvers.errors import Code, ParleyError, not_found
from resolvers.loaders.conversations import BY_ACTIVITY
from resolvers.paging import MAX_PAGE, page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.conversations import Conversation, Message, Participant, User
from schema.enums import ConversationKind, Role
from schema.fields import Info, Node, column
from schema.ids import IdType, decode_any_id, decode_id, decode_optional_id, encode_id
from schema.schedules import Schedule, schedules
from schema.search import SearchConnection, search


@strawberry.type(description="A customer of the installation.")
class Tenant(Node):
    id_type = IdType.TENANT

    slug: str = column("Unique in the installation.")
    name: str = column()


@strawberry.type(description="Who is signed in.")
class Viewer:
    @strawberry.field(description="The user's id.")
    def id(self, info: Info) -> strawberry.ID:
        return encode_id(IdType.USER, info.context.viewer.user_id)

    @strawberry.field
    def role(self, info: Info) -> Role:
        return info.context.viewer.role

    @strawberry.field
    async def user(self, info: Info) -> User:
        return User(row=await resolve_users.find_viewer(info.context))

    @strawberry.field
    async def tenant(self, info: Info) -> Tenant:
        return Tenant(row=await resolve_users.find_tenant(info.context))


@strawberry.input(description="Which conversations; each given condition holds.")
class ConversationFilterInput:
    kind: ConversationKind | None = None
    title_contains: str | None = None
    participant_user_id: strawberry.ID | None = None
    unread: bool | None = None

    def parsed(self) -> ConversationFilter:
        """The filter as resolvers take it. Raises BAD_ID."""
        return ConversationFilter(
            kind=self.kind,
            title_contains=self.title_contains,
            participant_user_id=decode_optional_id(
                IdType.USER, self.participant_user_id, "participantUserId"
            ),
            unread=self.unread,
        )


async def _conversation(info: Info, key: strawberry.ID) -> Conversation:
    conversation_id = decode_id(IdType.CONVERSATION, key)
    return Conversation(row=await resolve.find_conversation(info.context, conversation_id))


async def _message(info: Info, key: strawberry.ID) -> Message:
    message_id = decode_id(IdType.MESSAGE, key)
    return Message(row=await resolve_messages.find_message(info.context, message_id))


async def _schedule(info: Info, key: strawberry.ID) -> Schedule:
    schedule_id = decode_id(IdType.SCHEDULE, key)
    return Schedule(row=await resolve_schedules.find_schedule(info.context, schedule_id))


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
    IdType.CONVERSATION: _conversation,
    IdType.MESSAGE: _message,
    IdType.SCHEDULE: _schedule,
    IdType.PARTICIPANT: _participant,
    IdType.USER: _user,
    IdType.TENANT: _tenant,
}


async def find_node(info: Info, key: strawberry.ID) -> Node:
    """The thing with an id of any type. Raises BAD_ID or NOT_FOUND."""
    id_type, _ = decode_any_id(key)
    if id_type not in FINDERS:
        raise not_found(id_type.noun)
    return await FINDERS[id_type](info, key)


@strawberry.type
class Query:
    @strawberry.field(description="The thing with this id.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return await find_node(info, id)

    @strawberry.field(description="The things with these ids, in their order; at most 100.")
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        if len(ids) > MAX_PAGE:
            raise ParleyError(Code.BAD_PAGE, f"Ask for at most {MAX_PAGE} ids at once.")
        return [await _node_or_error(info, key) for key in ids]  # type: ignore[misc]

    @strawberry.field(description="Who is signed in.")
    def viewer(self) -> Viewer:
        return Viewer()

    @strawberry.field
    async def conversation(self, info: Info, id: strawberry.ID) -> Conversation | None:
        return await _conversation(info, id)

    @strawberry.field(description="The most recently active first.")
    async def conversations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: ConversationFilterInput | None = None,
    ) -> Connection[Conversation]:
        wanted = filter.parsed() if filter else ConversationFilter()
        request = page_request(first, after, last, before)
        page = await resolve.list_conversations(info.context, request, wanted)
        return connection(
            page,
            BY_ACTIVITY,
            lambda row: Conversation(row=row),
            lambda: resolve.count_conversations(info.context, wanted),
        )

    @strawberry.field
    async def schedule(self, info: Info, id: strawberry.ID) -> Schedule | None:
        return await _schedule(info, id)

    search: SearchConnection = strawberry.field(resolver=search)
    schedules: Connection[Schedule] = strawberry.field(resolver=schedules)


async def _node_or_error(info: Info, key: strawberry.ID) -> Node | ParleyError:
    """GraphQL turns an exception in a list into null with an error at its place."""
    try:
        return await find_node(info, key)
    except ParleyError as error:
        return error
