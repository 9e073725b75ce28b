"""Walking through a syntax tree with many visitors at once, as the rules of validation are.

graphql-core's own way asks each of some thirty visitors at each node whether it has a method for
it, puts together names of methods to look them up, and keeps what it found in circles, which wait
for the garbage collector. Here it is found out once for all documents which visitors have methods
for which kinds of nodes. Visitors are called as graphql-core calls them, in the same order and with
the same arguments. They may skip and break off; none may change the tree.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphql import SKIP, Node, TypeInfo, Visitor
from graphql.language.ast import QUERY_DOCUMENT_KEYS

Method: TypeAlias = Callable[..., Any]


class Handlers:
    """Which methods the visitors of some classes have, by the kind of node that they are for."""

    def __init__(self, visitors: Sequence[type[Visitor]]) -> None:
        self._visitors = visitors
        # Filled as kinds are met: at most one for each kind there is.
        self._known: dict[str, Handled] = {}

    def of(self, kind: str) -> "Handled":
        """The methods for nodes of the kind."""
        known = self._known.get(kind)
        if known is None:
            # As the specification has it, descriptions do not matter.
            keys = tuple(key for key in QUERY_DOCUMENT_KEYS.get(kind, ()) if key != "description")
            enter, leave = self._named("enter", kind), self._named("leave", kind)
            known = self._known[kind] = Handled(enter, leave, keys)
        return known

    def _named(self, event: str, kind: str) -> list[tuple[int, str]]:
        found = []
        for number, visitor in enumerate(self._visitors):
            name = next((each for each in (f"{event}_{kind}", event) if hasattr(visitor, each)), "")
            if name:
                found.append((number, name))
        return found


class Handled(NamedTuple):
    """The names of methods for one kind of node, by the numbers of their visitors.

    `keys` are the attributes that lead to nodes below.
    """

    enter: Sequence[tuple[int, str]]
    leave: Sequence[tuple[int, str]]
    keys: Sequence[str]


class Walk:
    """One walk. `visitor_of` is asked for a visitor when it is to be called for the first time."""

    def __init__(
        self, handlers: Handlers, type_info: TypeInfo, visitor_of: Callable[[int], Visitor]
    ) -> None:
        self._handlers = handlers
        self._type_info = type_info
        self._visitor_of = visitor_of
        self._visitors: dict[int, Visitor] = {}
        self._bound: dict[str, _Bound] = {}
        # The numbers of the visitors that skip what is below some node, or have broken off.
        self._absent: set[int] = set()
        self._path: list[str | int] = []
        self._ancestors: list[Any] = []

    def visit(self, node: Node, key: str | int | None = None, parent: Any = None) -> None:
        """Visit the node and all below it; it is `parent[key]`, or `parent.key`."""
        bound = self._bound.get(node.kind)
        if bound is None:
            bound = self._bound[node.kind] = self._bind(node.kind)
        enter_type, enter, keys, leave, leave_type = bound
        if enter_type is not None:
            enter_type(node)
        skipping = self._call(enter, (node, key, parent, self._path, self._ancestors))
        if keys:
            self._visit_below(node, keys, parent)
        if leave:
            # To skip what is below a node that is left means nothing.
            left = self._call(leave, (node, key, parent, self._path, self._ancestors))
            self._absent.difference_update(left)
        if skipping:
            self._absent.difference_update(skipping)
        if leave_type is not None:
            leave_type()

    def _call(
        self, methods: Sequence[tuple[int, Method]], arguments: tuple[Any, ...]
    ) -> Sequence[int]:
        """Call the methods of those who are not absent; the numbers of those who now skip."""
        skipping = []
        absent = self._absent
        for number, method in methods:
            if number not in absent:
                result = method(*arguments)
                if result is not None:
                    absent.add(number)
                    if result is SKIP or result is False:
                        skipping.append(number)
        return skipping

    def _visit_below(self, node: Node, keys: Sequence[str], parent: Any) -> None:
        path, ancestors = self._path, self._ancestors
        if parent is not None:
            ancestors.append(parent)
        for key in keys:
            below = getattr(node, key, None)
            if not below:
                continue
            path.append(key)
            if isinstance(below, tuple):
                ancestors.append(node)
                for index, each in enumerate(below):
                    path.append(index)
                    self.visit(each, index, below)
                    path.pop()
                ancestors.pop()
            else:
                self.visit(below, key, node)
            path.pop()
        if parent is not None:
            ancestors.pop()

    def _bind(self, kind: str) -> "_Bound":
        handled, type_info = self._handlers.of(kind), self._type_info
        return _Bound(
            getattr(type_info, f"enter_{kind}", None),
            self._methods(handled.enter),
            handled.keys,
            self._methods(handled.leave),
            getattr(type_info, f"leave_{kind}", None),
        )

    def _methods(self, names: Sequence[tuple[int, str]]) -> list[tuple[int, Method]]:
        return [(number, getattr(self._visitor(number), name)) for number, name in names]

    def _visitor(self, number: int) -> Visitor:
        visitor = self._visitors.get(number)
        if visitor is None:
            visitor = self._visitors[number] = self._visitor_of(number)
        return visitor


class _Bound(NamedTuple):
    """What is done at a node of one kind: the types around it, then the visitors, and back."""

    enter_type: Method | None
    enter: Sequence[tuple[int, Method]]
    keys: Sequence[str]
    leave: Sequence[tuple[int, Method]]
    leave_type: Method | None
