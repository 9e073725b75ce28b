"""What is still awaited of a response: a tree of its unfinished parts.

A `Wait` is an awaitable in the place of a value. A `Group` is an object or a list with several
unfinished values. One with a single unfinished value is not in the tree: the wait remembers it as
a guard, a place on the way up to which an error may propagate.

Siblings start, fail and cancel each other in the same turns of the event loop as with
graphql-core, which gives a task to each and awaits them by `asyncio.gather`; so errors come in
the same order, and the same siblings get as far as to fail too.
"""

import asyncio
from asyncio import AbstractEventLoop, CancelledError, Future, get_running_loop
from collections.abc import Callable, Generator, Iterable
from inspect import iscoroutine
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLError
from graphql.pyutils import is_awaitable

from execution.classes import is_plain
from execution.fibers import Fiber
from execution.places import Info, Where

if TYPE_CHECKING:
    from execution.positions import Position
    from execution.run import Run

__all__ = ["Group", "Guard", "Unfinished", "Wait", "abandon", "unfinished"]

Guard = tuple["Position", Where, Any]
"""A position with the place of a value, and the object or list that has it there."""


class Unfinished:
    """A part of the response that is not yet known; `await` it for its data."""

    host: "Run"
    parent: "Group | Ending"

    data: Any = None
    """The object or list itself, with what is known of it."""

    guards: list[Guard]
    """Where an error may be caught, from the inside out."""

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._finish().__await__()

    async def _finish(self) -> Any:
        loop = self.host.loop = get_running_loop()
        self.parent = ending = Ending(self, loop)
        try:
            await self.begin()
            await ending
        finally:
            del self.parent, ending  # what is left must not wait for the garbage collector
        return self.data

    async def begin(self) -> None:
        """Start from a coroutine, which may itself await what is not in a group."""
        self.start()

    def start(self) -> None:
        """Start from a callback of the loop."""
        raise NotImplementedError

    def cancel(self, msg: Any = None) -> bool:
        """Cancel what is running; return whether there was anything."""
        raise NotImplementedError

    def close(self) -> None:
        """Close coroutines that have not been started and never will be."""
        raise NotImplementedError

    def propagate(self, error: BaseException) -> BaseException | None:
        """Put null where the error is caught; return it if it is caught nowhere."""
        if isinstance(error, Exception):
            for position, where, out in self.guards:
                try:
                    out[where[1]] = position.failed(self.host, error, where)
                except GraphQLError as located:
                    error = located
                else:
                    return None
        return error


class Wait(Fiber, Unfinished):
    """An awaitable in the place of a value."""

    _follows: Unfinished | None = None
    """What takes the place of this wait when its value turns out to be unfinished."""

    info: Info | None = None
    """For completing the value, where that asks for it."""

    completed = False
    """Whether the awaitable is for a value that graphql-core completes; else for a resolver's."""

    def __init__(self, run: "Run", awaitable: Any, guards: list[Guard]) -> None:
        self.host = run
        self.awaitable = awaitable
        self.guards = guards

    async def begin(self) -> None:
        """Await in the task that awaits the whole: as long as nothing is awaited beside it."""
        awaitable = self.awaitable
        while awaitable is not None:
            try:
                value = await awaitable
            except Exception as error:
                self.raised(error)
                break
            awaitable = self.returned(value)

    def returned(self, value: Any) -> Any:
        """Complete the value and put it in its place; return what has to be awaited next."""
        if self.completed:
            return self._put(value)
        position, where, out = self.guards[0]
        try:
            if is_plain[type(value)]:
                value = position.complete_value(self.host, value, where, self.info)
            else:
                value = position.complete(self.host, value, where, self.info)
        except Exception as error:
            self.raised(error)
            return None
        if isinstance(value, Unfinished):
            out[where[1]] = value.data
            return self._follow(value)
        out[where[1]] = value
        self.parent.child_ended(None)
        return None

    def _put(self, value: Any) -> None:
        """Put a value that is completed in its place, which may be that of the whole."""
        if self.guards:
            _, where, out = self.guards[0]
            out[where[1]] = value
        else:
            self.data = value
        self.parent.child_ended(None)

    def _follow(self, value: Unfinished) -> Any:
        """Put something unfinished in the place of this wait; return what it awaits, if one."""
        value.guards += self.guards
        if isinstance(value, Wait):
            self.guards, self.info, self.completed = value.guards, value.info, value.completed
            return value.awaitable
        self._follows = value
        value.parent = self.parent
        value.start()
        return None

    def raised(self, error: BaseException) -> None:
        """Let the error go up."""
        self.parent.child_ended(self.propagate(error))

    def cancel(self, msg: Any = None) -> bool:
        """Cancel the awaitable, or what has come of it."""
        return self._follows.cancel(msg) if self._follows else Fiber.cancel(self, msg)

    def close(self) -> None:
        """Close the awaitable if it is a coroutine."""
        if iscoroutine(self.awaitable):
            self.awaitable.close()


