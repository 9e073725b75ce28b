"""What a resolver is given: its arguments and its `GraphQLResolveInfo`."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLError,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    is_required_argument,
)
from graphql.execution import get_argument_values
from graphql.execution.values import VariableValues
from graphql.pyutils import Undefined

from execution.places import Info, Where, new_tuple
from execution.plan import FieldPlan
from execution.run import Run

__all__ = ["Field"]

IMMUTABLE: Final = (str, int, float, type(None), Enum)


class Field:
    """A planned field, with what is the same for all its objects made once."""

    def __init__(self, plan: FieldPlan) -> None:
        self.definition = plan.definition
        self.details = plan.details
        self.nodes = [detail.node for detail in plan.details]
        self.info_head = (plan.name, self.nodes, plan.definition.type, plan.parent)
        """The beginning of a `GraphQLResolveInfo`, up to the path."""
        self._provided = {node.name.value: node.value for node in self.nodes[0].arguments or ()}
        self._variables = self._find_variables()
        self.constant_arguments = self._find_constant_arguments()
        """The arguments, where no variable and nothing mutable is among them; else `None`."""

    def info(self, run: Run, where: Where) -> Info:
        """Return the info for the field of which the value at `where` is, or is an item."""
        while isinstance(where[1], int):
            assert where[0] is not None
            where = where[0]
        info: Info = new_tuple(Info, (*self.info_head, where, *run.shared))
        return info

    def arguments(self, run: Run) -> dict[str, Any]:
        """Return the coerced arguments.

        Raises `GraphQLError` where they are invalid, as graphql-core's `get_argument_values`.
        """
        if self.constant_arguments is not None:
            return self.constant_arguments
        arguments = run.arguments.get(self)
        if arguments is None:
            arguments = self._coerce(run.variables)
            if self._is_shareable(arguments):
                run.arguments[self] = arguments
        return arguments

    def _coerce(self, variables: VariableValues) -> dict[str, Any]:
        if self._variables is not None:
            arguments = {out: variables.coerced.get(name) for out, name in self._variables.items()}
            # One that is not given may have a default; null may not be allowed.
            if not any(value is None for value in arguments.values()):
                return arguments
        return get_argument_values(self.definition, self.nodes[0], variables)

    def _find_variables(self) -> dict[str, str] | None:
        """The variables of which all arguments are the values, by the names of the arguments."""
        found: dict[str, str] = {}
        for name, argument in self.definition.args.items():
            node = self._provided.get(name)
            if isinstance(node, VariableNode):
                found[argument.out_name or name] = node.name.value
            elif node is not None or is_required_argument(argument) or _has_default(argument):
                return None
        return found

    def _find_constant_arguments(self) -> dict[str, Any] | None:
        if any(map(_has_variable, self._provided.values())):
            return None
        try:
            arguments = self._coerce(VariableValues({}, {}))
        except GraphQLError:  # to be raised where the field is executed
            return None
        return arguments if self._is_shareable(arguments) else None

    def _is_shareable(self, arguments: Mapping[str, Any]) -> bool:
        """Whether several calls may have the same values.

        graphql-core gives each call its own lists and input objects, but hands variables and
        defaults on as they are.
        """
        for name, argument in self.definition.args.items():
            value = arguments.get(argument.out_name or name)
            node = self._provided.get(name)
            if not (node is None or isinstance(node, VariableNode) or isinstance(value, IMMUTABLE)):
                return False
        return True


def _has_default(argument: GraphQLArgument) -> bool:
    return argument.default is not None or argument.default_value is not Undefined


def _has_variable(node: ValueNode) -> bool:
    match node:
        case VariableNode():
            return True
        case ListValueNode():
            return any(map(_has_variable, node.values))
        case ObjectValueNode():
            return any(_has_variable(field.value) for field in node.fields)
    return False
