"""What is marked as the same for all is so: executed for several viewers, and once for all."""

import asyncio
from collections.abc import Iterator
from inspect import isawaitable
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
)

from app.graphql.request import OperationRequest
from app.graphql.service import GraphQLService
from models.base import now
from models.events import EventKind, Stream
from models.tenants import Role
from realtime.events import LiveEvent
from realtime.presence_room import PresenceChange, PresenceKind
from resolvers.context import Audience, Context, Services
from resolvers.device_events import DeviceChange
from resolvers.devices import devices_by_id
from resolvers.imports import find_import
from resolvers.inbox import InboxChange
from resolvers.loaders.messages import messages_by_id
from resolvers.loaders.schedules import schedules_by_id
from schema.conversations import Message
from schema.devices import device_event
from schema.errors import format_error
from schema.events import TYPES, conversation_event
from schema.fields import MARK
from schema.ids import IdType, decode_id
from schema.imports import Import
from schema.inbox import inbox_event
from schema.presence import presence_event
from schema.schedules import schedule_event
from schema.sharing import Differences, differs_by_viewer, is_same_for_all
from schema.shortcuts import DEFINITION
from tests.schema.exercise import GENEROUS, Exercise
from tests.schema.world import World, make_world, with_sign_in

DEPTH = 4