class Group(Unfinished):
    """An object or a list with several unfinished values."""

    def __init__(self, run: "Run", children: list[Unfinished]) -> None:
        self.host = run
        self.guards = []
        self._children = children
        self._running = len(children)
        self._error: BaseException | None = None
        self._failing = False
        self._cancelled = False
        for child in children:
            child.parent = self

    def start(self) -> None:
        """Start the children in the next turn of the loop."""
        self.host.loop.call_soon(self._start_children)

    def _start_children(self) -> None:
        for child in self._children:
            child.start()

    def child_ended(self, error: BaseException | None) -> None:
        """Take note that a child has its value, or failed with an error that it did not catch."""
        self._running -= 1
        if error is not None and self._error is None:
            self._error = error
            _in_two_turns(self.host.loop, self._fail)
        elif not self._running and (self._failing or self._error is None):
            self._last_child_ended()

    def _fail(self) -> None:
        """Cancel the other children; the group ends when they have."""
        self._failing = True
        self._cancel_children()
        if not self._running:
            self._last_child_ended()

    def _last_child_ended(self) -> None:
        if isinstance(self._error, Exception):
            _in_two_turns(self.host.loop, self._end)
        else:
            self._end()

    def _end(self) -> None:
        self._children.clear()
        error = CancelledError() if self._cancelled else self._error
        self.parent.child_ended(None if error is None else self.propagate(error))

    def cancel(self, msg: Any = None) -> bool:
        """Cancel the children; the group ends when they have."""
        self._cancelled = True
        return self._cancel_children(msg)

    def _cancel_children(self, msg: Any = None) -> bool:
        cancelled = False
        for child in self._children:
            cancelled |= child.cancel(msg)
        return cancelled

    def close(self) -> None:
        """Close the children's coroutines."""
        for child in self._children:
            child.close()


class Ending(Future[None]):
    """Done when the whole of something unfinished has ended; cancelling it cancels that."""

    def __init__(self, whole: Unfinished, loop: AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._whole = whole
        self._cancelled = False

    def child_ended(self, error: BaseException | None) -> None:
        """Take note of the end."""
        del self._whole
        if self._cancelled:
            error = CancelledError()
        if error is None:
            self.set_result(None)
        else:
            self.set_exception(error)

    def cancel(self, msg: Any = None) -> bool:
        """Cancel what is running; the future itself ends when that has."""
        if self.done():
            return False
        self._cancelled = self._whole.cancel(msg)
        return self._cancelled


def _in_two_turns(loop: AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Call when a task that awaits an `asyncio.gather` would go on if it were done now."""
    loop.call_soon(loop.call_soon, callback)


def unfinished(run: "Run", data: Any, waits: list[Unfinished]) -> Unfinished:
    """Return what stands for an object or a list, for which there is something to await."""
    whole = waits[0] if len(waits) == 1 else Group(run, waits)
    whole.data = data
    return whole


_background: Final[set[Future[Any]]] = set()
"""What is still running of fields whose value is no longer wanted: asyncio itself keeps no
strong reference."""


def abandon(values: Iterable[Any]) -> None:
    """Let the awaitables among the values run to their end, unheeded.

    Their parent has become null, but they may have begun: as with graphql-core they are neither
    cancelled nor left un-awaited. Outside of an event loop coroutines are closed.
    """
    awaitables = [value for value in values if is_awaitable(value)]
    if not awaitables:
        return
    try:
        get_running_loop()
    except RuntimeError:
        for awaitable in awaitables:
            if isinstance(awaitable, Unfinished) or iscoroutine(awaitable):
                awaitable.close()
        return
    future = asyncio.gather(*awaitables, return_exceptions=True)
    _background.add(future)
    future.add_done_callback(_background.discard)
