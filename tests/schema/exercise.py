"""Asks any root field of the schema something sensible, made up from the field's own types.

So that a new field is tested for its permissions and its isolation as soon as it is there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import asyncpg
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    ast_from_value,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    print_ast,
)
from starlette.datastructures import UploadFile

from app.graphql.documents import Prepared
from app.graphql.executor import Variables
from app.graphql.incremental import Result
from app.graphql.limits import Limits
from app.graphql.request import OperationRequest
from app.graphql.service import GraphQLService
from app.signin.doorkeeper import check_operation
from resolvers.context import Context, Stranger, Viewer
from schema.errors import format_error
from schema.ids import IdType

GENEROUS = Limits(document_bytes=1_000_000, tokens=100_000, fields=1_000_000, aliases=100_000)

# What ids are called that do not say their type: a field's `id`, and names of roles.
NAMED = {
    "replyToId": IdType.MESSAGE,
    "groupId": IdType.RECIPIENT_GROUP,
    "duplicateIds": IdType.CONTACT,
    "identityId": IdType.CONTACT_IDENTITY,
    "into": IdType.CONVERSATION,
    "senderId": IdType.PARTICIPANT,
    "participantUserId": IdType.USER,
    "id": IdType.CONVERSATION,
    "ids": IdType.CONVERSATION,
}

# Of several optional fields one must be given; it is one of these.
ALWAYS = {"body", "contacts"}

# Where one of several may be given, those that are not; a test of their own has them.
ALTERNATIVES = {
    "createSchedule": {"contactIds", "recipients", "recipientGroupId", "templateId"},
}

GiveId = Callable[[IdType], str]


@dataclass(frozen=True)
class Field:
    """One root field."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"


@dataclass
class Exercise:
    """Makes operations of the schema's root fields, and runs them as the doors would."""

    schema: GraphQLSchema
    service: GraphQLService = field(init=False)

    def __post_init__(self) -> None:
        self.service = GraphQLService(
            self.schema, limits=GENEROUS, format_error=format_error, gate=_gate
        )

    def fields(self) -> list[Field]:
        """Every root field."""
        roots = (self.schema.query_type, self.schema.mutation_type, self.schema.subscription_type)
        return [Field(root.name, name) for root in roots if root for name in root.fields]

    def document(self, wanted: Field, depth: int = 3) -> str:
        """An operation that asks the field for all it has, `depth` levels deep."""
        definition = self._definition(wanted)
        declared = "".join(_declared(name, arg) for name, arg in definition.args.items())
        given = "".join(f" {name}: ${name}" for name in definition.args)
        head = f"{wanted.kind.lower()}{f' ({declared})' if declared else ''}"
        selected = self._selected(get_named_type(definition.type), depth)
        return f"{head} {{ {wanted.name}{f' ({given})' if given else ''} {selected} }}"

    def variables(self, wanted: Field, give_id: GiveId, *, every: bool = False) -> dict[str, Any]:
        """Values for the field's required arguments, or with `every` for all of them."""
        return {
            name: self._value(argument.type, name, wanted, give_id, every)
            for name, argument in self._definition(wanted).args.items()
            if is_required_argument(argument) or (every and _takes_ids(argument.type))
        }

    def takes_ids(self, wanted: Field) -> bool:
        """Whether an id can be given to the field."""
        return any(_takes_ids(arg.type) for arg in self._definition(wanted).args.values())

    async def run(
        self, document: str, asker: Viewer | Stranger, services: Any, variables: dict[str, Any]
    ) -> Result:
        """The result as the transports would give it. Raises `Refused`."""
        prepared = self.service.prepare(OperationRequest(document))
        return await self.service.execute(prepared, Context.of(asker, services), variables)

    def _definition(self, wanted: Field) -> Any:
        root = self.schema.type_map[wanted.kind]
        assert isinstance(root, GraphQLObjectType)
        return root.fields[wanted.name]

    def _selected(self, named: GraphQLNamedType, depth: int) -> str:
        if is_leaf_type(named):
            return ""
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            parts = [
                f"... on {one.name} {self._selected(one, depth)}"
                for one in self.schema.get_possible_types(named)
            ]
            return f"{{ __typename {' '.join(parts)} }}"
        assert isinstance(named, GraphQLObjectType)
        parts = ["__typename"]
        for name, definition in named.fields.items():
            if any(is_required_argument(argument) for argument in definition.args.values()):
                continue
            inner = get_named_type(definition.type)
            if is_leaf_type(inner) or depth > 0:
                # Types of one union may have fields of one name and different types.
                parts.append(f"{named.name}_{name}: {name} {self._selected(inner, depth - 1)}")
        return f"{{ {' '.join(parts)} }}"

    def _value(self, kind: Any, name: str, wanted: Field, give_id: GiveId, every: bool) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, name, wanted, give_id, every)
        if isinstance(kind, GraphQLList):
            return [self._value(kind.of_type, name, wanted, give_id, every)]
        if isinstance(kind, GraphQLInputObjectType):
            others = ALTERNATIVES.get(wanted.name, set())
            return {
                key: self._value(one.type, key, wanted, give_id, every)
                for key, one in kind.fields.items()
                if is_required_input_field(one)
                or key in ALWAYS
                or (every and key not in others and _takes_ids(one.type))
            }
        if isinstance(kind, GraphQLEnumType):
            return next(iter(kind.values))
        if kind.name == "ID":
            return give_id(id_type_of(name, wanted))
        return _SCALARS[kind.name]()


