"""Random operations that are valid for a schema."""

from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
    validate,
)
from graphql.language import DocumentNode

NAMES = ("a", "b", "c", "id", "name")


class Maker:
    """Makes one operation, with its fragments and its variables."""

    def __init__(self, schema: GraphQLSchema, dice: Random, *, mutation: bool = False) -> None:
        self._schema = schema
        self._dice = dice
        self._fragments: list[str] = []
        self._declarations: list[str] = []
        self.variables: dict[str, Any] = {}
        root = schema.mutation_type if mutation else schema.query_type
        assert root is not None
        body = self._selection(root, 0)
        declared = f"({', '.join(self._declarations)})" if self._declarations else ""
        kind = "mutation" if mutation else "query"
        self.text = "\n".join([f"{kind} Q{declared} {body}", *self._fragments])

    def _selection(self, type_: GraphQLNamedType, depth: int) -> str:
        count = self._dice.choice([1, 2, 3, 4, 5]) if depth < 3 else 2
        parts = [self._part(type_, depth) for _ in range(count)]
        return "{ " + " ".join(parts) + " }"

    def _part(self, type_: GraphQLNamedType, depth: int) -> str:
        chance = self._dice.random()
        if depth < 4 and chance < 0.15:
            return self._inline_fragment(type_, depth)
        if depth < 4 and chance < 0.22:
            return self._fragment(type_, depth)
        return self._field(type_, depth)

    def _condition(self, type_: GraphQLNamedType) -> GraphQLNamedType:
        """Return a type whose fragments may stand where `type_` is selected."""
        if is_abstract_type(type_):
            return self._dice.choice([type_, *self._schema.get_possible_types(type_)])
        interfaces = getattr(type_, "interfaces", ())
        return self._dice.choice([type_, *interfaces])

    def _inline_fragment(self, type_: GraphQLNamedType, depth: int) -> str:
        condition = self._condition(type_)
        on = f"on {condition.name} " if self._dice.random() < 0.8 else ""
        selected = condition if on else type_
        return f"... {on}{self._directive()}{self._selection(selected, depth + 1)}"

    def _fragment(self, type_: GraphQLNamedType, depth: int) -> str:
        condition = self._condition(type_)
        body = self._selection(condition, depth + 1)
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {condition.name} {body}")
        return f"...{name} {self._directive()}"

    def _field(self, type_: GraphQLNamedType, depth: int) -> str:
        fields = dict(getattr(type_, "fields", {}))
        if depth >= 4:
            fields = {
                name: field
                for name, field in fields.items()
                if is_leaf_type(get_named_type(field.type))
            }
        if not fields or self._dice.random() < 0.08:
            return "__typename"
        name = self._dice.choice(sorted(fields))
        field: GraphQLField = fields[name]
        alias = f"{self._dice.choice(NAMES)}: " if self._dice.random() < 0.25 else ""
        text = f"{alias}{name}{self._arguments(field)} {self._directive()}"
        named = get_named_type(field.type)
        return text + (self._selection(named, depth + 1) if is_composite_type(named) else "")

    def _directive(self) -> str:
        if self._dice.random() > 0.12:
            return ""
        name = self._dice.choice(["skip", "include"])
        if self._dice.random() < 0.5:
            return f"@{name}(if: {self._dice.choice(['true', 'false'])}) "
        return f"@{name}(if: {self._variable('Boolean!', self._dice.random() < 0.5)}) "

    def _arguments(self, field: GraphQLField) -> str:
        given = []
        for name, argument in field.args.items():
            if is_non_null_type(argument.type) or self._dice.random() < 0.6:
                given.append(f"{name}: {self._argument(argument)}")
        return f"({', '.join(given)})" if given else ""

    def _argument(self, argument: GraphQLArgument) -> str:
        if self._dice.random() < 0.3:
            return self._variable(str(argument.type), self._json(argument.type))
        return self._literal(argument.type)

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self._declarations)}"
        if type_ == "Boolean!" and self._dice.random() < 0.3:
            self._declarations.append(f"${name}: Boolean! = true")
        else:
            self._declarations.append(f"${name}: {type_}")
        nullable = not type_.endswith("!")
        if not (nullable and self._dice.random() < 0.3) and "= true" not in self._declarations[-1]:
            self.variables[name] = value
        return f"${name}"

    def _json(self, type_: Any) -> Any:
        if is_non_null_type(type_):
            return self._json(type_.of_type)
        if is_list_type(type_):
            return [self._json(type_.of_type) for _ in range(self._dice.choice([0, 1, 2]))]
        if isinstance(type_, GraphQLInputObjectType):
            return {name: self._json(field.type) for name, field in type_.fields.items()}
        if isinstance(type_, GraphQLEnumType):
            return self._dice.choice(sorted(type_.values))
        return {"Int": 4, "ID": "7", "String": 'q"\\u00e9\\n'}.get(type_.name)

    def _literal(self, type_: Any) -> str:
        if is_non_null_type(type_):
            return self._literal(type_.of_type)
        if is_list_type(type_):
            items = [self._literal(type_.of_type) for _ in range(self._dice.choice([0, 1, 2]))]
            return f"[{', '.join(items)}]"
        if isinstance(type_, GraphQLInputObjectType):
            given = (f"{name}: {self._literal(field.type)}" for name, field in type_.fields.items())
            return "{" + ", ".join(given) + "}"
        if isinstance(type_, GraphQLEnumType):
            return self._dice.choice(sorted(type_.values))
        return {"Int": "4", "ID": '"7"', "String": '"a\\u00e9"'}[type_.name]


def make_operation(
    schema: GraphQLSchema, dice: Random, *, mutation: bool = False
) -> tuple[DocumentNode, dict[str, Any]]:
    """Return a valid document with one operation, and its variables."""
    while True:
        maker = Maker(schema, dice, mutation=mutation)
        document = parse(maker.text)
        if not validate(schema, document):
            return document, maker.variables
