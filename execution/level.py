"""The loaded fields of all objects of a list: each is asked for and put in its places at once.

A `Level` stands for the list as a group of its objects would, each with a `Load` for each of its
loaded fields. It makes these only where something happens for which they are needed: an error, a
null where none is allowed, data with something to await, a cancellation. From then on the group has
the outcome, which is that of graphql-core.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextvars import Context, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from execution.columns import Column
from execution.fibers import has_succeeded, wait_for
from execution.loads import BatchLoader, Load
from execution.places import Where
from execution.waiting import Group, Unfinished

if TYPE_CHECKING:
    from execution.positions import Position
    from execution.run import Run

__all__ = ["Asked", "Level"]

NOWHERE: Final[Where] = (None, "", None)
"""Stands for the places of data that are only put in theirs if there are no errors."""


class Asked:
    """A column whose keys a loader has been asked for."""

    loader: BatchLoader
    loaded = False
    """Whether the loader had all of them before."""

    ended = False

    def __init__(self, level: "Level", column: Column, keys: Sequence[Hashable]) -> None:
        self.column = column
        self.keys = keys
        self._distinct = dict.fromkeys(keys)
        self._distinct.pop(None, None)
        self.loads: list[Load] = []
        """What stands for the values, once that is needed."""
        self._level = level

    def ask(self, run: "Run") -> bool:
        """Ask for the keys; return whether no more than one future is waited for."""
        try:
            self.loader = self.column.loaded.loader(run.context)
            futures = {self.loader.request(key) for key in self._distinct}
        except Exception:
            return False
        for future in futures if len(futures) == 1 else ():
            self.loaded = has_succeeded(future)
            if not self.loaded:
                wait_for(run.waiting, future, self)
        self.ended = not futures
        return len(futures) <= 1

    def wake(self, error: BaseException | None) -> None:
        """Go on after the batch was loaded, or has failed."""
        self._level.woken(self, error)

    def fill(self, run: "Run", out: list[dict[str, Any]]) -> bool:
        """Put the data into the objects; return whether they can all be told at once."""
        data, key = self.column.data(run), self.column.key
        try:
            data.update(self._made(run, self._distinct.keys() - data.keys()))
            found = list(map(data.get, self.keys))
        except Exception:
            return False
        for each, value in zip(out, found, strict=True):
            each[key] = value
        return True

    def load(self, run: "Run", index: int, at: Where, out: dict[str, Any]) -> Load | None:
        """What stands for the value in one object; `None` if it is known."""
        context, key = self._level.context, self.keys[index]
        if context is None:
            return self.column.load(run, key, at, out)
        if self.ended or key is None:
            return None
        load = self.column.load(run, key, at, out)
        load.asked(self.loader, context.copy())
        self.loads.append(load)
        return load

    def _made(self, run: "Run", keys: Iterable[Hashable]) -> dict[Hashable, Any]:
        """The data of what was loaded for keys. Raises whatever keeps one of them from being so."""
        values = {key: self.loader.value(key) for key in keys}
        held = {key: value for key, value in values.items() if value is not None}
        if len(held) < len(values) and self.column.position.non_null:
            raise LookupError("null")
        if self.column.listing is not None:
            made = self.column.listing.select(list(held.values()))
        elif self.column.single_list is not None:
            items = self.column.single_list.items
            made = self.column.single_list.complete_each(self._lists(run, held, items))
        else:
            made = run.attempt(partial(self._complete, run, held))
        if made is None:
            raise LookupError("unusual")
        return {**dict.fromkeys(values), **dict(zip(held, made, strict=True))}

    def _lists(
        self, run: "Run", held: Mapping[Hashable, Any], items: Callable[[Any], Sequence[Any]]
    ) -> list[Sequence[Any]]:
        """What the items of the lists of the values hold."""
        loaded = self.column.loaded
        if loaded.items is not None:
            return list(map(loaded.items, held.values()))
        return [items(loaded.wrap(value, key, run.context)) for key, value in held.items()]

    def _complete(self, run: "Run", held: Mapping[Hashable, Any]) -> list[Any] | None:
        """The data of what was loaded; `None` where something has to be awaited for them."""
        complete, wrap = self.column.position.complete, self.column.loaded.wrap
        data: list[Any] = []
        for key, value in held.items():
            each = complete(run, wrap(value, key, run.context), NOWHERE, None)
            if isinstance(each, Unfinished):
                each.close()
                return None
            data.append(each)
        return data


class Level(Unfinished):
    """A list of objects of which only loaded fields are not known yet."""

    _follows: Unfinished | None = None
    """The group that takes the place of the level when it is needed."""

    def __init__(
        self,
        run: "Run",
        columns: Sequence[tuple[Column, Sequence[Hashable]]],
        out: list[dict[str, Any]],
        where: Where,
        item: "Position",
        *,
        several: bool,
    ) -> None:
        """`several`: whether an object has more than one loaded field, known ones included."""
        self.host = run
        self.data = self._out = out
        self.guards = []
        self._columns = [Asked(self, column, keys) for column, keys in columns]
        self._several = several
        self._where = where
        self._item = item
        self.context: Context | None = None
        """That in which the keys were asked for; `None` before they were."""

    def start(self) -> None:
        """Ask for the keys in the turn of the loop in which the loads would start."""
        begin: Callable[[], object] = self._begin
        # A group of several starts them in the next turn: that of each object, and the list's.
        for several in (self._several, len(self._out) > 1):
            if several:
                begin = partial(self.host.loop.call_soon, begin)
        begin()

    def _begin(self) -> None:
        if self._follows is not None:  # cancelled before it started
            return
        alone = [asked.ask(self.host) for asked in self._columns]
        if not all(alone):
            for load in self._give_up():
                load.start()
            return
        self.context = copy_context()
        loaded = [asked for asked in self._columns if asked.loaded]
        for asked in loaded:
            self.woken(asked, None)
        if not loaded:
            self._end_if_known()

    def woken(self, asked: Asked, error: BaseException | None) -> None:
        """Go on with a column that was loaded, or failed to be."""
        if self._follows is None:
            assert self.context is not None
            if error is None and self.context.run(asked.fill, self.host, self._out):
                asked.ended = True
                self._end_if_known()
                return
            self._give_up()
        for load in asked.loads:
            load.wake(error)

    def _end_if_known(self) -> None:
        """Tell the parent when all is known."""
        if all(asked.ended for asked in self._columns):
            # They refer back: whatever a request has made would be left to the garbage collector.
            self._columns = []
            self.parent.child_ended(None)

    def _give_up(self) -> list[Load]:
        """Let the loads of each object take the place of the level; return them in their order.

        They wait for what has been asked for; what is known already has none.
        """
        items: list[Unfinished] = []
        loads: list[Load] = []
        for index, out in enumerate(self._out):
            at: Where = (self._where, index, None)
            own = [each.load(self.host, index, at, out) for each in self._columns]
            unknown: list[Unfinished] = [load for load in own if load is not None]
            if unknown:
                item = _together(self.host, unknown, several=self._several)
                item.guards.append((self._item, at, self._out))
                items.append(item)
            loads += filter(None, own)
        self._follows = whole = _together(self.host, items, several=len(self._out) > 1)
        whole.guards += self.guards
        whole.parent = self.parent
        self._columns = []
        return loads

    def cancel(self, msg: Any = None) -> bool:
        """Give the values up; their batches go on for the others."""
        if self._follows is None:
            if all(asked.ended for asked in self._columns):
                return False
            self._give_up()
        assert self._follows is not None
        return self._follows.cancel(msg)

    def close(self) -> None:
        """Nothing was begun."""


def _together(run: "Run", parts: list[Unfinished], *, several: bool) -> Unfinished:
    """Return what stands for unfinished parts of an object or a list that had several."""
    return Group(run, parts) if several else parts[0]
