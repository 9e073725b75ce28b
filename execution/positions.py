"""Completing values where the generated code meets what it has no special case for.

A `Position` is a place of the plan that has a type of its own: a field, or the items of a list.
It is where an error is caught or passed on. The generated code completes the values that it
expects by itself and calls a position for the rest: awaitables, exceptions, a null where none is
allowed. What a position does not know either it hands to graphql-core's own `complete_value`.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from graphql import GraphQLEnumType, located_error
from graphql.execution import Executor as CoreExecutor
from graphql.execution import default_type_resolver
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import Undefined, is_awaitable

from execution.classes import is_plain
from execution.enums import enum_names
from execution.fields import Field
from execution.places import Info, Where, as_path
from execution.plan import AbstractOutput, LeafOutput, ObjectOutput, Output
from execution.run import Run
from execution.scalars import verbatim
from execution.waiting import Unfinished, Wait, abandon

__all__ = [
    "AbstractPosition",
    "Complete",
    "LeafPosition",
    "ObjectPosition",
    "Position",
]


Complete = Callable[[Run, Any, Where, Info | None], Any]
"""Completes a value that is not awaitable: (run, value, where, info) to data, or to something
unfinished. The generated functions of selections are such functions."""


class Position:
    """A field's value, or the items of a list, and what happens to errors there."""

    complete_value: Complete
    """Completes a value that is neither null nor an exception; otherwise as `complete`."""

    def __init__(self, field: Field, output: Output, *, calls: bool = False) -> None:
        self.field = field
        self.type = output.type
        self.non_null = output.non_null
        self.calls = calls
        """Whether a callable is called for the value: the rule of the default resolver."""

    def failed(
        self,
        run: Run,
        error: Exception,
        where: Where,
        siblings: Iterable[Unfinished] = (),
        rest: Iterable[Any] = (),
    ) -> Any:
        """Take the error and return null for the value; or, where it is not nullable, raise it.

        The unfinished siblings are given up with it, and so are the items still to come.
        """
        path = as_path(where)
        located = located_error(error, self.field.nodes, path.as_list())
        if not self.non_null:
            run.errors.add(located, path)
            return None
        abandon(chain(siblings, rest))
        raise located

    def unusual(  # noqa: PLR0917 - keywords take time where this is called
        self,
        run: Run,
        value: Any,
        where: Where,
        info: Info | None,
        out: Any,
        waits: list[Unfinished],
    ) -> Any:
        """Complete any value, awaitable or not.

        What has to be awaited is added to the waits, and its value put into `out` in the end.
        Errors are raised.
        """
        if self.calls and callable(value):
            value = value(info or self.field.info(run, where), **self.field.arguments(run))
        if is_awaitable(value):
            waits.append(self.wait(run, value, where, info, out))
            return None
        value = self.complete(run, value, where, info)
        if isinstance(value, Unfinished):
            return self.guard(value, where, out, waits)
        return value

    def wait(self, run: Run, value: Any, where: Where, info: Info | None, out: Any) -> Wait:
        """Return what stands for a value that has to be awaited before it can be completed."""
        wait = Wait(run, value, [(self, where, out)])
        wait.info = info
        return wait

    def guard(self, value: Unfinished, where: Where, out: Any, waits: list[Unfinished]) -> Any:
        """Take something unfinished whose errors are caught here; return what is known of it."""
        value.guards.append((self, where, out))
        waits.append(value)
        return value.data

    def complete(self, run: Run, value: Any, where: Where, info: Info | None) -> Any:
        """Complete a value that is not awaitable, to data or to something unfinished.

        Errors are raised.
        """
        if value is None and not self.non_null:
            return None
        if value is None or value is Undefined or isinstance(value, Exception):
            return self.leave_to_core(run, value, where, info)
        return self.complete_value(run, value, where, info)

    def leave_to_core(self, run: Run, value: Any, where: Where, info: Info | None) -> Any:
        """Complete the value, with all that is below it, by graphql-core."""
        info = info or self.field.info(run, where)
        details, path = self.field.details, as_path(where)
        return _later(run, run.core.complete_value(self.type, details, info, path, value, None))


