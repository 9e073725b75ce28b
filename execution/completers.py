"""The functions of fields that are not plain: those with a resolver, an object or a list.

Each is called by the generated function of a selection, for one object, as
`field(run, source, at, out, waits)`: `at` is the place of the object, `out` its data so far, and
`waits` what is unfinished in it. It returns the value for the response, or raises the error that
makes the object itself null.
"""

from collections.abc import Callable, Sequence
from types import CoroutineType
from typing import Any

from execution.classes import is_plain
from execution.columns import CompleteField
from execution.list_positions import ListPosition
from execution.listing import Listing
from execution.places import Info, Where, as_path, new_tuple
from execution.plan import AbstractOutput, FieldPlan, LeafOutput, ListOutput, ObjectOutput, Output
from execution.positions import Position
from execution.run import Run
from execution.waiting import Unfinished, Wait

__all__ = [
    "CompleteField",
    "direct_field",
    "introspection_field",
    "listed_field",
    "needs_info",
    "resolved_field",
]

Held = Callable[[Any], Sequence[Any]]
"""Gives, of a source, what the items of its list hold."""


def needs_info(output: Output) -> bool:
    """Return whether completing a value asks a type's `resolve_type` or `is_type_of`."""
    match output.shape:
        case ListOutput(item):
            return needs_info(item)
        case ObjectOutput(type_):
            return type_.is_type_of is not None
        case AbstractOutput():
            return True
        case LeafOutput():
            return False


def resolved_field(
    plan: FieldPlan, position: Position, resolve: Callable[..., Any]
) -> CompleteField:
    """Return the function of a field with a resolver."""
    key, parent, field = plan.key, plan.parent.name, position.field
    head, arguments = field.info_head, field.arguments
    has_arguments = field.constant_arguments != {}
    informed = plan.output is not None and needs_info(plan.output)
    complete, guard = position.complete_value, position.guard
    unusual, failed = position.unusual, position.failed
    nullable = not position.non_null

    def complete_field(
        run: Run, source: Any, at: Where | None, out: dict[str, Any], waits: list[Unfinished]
    ) -> Any:
        where = (at, key, parent)
        try:
            info = new_tuple(Info, (*head, where, *run.shared))
            if has_arguments:
                value = resolve(source, info, **arguments(run))
            else:
                value = resolve(source, info)
            if type(value) is CoroutineType:
                wait = Wait(run, value, [(position, where, out)])
                if informed:
                    wait.info = info
                waits.append(wait)
                return None
            if is_plain[type(value)]:
                value = complete(run, value, where, info)
                return guard(value, where, out, waits) if isinstance(value, Unfinished) else value
            if value is None and nullable:
                return None
            return unusual(run, value, where, info, out, waits)
        except Exception as error:
            return failed(run, error, where, waits)

    return complete_field


def direct_field(
    plan: FieldPlan, position: Position, read: Callable[[Any], Any], *, coerces: bool
) -> CompleteField:
    """Return the function of a field that is read from its source.

    `coerces` is for arguments that have to be coerced even if there is nothing to call.
    """
    key, parent, field = plan.key, plan.parent.name, position.field
    complete, guard = position.complete_value, position.guard
    unusual, failed = position.unusual, position.failed
    nullable = not position.non_null
    informed = plan.output is not None and needs_info(plan.output)

    def complete_field(
        run: Run, source: Any, at: Where | None, out: dict[str, Any], waits: list[Unfinished]
    ) -> Any:
        where = (at, key, parent)
        try:
            if coerces:
                field.arguments(run)
            value = read(source)
            info = field.info(run, where) if informed else None
            if is_plain[type(value)]:
                value = complete(run, value, where, info)
                return guard(value, where, out, waits) if isinstance(value, Unfinished) else value
            if value is None and nullable:
                return None
            return unusual(run, value, where, info, out, waits)
        except Exception as error:
            return failed(run, error, where, waits)

    return complete_field


def listed_field(
    plan: FieldPlan, position: ListPosition, listing: Listing, held: Held, otherwise: CompleteField
) -> CompleteField:
    """Return the function of a list whose objects are read without being made.

    Where one of them is not as expected, `otherwise` completes the field.
    """
    key, parent = plan.key, plan.parent.name
    guard, item = position.guard, position.item

    def complete_field(
        run: Run, source: Any, at: Where | None, out: dict[str, Any], waits: list[Unfinished]
    ) -> Any:
        where = (at, key, parent)
        try:
            data = listing.complete_held(run, held(source), where, item)
        except Exception:
            data = None
        if data is None:
            return otherwise(run, source, at, out, waits)
        return guard(data, where, out, waits) if isinstance(data, Unfinished) else data

    return complete_field


def introspection_field(plan: FieldPlan) -> CompleteField:
    """Return the function of `__schema` or `__type`, which graphql-core executes."""
    key, parent, details = plan.key, plan.parent, plan.details

    def complete_field(
        run: Run, source: Any, at: Where | None, _out: dict[str, Any], _waits: list[Unfinished]
    ) -> Any:
        return run.core.execute_field(
            parent, source, details, as_path((at, key, parent.name)), None
        )

    return complete_field
