"""Fields whose value a loader gives: a level of them is asked for at once, without coroutines.

A resolver that awaits a loader takes a coroutine and a future for each object, only to add a key
to a batch. Where the owner of a schema says which loader and which key, the key is added straight
away, and the one future of the batch goes on with all objects that wait for it.
"""

from asyncio import CancelledError, Future
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from execution.fibers import has_succeeded, wait_for
from execution.waiting import Guard, Unfinished

if TYPE_CHECKING:
    from execution.run import Run

__all__ = ["BatchLoader", "Load", "Loaded", "Selected"]


class BatchLoader(Protocol):
    """A loader that gathers keys into batches, each with one future for all its keys."""

    def request(self, key: Any) -> "Future[Any]":
        """Ask for a key, and return what is done, or fails, when its value is there."""
        ...

    def value(self, key: Any) -> Any:
        """The value of a key whose future is done. Raises what its batch raised for it."""
        ...


@dataclass(frozen=True, slots=True)
class Selected:
    """What is selected of a loaded field's value, or of the items of the lists in it.

    An owner of a schema may have that read together, and no more than that.
    """

    keys: frozenset[str] | None = None
    """The keys by which alone it is read; `None` where more may be."""

    loaded: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    """The loaded fields in it by the key that they are loaded by (`Loaded.reads`), with the keys by
    which their own values are read."""

    ahead: tuple[Any, ...] = ()
    """What the arguments of the loaded fields of the value, and of the items that it has, ask for:
    see `Loaded.request`."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How a loader gives the value of a field."""

    key: Callable[..., Hashable]
    """The key, of what the source holds at `within`, or of the source, and of what `request` gave
    if there is one. `None` gives null."""

    loader: Callable[[Any], BatchLoader]
    """The loader, of the execution's context."""

    wrap: Callable[[Any, Any, Any], Any]
    """The field's value, of what the loader gives, which is not `None`, of its key, and of the
    execution's context."""

    within: str | None = None
    """The attribute at which the source holds what `key` is for."""

    keys: Callable[..., Iterable[Hashable]] | None = None
    """The keys of several sources, of what they hold; as `key` gives each of them."""

    holds: str | None = None
    """The attribute at which the field's value does no more than hold what the loader gives."""

    items: Callable[[Any], Sequence[Any]] | None = None
    """Of what the loader gives, what the items hold of each list of objects in the field's value
    that does no more than hold something: what `Shortcuts.held_items` gives of the value."""

    at_hand: Callable[..., tuple[Sequence[Any], Sequence[int] | None] | None] | None = None
    """The values of several sources, none of which is null, of what they hold, where that has them
    already: the loader is not asked then. Where there is `items`, what that gives of each value.
    And where sources share values, which of them is that of each."""

    reads: str | None = None
    """The key by which alone `key` reads what the source holds, if there is one."""

    request: Callable[..., Any] | None = None
    """What the arguments ask for; `None` for fields without arguments. It follows from what is
    `Selected` and the arguments alone. Where it raises, the resolver is called instead."""

    narrowed: Callable[[frozenset[str]], Callable[[Any], BatchLoader] | None] | None = None
    """A loader of values that have these keys and perhaps no others, if there is a cheaper one."""

    def key_of(self, source: Any, *request: Any) -> Hashable:
        """The key, of the source."""
        held = source if self.within is None else getattr(source, self.within)
        return self.key(held, *request)

    def narrowed_to(self, keys: frozenset[str] | None) -> "Loaded":
        """The same, where the values are read by no other keys."""
        loader = None if self.narrowed is None or keys is None else self.narrowed(keys)
        return self if loader is None else replace(self, loader=loader)


class Load(Unfinished):
    """A value that a loader is to give."""

    _ended = False
    _follows: Unfinished | None = None

    _context: Context
    _loader: BatchLoader

    def __init__(
        self,
        run: "Run",
        key: Hashable,
        loaded: Loaded,
        guard: Guard,
        shared: dict[Hashable, Any] | None,
    ) -> None:
        self.host = run
        self.guards = [guard]
        self._key = key
        self._loaded = loaded
        self._shared = shared
        """The field's data by key, where they are the same for all its objects."""

    def asked(self, loader: BatchLoader, context: Context) -> None:
        """Take note that the key is in the loader's batch; `wake` goes on."""
        self._loader, self._context = loader, context

    def start(self) -> None:
        """Add the key to the loader's batch."""
        if self._ended:  # cancelled before it started
            return
        if self._key is None:
            # In the turn in which a resolver would have returned it.
            self._take(None)
            return
        self._context = copy_context()
        try:
            self._loader = self._loaded.loader(self.host.context)
            future = self._loader.request(self._key)
        except Exception as error:
            self._end(self.propagate(error))
        else:
            if has_succeeded(future):
                self.wake(None)
            else:
                wait_for(self.host.waiting, future, self)

    def wake(self, error: BaseException | None) -> None:
        """Go on after the batch was loaded, or has failed."""
        if self._ended:
            return
        if error is not None:
            self._end(self.propagate(error))
        elif self._shared is not None and self._key in self._shared:
            _, where, out = self.guards[0]
            out[where[1]] = self._shared[self._key]
            self._end(None)
        else:
            self._context.run(self._take_loaded)

    def _take_loaded(self) -> None:
        try:
            value = self._loader.value(self._key)
            if value is not None:
                value = self._loaded.wrap(value, self._key, self.host.context)
        except Exception as error:
            self._end(self.propagate(error))
        else:
            self._take(value)

    def _take(self, value: Any) -> None:
        """Complete the value and put it in its place."""
        position, where, out = self.guards[0]
        known_errors = len(self.host.errors.errors)
        try:
            data = position.complete(self.host, value, where, None)
        except Exception as error:
            self._end(self.propagate(error))
            return
        if isinstance(data, Unfinished):
            out[where[1]] = data.data
            self._follow(data)
            return
        out[where[1]] = data
        if self._shared is not None and len(self.host.errors.errors) == known_errors:
            self._shared[self._key] = data
        self._end(None)

    def _follow(self, value: Unfinished) -> None:
        """Put something unfinished in the place of this value."""
        value.guards += self.guards
        value.parent = self.parent
        self._follows = value
        value.start()

    def _end(self, error: BaseException | None) -> None:
        self._ended = True
        self.parent.child_ended(error)

    def cancel(self, msg: Any = None) -> bool:
        """Give the value up; the batch goes on for the others."""
        if self._follows is not None:
            return self._follows.cancel(msg)
        if self._ended:
            return False
        self._ended = True
        self.host.loop.call_soon(self.parent.child_ended, CancelledError())
        return True

    def close(self) -> None:
        """Nothing was begun."""