class Walk:
    """Makes documents of all that is the same for everybody, and notes which fields these are."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.selected: set[str] = set()

    def document(self, name: str) -> str:
        """A subscription that selects whatever may be shared."""
        assert self._schema.subscription_type is not None
        field = self._schema.subscription_type.fields[name]
        given = ", ".join(
            f'{argument}: "x"'
            for argument, definition in field.args.items()
            if is_required_argument(definition)
        )
        selected = self._selected(get_named_type(field.type), DEPTH)
        return f"subscription {{ {name}{f'({given})' if given else ''} {selected} }}"

    def _selected(self, named: Any, depth: int) -> str:
        if is_leaf_type(named):
            return ""
        if isinstance(named, GraphQLInterfaceType):
            possible = self._schema.get_possible_types(named)
            parts = [f"... on {one.name} {self._selected(one, depth)}" for one in possible]
            return f"{{ __typename {' '.join(parts)} }}"
        parts = ["__typename"]
        for name, field in named.fields.items():
            inner = get_named_type(field.type)
            if is_same_for_all(field) and (depth > 0 or is_leaf_type(inner)):
                self.selected.add(f"{named.name}.{name}")
                parts.append(f"{named.name}_{name}: {name} {self._selected(inner, depth - 1)}")
        return f"{{ {' '.join(parts)} }}"


def object_fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType):
            for name, field in named.fields.items():
                yield f"{named.name}.{name}", field


def marked(schema: GraphQLSchema) -> set[str]:
    """The fields that carry the mark."""
    found = set()
    for name, field in object_fields(schema):
        definition = field.extensions.get(DEFINITION)
        if definition is not None and definition.metadata.get(MARK):
            found.add(name)
    return found


@pytest.fixture(scope="module")
async def world(
    owner: "asyncpg.Pool[asyncpg.Record]",
    services: Services,
    schema: GraphQLSchema,
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    able = with_sign_in(services, tmp_path_factory.mktemp("keys") / "keys.json")
    return await make_world(owner, able, Exercise(schema))


class Happenings:
    """An event of every kind, as each subscription shows it, about things of the world."""

    def __init__(self, world: World, services: Services) -> None:
        self._world = world
        self._user_id = world.owner.user_id
        self._services = services
        self._read = services.database.reader(world.tenant_id)

    def id_of(self, kind: IdType, place: int = 0) -> UUID:
        return decode_id(kind, self._world.ids[kind][place])

    async def conversation_id(self) -> UUID:
        message = await self._message()
        found: UUID = message.conversation_id
        return found

    async def of(self, subscription: str) -> list[Any]:
        """What the subscription shows."""
        if subscription == "presence":
            return [presence_event(PresenceChange(self._user_id, PresenceKind.CAME, 1))]
        if subscription == "importProgress":
            return [Import(row=await self._import())]
        if subscription == "deviceEvents":
            return [device_event(await self._device_change())]
        conversation_id = await self.conversation_id()
        events = [self._event(kind, conversation_id) for kind in TYPES]
        if subscription == "messageAdded":
            return [Message(row=await self._message())]
        if subscription == "conversationEvents":
            return [conversation_event(event) for event in events]
        (schedule,) = await schedules_by_id(self._read, [self.id_of(IdType.SCHEDULE)])
        assert schedule is not None
        changed = self._event(EventKind.SCHEDULE_CHANGED, schedule.id, Stream.SCHEDULE)
        if subscription == "scheduleEvents":
            return [schedule_event(changed, schedule, "c")]
        changes = [*(InboxChange("c", event) for event in events)]
        return [inbox_event(one) for one in (*changes, InboxChange("c", changed, schedule))]

    async def _message(self) -> Any:
        (row,) = await messages_by_id(self._read, [self.id_of(IdType.MESSAGE)])
        assert row is not None
        return row

    async def _import(self) -> Any:
        context = Context.of(self._world.owner, self._services)
        return await find_import(context, self.id_of(IdType.IMPORT))

    async def _device_change(self) -> DeviceChange:
        key = self.id_of(IdType.DEVICE)
        rows = await devices_by_id(self._read, [key])
        changed = self._event(EventKind.DEVICE_CHANGED, key, Stream.DEVICE)
        return DeviceChange(changed, rows[key])

    def _event(
        self, kind: EventKind, stream_id: UUID, stream: Stream = Stream.CONVERSATION
    ) -> LiveEvent:
        payload = {
            "message_id": str(self.id_of(IdType.MESSAGE)),
            "participant_id": str(self.id_of(IdType.PARTICIPANT)),
            "user_id": str(self._user_id),
            "count": 1,
        }
        return LiveEvent(self._world.tenant_id, stream_id, 1, stream, kind, payload, now())


SHARED = (
    "messageAdded",
    "conversationEvents",
    "scheduleEvents",
    "inboxEvents",
    "importProgress",
    "presence",
    "deviceEvents",
)


@pytest.mark.parametrize("subscription", SHARED)
async def test_everything_marked_is_the_same_for_all(
    subscription: str, schema: GraphQLSchema, world: World, services: Services, executor: Any
) -> None:
    generous = GraphQLService(schema, limits=GENEROUS, format_error=format_error)
    prepared = generous.prepare(OperationRequest(Walk(schema).document(subscription)))
    assert not differs_by_viewer(schema, prepared.document, prepared.operation)
    happenings = Happenings(world, services)
    conversation = Audience(world.tenant_id, await happenings.conversation_id())
    askers = [conversation, *(world.viewers[role] for role in (Role.OWNER, Role.ADMIN, Role.AGENT))]

    async def told(root: Any, asker: Any) -> bytes:
        context = Context.of(asker, services)
        outcome = executor.execute(prepared, root=root, context=context, variables={})
        result = await outcome if isawaitable(outcome) else outcome
        assert result.errors is None, result.errors
        return orjson.dumps(result.data)

    for root in await happenings.of(subscription):
        texts = await asyncio.gather(*(told(root, asker) for asker in askers))
        assert len(set(texts)) == 1, type(root)


def test_every_subscription_may_be_shared(schema: GraphQLSchema) -> None:
    assert schema.subscription_type is not None
    assert set(schema.subscription_type.fields) == set(SHARED)


def test_every_mark_is_put_to_the_test(schema: GraphQLSchema) -> None:
    walk = Walk(schema)
    for subscription in SHARED:
        walk.document(subscription)
    assert marked(schema) <= walk.selected


@pytest.mark.parametrize(
    ("selected", "differing"),
    [
        ("id body sender { name user { handle } }", []),
        ("...More", ["Message.bookmarked"]),
        ("... { bookmarkNote }", ["Message.bookmarkNote"]),
        ("conversation { title unreadCount }", ["Conversation.unreadCount"]),
        ("conversation { id pinnedAt }", ["Conversation.pinnedAt"]),
        ("replyTo { ... on Node { id } ... on Message { bookmarked } }", ["Message.bookmarked"]),
    ],
)
def test_what_differs_is_found(schema: GraphQLSchema, selected: str, differing: list[str]) -> None:
    document = parse(
        f"subscription {{ messageAdded {{ __typename {selected} }} }}"
        " fragment More on Message { id bookmarked }"
    )
    operation: Any = document.definitions[0]
    assert list(Differences(schema, document).below_root(operation)) == differing


def test_events_differ_where_one_of_their_types_does(schema: GraphQLSchema) -> None:
    document = parse(
        "subscription { inboxEvents { conversationEvent {"
        " at ... on MessageEditedEvent { message { bookmarked } } } } }"
    )
    operation: Any = document.definitions[0]
    assert list(Differences(schema, document).below_root(operation)) == ["Message.bookmarked"]
