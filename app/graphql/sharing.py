"""What members of a group are served, and which operations make a group."""

import time
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import orjson
from graphql import FieldNode, VariableNode, Visitor, visit

from app.graphql.documents import Prepared
from app.graphql.executor import Variables
from app.graphql.incremental import Result
from realtime.measures import Histogram

CURSOR_ARGUMENT = "after"
SIZES = (1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1_000.0, 5_000.0, 10_000.0)


@dataclass(slots=True)
class GroupStatistics:
    """`groups` and `members` are those of now; everything else counts since the start.

    `executions` ran for events, and `saved` would have run besides if nothing were shared.
    `frames` is how many members were served; `recalled` how many results were sent again to those
    who came back; `sizes` how many members were served by one execution. `lag` is the
    time from the recording of an event, just before its commit, to the write to a socket.
    `compared` results were made again for one member alone, of which `differences` were not the
    same.
    """

    groups: int = 0
    members: int = 0
    executions: int = 0
    saved: int = 0
    frames: int = 0
    recalled: int = 0
    compared: int = 0
    differences: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    lag: Histogram = field(default_factory=Histogram)
    sizes: Histogram = field(default_factory=lambda: Histogram(SIZES))


class Payload:
    """A result as text, serialised once for all to whom it goes."""

    __slots__ = ("_lag", "cursor", "recorded_at", "text")

    def __init__(
        self,
        text: str,
        cursor: str | None,
        *,
        recorded_at: float | None = None,
        lag: Histogram | None = None,
    ) -> None:
        """`cursor` resumes after it. `recorded_at`, POSIX seconds, is when what it tells of was
        recorded, if it is told as it happens; `lag` is where its delay is counted."""
        self.text = text
        self.cursor = cursor
        self.recorded_at = recorded_at
        self._lag = lag

    def note_written(self, count: int = 1) -> None:
        """Count how long it took from being recorded to these writes."""
        if self._lag is not None and self.recorded_at is not None and count:
            self._lag.observe(max(0.0, time.time() - self.recorded_at), count)


class SubscriptionFailed(Exception):  # noqa: N818 - it reads as what happened
    """A subscription ends with this result, which has no data."""

    def __init__(self, result: Result) -> None:
        super().__init__("a subscription failed")
        self.result = result


class LeavesGroup(Protocol):
    """A member's place in its group."""

    def leave(self) -> None:
        """Be told nothing more; harmless when it is over already."""
        ...


class Member(Protocol):
    """One subscriber among those of a group."""

    def sit(self, seat: LeavesGroup) -> None:
        """Note the seat: from here on the group serves the member."""
        ...

    def context(self) -> object:
        """A context for an execution on this member's behalf alone, with the rights of now."""
        ...

    def deliver(self, payload: Payload) -> bool:
        """Send a result, without waiting; False if it must wait to be written."""
        ...

    def finish(self, failure: Result | None) -> None:
        """There is nothing more to come, because of a failure or not."""
        ...


def _always(_prepared: Prepared) -> bool:
    return True


def _alike_to_nobody(_context: object) -> Hashable:
    return object()


@dataclass(frozen=True, slots=True)
class Sharing:
    """What may be shared; by default nothing.

    `differs` tells whether an operation selects something that is not proven to be the same for
    everybody who may hear of an event; then only those members share an execution whose contexts
    are alike in `rights_of`. A result for which `asks_viewer` holds of one of its errors is not
    used for more than one. `shadow_share`, from 0 to 1, is how much of what is shared is executed
    again for the member alone and compared.
    """

    differs: Callable[[Prepared], bool] = _always
    rights_of: Callable[[object], Hashable] = _alike_to_nobody
    asks_viewer: type[Exception] | None = None
    shadow_share: float = 0.0
    cursor_of: Callable[[Result], str | None] = lambda _result: None


_cursor_variables: WeakKeyDictionary[Prepared, frozenset[str]] = WeakKeyDictionary()


def group_key(prepared: Prepared, variables: Variables, stream_key: Hashable) -> Hashable:
    """What is equal for subscribers of one group: text, name, variables but cursors, and line.

    None where the variables have no text to compare.
    """
    cursors = _cursor_variables.get(prepared)
    if cursors is None:
        cursors = _cursor_variables[prepared] = _variables_only_for_cursors(prepared)
    kept = {name: value for name, value in variables.items() if name not in cursors}
    try:
        canonical = orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return None
    location = prepared.document.loc
    document: Hashable = location.source.body if location else prepared
    return document, prepared.name, canonical, stream_key


def _variables_only_for_cursors(prepared: Prepared) -> frozenset[str]:
    """The variables that a root field takes as its cursor, and nothing else in the document."""
    uses: Counter[str] = Counter()

    class Count(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            uses[node.name.value] += 1

    visit(prepared.document, Count())
    return frozenset(
        argument.value.name.value
        for selected in prepared.operation.selection_set.selections
        if isinstance(selected, FieldNode)
        for argument in selected.arguments or ()
        if argument.name.value == CURSOR_ARGUMENT
        and isinstance(argument.value, VariableNode)
        # Its definition is one use.
        and uses[argument.value.name.value] == 2
    )