def _later(run: Run, completed: Any) -> Any:
    """Return a completed value; if it has to be awaited, as something unfinished."""
    if is_plain[type(completed)] or not is_awaitable(completed):
        return completed
    wait = Wait(run, completed, [])
    wait.completed = True
    return wait


class LeafPosition(Position):
    """A scalar or an enum."""

    def __init__(
        self, field: Field, output: Output, shape: LeafOutput, *, calls: bool = False
    ) -> None:
        super().__init__(field, output, calls=calls)
        self._leaf = shape.type
        self._names = enum_names(shape.type) if isinstance(shape.type, GraphQLEnumType) else None
        known = verbatim(shape.type)
        self._verbatim = known.cls if known and not known.limits else None
        self.complete_value = self._serialize

    def _serialize(self, run: Run, value: Any, where: Where, info: Info | None) -> Any:
        if type(value) is self._verbatim:
            return value
        completed = CoreExecutor.complete_leaf_value(self._leaf, value)
        if self._names is not None:
            self._names.learn(value, completed)
        return _later(run, completed)


class ObjectPosition(Position):
    """An object of a known type."""

    def __init__(
        self,
        field: Field,
        output: Output,
        shape: ObjectOutput,
        select: Complete,
        *,
        instances: type | None = None,
        calls: bool = False,
    ) -> None:
        super().__init__(field, output, calls=calls)
        self._type = shape.type
        self._select = select
        self._instances = instances
        if instances is not None:
            is_plain[instances] = True
        self.complete_value = select if shape.type.is_type_of is None else self._check

    def _check(self, run: Run, value: Any, where: Where, info: Info | None) -> Any:
        """Complete the object if its type says that the value is one of its own."""
        if type(value) is self._instances:
            return self._select(run, value, where, info)
        info = info or self.field.info(run, where)
        verdict = self._type.is_type_of(value, info)  # type: ignore[misc]
        if verdict is True:
            return self._select(run, value, where, info)
        if is_awaitable(verdict):
            return _later(run, self._await_verdict(run, value, where, info, verdict))
        return self._complete_if(verdict, run, value, where, info)

    def _complete_if(
        self, verdict: Any, run: Run, value: Any, where: Where, info: Info | None
    ) -> Any:
        if not verdict:
            raise invalid_return_type_error(self._type, value, self.field.details)
        return self._select(run, value, where, info)

    async def _await_verdict(
        self, run: Run, value: Any, where: Where, info: Info | None, verdict: Awaitable[bool]
    ) -> Any:
        completed = self._complete_if(await verdict, run, value, where, info)
        return completed if is_plain[type(completed)] else await completed


class AbstractPosition(Position):
    """An interface or a union."""

    def __init__(
        self,
        field: Field,
        output: Output,
        shape: AbstractOutput,
        objects: Mapping[str, ObjectPosition],
        *,
        calls: bool = False,
    ) -> None:
        super().__init__(field, output, calls=calls)
        self._type = shape.type
        self._resolve_type = shape.type.resolve_type or default_type_resolver
        self._objects = objects
        self.complete_value = self._dispatch

    def _dispatch(self, run: Run, value: Any, where: Where, info: Info | None) -> Any:
        """Find the object type of the value and complete it as that."""
        info = info or self.field.info(run, where)
        name: Any = self._resolve_type(value, info, self._type)
        if type(name) is str and name in self._objects:
            return self._objects[name].complete_value(run, value, where, info)
        if is_awaitable(name):
            return _later(run, self._await_name(run, value, where, info, name))
        return self._complete_as(name, run, value, where, info)

    def _complete_as(self, name: Any, run: Run, value: Any, where: Where, info: Info | None) -> Any:
        type_ = run.core.ensure_valid_runtime_type(
            name,
            self._type,
            self.field.details,
            info,  # type: ignore[arg-type]
            value,
        )
        return self._objects[type_.name].complete_value(run, value, where, info)

    async def _await_name(
        self, run: Run, value: Any, where: Where, info: Info | None, name: Awaitable[Any]
    ) -> Any:
        completed = self._complete_as(await name, run, value, where, info)
        return completed if is_plain[type(completed)] else await completed
