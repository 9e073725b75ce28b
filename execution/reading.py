"""How the value of a field is got from its source: by attribute, by default, by a resolver."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from keyword import iskeyword
from operator import attrgetter, itemgetter
from typing import Any

from graphql import GraphQLField, GraphQLLeafType, GraphQLObjectType

from execution.classes import is_mapping
from execution.fields import Field
from execution.loads import Loaded
from execution.plan import FieldPlan
from execution.scalars import Inline

__all__ = ["Reading", "Shortcuts", "read_field"]


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """What the owner of a schema knows about its resolvers, types and scalars.

    Each of those that begin with `direct` says how a field is read more cheaply than by its
    resolver, with the same outcome; the first that gives something counts.
    """

    direct_attribute: Callable[[GraphQLField], str | None] = lambda _field: None
    """The attribute that the resolver does no more than return."""

    direct_item: Callable[[GraphQLField], tuple[str, str] | None] = lambda _field: None
    """An attribute, and the key by which the resolver reads its value there."""

    direct_function: Callable[[GraphQLField], Callable[[Any], Any] | None] = lambda _field: None
    """A function of the source alone: the resolver of a field without arguments."""

    direct_functions: Callable[
        [GraphQLObjectType, GraphQLField],
        tuple[str, str, Callable[[Sequence[Any]], Sequence[Any]]] | None,
    ] = lambda _type, _field: None
    """An attribute, the key by which alone what sources hold there is read, and a function of what
    all sources of a list hold there to the values of the field, the same as `direct_function`'s."""

    held_items: Callable[[GraphQLField], tuple[str, Callable[[Any], Sequence[Any]]] | None] = (
        lambda _field: None
    )
    """For a list that a direct function makes, of objects that do no more than hold something at
    an attribute: that attribute, and a function of the source to what they hold."""

    held_column: Callable[[str], Callable[[Sequence[Any]], Iterable[Any]]] = lambda key: (
        lambda held: map(itemgetter(key), held)
    )
    """For a key: a function of what all sources of a list hold to what that has at the key."""

    held_together: Callable[[Sequence[Sequence[Any]]], tuple[Sequence[Any], Sequence[int]]] = (
        lambda lists: (list(chain.from_iterable(lists)), list(map(len, lists)))
    )
    """What is held in several lists, of which there is at least one, in one; and the length of
    each."""

    reads: Callable[[GraphQLField], frozenset[str] | None] = lambda _field: None
    """For a field of what has items: the keys by which alone its resolver reads them. What is
    selected of its value reads the same items, if anything."""

    direct_resolver: Callable[[GraphQLField], Callable[..., Any] | None] = lambda _field: None
    """A function with the resolver's arguments."""

    loaded: Callable[[GraphQLField], Loaded | None] = lambda _field: None
    """How a loader gives the value; asked before the others."""

    instances: Callable[[GraphQLObjectType], type | None] = lambda _type: None
    """A class whose own instances the type's `is_type_of` takes for the type's. They are neither
    awaitable nor called, whatever attributes they may seem to have."""

    scalar: Callable[[GraphQLLeafType], Inline | None] = lambda _type: None
    """How values of a scalar are serialised in place."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a field is read: by a loader or its resolver if there is one, else from the source."""

    loaded: Loaded | None = None
    """The resolver of such a field is called where its arguments are not as expected."""

    resolve: Callable[..., Any] | None = None

    read: Callable[[Any], Any] | None = None
    """A function of the source."""

    expression: str = ""
    """The same in Python: of `source`, and if `by_default` of `get`, which reads a key where the
    source is a mapping and is `None` where it is not. Empty if `read` has to be called."""

    within: str | None = None
    """The attribute of the source from which alone the field is read."""

    keys: frozenset[str] | None = None
    """The keys by which alone what the source holds there, or has as its items, is read."""

    hands_on: bool = False
    """Whether what is selected of the value reads the same."""

    of_all: Callable[[Sequence[Any]], Iterable[Any]] | None = None
    """A function of what all sources hold there to the values of the field."""

    by_default: bool = False
    coerces: bool = False
    """Whether there are arguments that are coerced even though nothing may be called with them."""


def read_field(plan: FieldPlan, field: Field, shortcuts: Shortcuts) -> Reading:
    """Return how the field is read."""
    reading = _by_shortcut(plan.parent, plan.definition, shortcuts) or _by_schema(plan, field)
    reads = shortcuts.reads(plan.definition)
    return reading if reads is None else replace(reading, keys=reads, hands_on=True)


def _by_shortcut(
    parent: GraphQLObjectType, definition: GraphQLField, shortcuts: Shortcuts
) -> Reading | None:
    loaded = shortcuts.loaded(definition)
    if loaded is not None:
        resolve = shortcuts.direct_resolver(definition) or definition.resolve
        keys = None if loaded.reads is None else frozenset({loaded.reads})
        return Reading(loaded=loaded, resolve=resolve, within=loaded.within, keys=keys)
    attribute = shortcuts.direct_attribute(definition)
    if attribute is not None:
        return _read_attribute(attribute)
    item = shortcuts.direct_item(definition)
    if item is not None:
        return _read_item(*item, shortcuts.held_column(item[1]))
    function = shortcuts.direct_function(definition)
    if function is not None:
        of_lists = shortcuts.direct_functions(parent, definition)
        if of_lists is None:
            return Reading(read=function)
        within, key, of_all = of_lists
        return Reading(read=function, within=within, of_all=of_all, keys=frozenset({key}))
    resolve = shortcuts.direct_resolver(definition)
    return Reading(resolve=resolve) if resolve is not None else None


def _by_schema(plan: FieldPlan, field: Field) -> Reading:
    if plan.definition.resolve is not None:
        return Reading(resolve=plan.definition.resolve)
    return Reading(
        read=partial(_read_by_default, plan.name),
        expression=f"getattr(source, {plan.name!r}, None) if get is None else get({plan.name!r})",
        by_default=True,
        coerces=field.constant_arguments is None,
    )


def _read_attribute(name: str) -> Reading:
    _check_attribute(name)
    return Reading(read=attrgetter(name), expression=f"source.{name}")


def _read_item(name: str, key: str, of_all: Callable[[Sequence[Any]], Iterable[Any]]) -> Reading:
    _check_attribute(name)
    return Reading(
        read=lambda source: getattr(source, name)[key],
        expression=f"source.{name}[{key!r}]",
        within=name,
        keys=frozenset({key}),
        of_all=of_all,
    )


def _check_attribute(name: str) -> None:
    if not name.isidentifier() or iskeyword(name):
        raise ValueError(f"{name!r} cannot be the name of an attribute")


def _read_by_default(name: str, source: Any) -> Any:
    return source.get(name) if is_mapping[type(source)] else getattr(source, name, None)