def _gate(prepared: Prepared, context: Context, _variables: Variables) -> dict[str, Any]:
    check_operation(prepared, context.asker)
    return {}


def id_type_of(name: str, wanted: Field) -> IdType:
    """What type of id an argument takes, by its name or the field's."""
    for id_type in IdType:
        noun = id_type.name.replace("_", "").lower()
        if name.lower() in (f"{noun}id", f"{noun}ids"):
            return id_type
        if name == "id" and wanted.name.lower() == noun:
            return id_type
    return NAMED[name]


def _declared(name: str, argument: GraphQLArgument) -> str:
    """A variable for the argument, which may be left out where the argument may."""
    default = ast_from_value(argument.default_value, argument.type)
    return f" ${name}: {argument.type}{f' = {print_ast(default)}' if default else ''}"


def _takes_ids(kind: Any) -> bool:
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return any(_takes_ids(one.type) for one in named.fields.values())
    return bool(named.name == "ID")


_SCALARS: dict[str, Callable[[], Any]] = {
    "String": lambda: "text",
    "Int": lambda: 1,
    "Float": lambda: 1.0,
    "Boolean": lambda: False,
    "Base64": lambda: "AAAA",
    "JSON": dict,
    "DateTime": lambda: f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",
    "Time": lambda: "22:00",
    "Date": lambda: (datetime.now(UTC) + timedelta(days=1)).date().isoformat(),
    "Upload": lambda: UploadFile(BytesIO(b"[21.11.25, 18:02:11] Ana: Hello\n"), filename="a.txt"),
}


def codes_of(result: Result) -> set[str]:
    """The codes of a result's errors."""
    return {error["extensions"]["code"] for error in result.get("errors", ())}


def user_codes_of(value: Any) -> set[str]:
    """The codes of all `userErrors` in the data, whatever their aliases."""
    if isinstance(value, list):
        return set().union(*(user_codes_of(item) for item in value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*(user_codes_of(item) for item in value.values()))
    return found | ({value["UserError_code"]} if "UserError_code" in value else set())


async def rows_of(owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID) -> dict[str, list[str]]:
    """All that the database holds of a tenant, as text, by table."""
    tables = await owner.fetch(
        "SELECT c.table_name AS name FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id'"
        " AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE 'messages\\_y%'"
    )
    return {
        row["name"]: [
            found["text"]
            for found in await owner.fetch(
                f"SELECT t::text AS text FROM {row['name']} t WHERE tenant_id = $1 ORDER BY 1",
                tenant,
            )
        ]
        for row in tables
    }
