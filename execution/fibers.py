"""Driving a coroutine without an asyncio task.

A `Fiber` is what `asyncio.Task` is to a coroutine, less the task's own future, its entry in the
queue of the loop and its place in the registry of all tasks. It is a third-party task in the sense
of https://docs.python.org/3/library/asyncio-extending.html: it enters itself as the current task,
so that `asyncio.timeout`, anyio and whatever else asks for `asyncio.current_task()` cancels this
coroutine and not its siblings; and it runs in a copy of the context, so that a context variable
that one resolver sets is not seen by another.
"""

from asyncio import CancelledError, Future, tasks
from contextvars import Context, copy_context
from functools import partial
from types import CoroutineType
from typing import Any, Final, Protocol

__all__ = ["Fiber", "Waiter", "Waiting", "has_succeeded", "wait_for"]


class Waiter(Protocol):
    """Something that waits for a future."""

    def wake(self, error: BaseException | None) -> None:
        """Go on after the future is done, or has failed."""
        ...


Waiting = dict[Future[Any], list[Waiter]]
"""Who waits for a future, in the order in which they began to. One callback of the loop wakes them
all, however many objects ask a loader for the same one."""


enter_task: Final[Any] = tasks._enter_task
leave_task: Final[Any] = tasks._leave_task


def _as_steps(awaitable: Any) -> Any:
    """Return something with `send` and `throw` for an awaitable."""
    if type(awaitable) is CoroutineType:
        return awaitable
    iterator = awaitable.__await__()
    return iterator if hasattr(iterator, "throw") else _wrap(awaitable)


async def _wrap(awaitable: Any) -> Any:
    return await awaitable


class Fiber:
    """One awaitable, driven by callbacks of the futures that it waits for.

    Subclasses say what becomes of its outcome: `returned` and `raised` are called in its context,
    while it is the current task.
    """

    host: Any
    """What the fibers of one execution share: a `loop` and what is `waiting`."""

    awaitable: Any
    """What is driven: as it was given until the fiber starts, then always with `send`."""

    _context: Context
    _ended = False
    _cancel_message: Any = None

    # The names of asyncio.Task, which anyio reads.
    _fut_waiter: Any = None
    _must_cancel = False
    _num_cancels_requested = 0

    def returned(self, value: Any) -> Any:
        """Take the value; return another awaitable for the fiber to go on with, or `None`."""
        raise NotImplementedError

    def raised(self, error: BaseException) -> None:
        """Take the exception with which the awaitable ended."""
        raise NotImplementedError

    def start(self) -> None:
        """Run until the first suspension; called where no task is current."""
        if type(self.awaitable) is not CoroutineType:
            self.awaitable = _as_steps(self.awaitable)
        self._context = copy_context()
        self._context.run(self._step, None)

    def _step(self, error: BaseException | None) -> None:
        if self._must_cancel:
            error = self._take_cancellation(error)
        loop = self.host.loop
        enter_task(loop, self)
        try:
            while True:
                try:
                    if error is None:
                        awaited = self.awaitable.send(None)
                    else:
                        awaited = self.awaitable.throw(error)
                except StopIteration as stop:
                    if self._must_cancel:
                        raise self._take_cancellation(None) from None
                    following = self.returned(stop.value)
                    if following is None:
                        self._ended = True
                        break
                    self.awaitable, error = _as_steps(following), None
                else:
                    self._wait_for(awaited)
                    break
        except BaseException as failure:  # as asyncio.Task does, cancellation included
            self._end(failure)
            if isinstance(failure, KeyboardInterrupt | SystemExit):
                raise
        finally:
            leave_task(loop, self)

    def _end(self, error: BaseException) -> None:
        self._ended = True
        self.raised(error)

    def _wait_for(self, awaited: Any) -> None:
        if awaited is None:  # a bare yield, as asyncio.sleep(0)
            self.host.loop.call_soon(self._step, None, context=self._context)
        elif not getattr(awaited, "_asyncio_future_blocking", None):
            self._refuse(f"A resolver's coroutine got bad yield: {awaited!r}")
        elif awaited.get_loop() is not self.host.loop:
            self._refuse(f"A resolver awaits a future of another loop: {awaited!r}")
        else:
            awaited._asyncio_future_blocking = False
            self._fut_waiter = awaited
            wait_for(self.host.waiting, awaited, self)
            if self._must_cancel and awaited.cancel(*self._cancel_arguments()):
                self._must_cancel = False

    def _refuse(self, message: str) -> None:
        self.host.loop.call_soon(self._step, RuntimeError(message), context=self._context)

    def wake(self, error: BaseException | None) -> None:
        """Go on after the future that was waited for is done, or has failed."""
        self._fut_waiter = None
        self._context.run(self._step, error)

    def _take_cancellation(self, error: BaseException | None) -> CancelledError:
        self._must_cancel = False
        if isinstance(error, CancelledError):
            return error
        return CancelledError(*self._cancel_arguments())

    def _cancel_arguments(self) -> tuple[Any, ...]:
        return () if self._cancel_message is None else (self._cancel_message,)

    def cancel(self, msg: Any = None) -> bool:
        """Ask for a CancelledError in the coroutine, as `asyncio.Task.cancel` does."""
        if self._ended:
            return False
        self._num_cancels_requested += 1
        if self._fut_waiter is not None and self._fut_waiter.cancel(msg):
            return True
        self._must_cancel = True
        self._cancel_message = msg
        return True

    def uncancel(self) -> int:
        """Take back one request to cancel; return how many are left."""
        self._num_cancels_requested = max(0, self._num_cancels_requested - 1)
        return self._num_cancels_requested

    def cancelling(self) -> int:
        """Return the number of requests to cancel."""
        return self._num_cancels_requested

    def done(self) -> bool:
        """Return whether the fiber has ended, however it did."""
        return self._ended

    def get_coro(self) -> Any:
        """Return the coroutine that the fiber drives at present."""
        return self.awaitable

    def get_name(self) -> str:
        """Return a name for logs."""
        return f"Fiber-{id(self):x}"


def has_succeeded(future: Future[Any]) -> bool:
    """Whether there is nothing to wait for: to await such a future takes no turn of the loop."""
    return future.done() and not future.cancelled() and future.exception() is None


def wait_for(waiting: Waiting, awaited: Future[Any], waiter: Waiter) -> None:
    """Wake the waiter when the future is done."""
    if awaited in waiting:
        waiting[awaited].append(waiter)
    else:
        waiting[awaited] = [waiter]
        awaited.add_done_callback(partial(_wake, waiting))


def _wake(waiting: Waiting, awaited: Future[Any]) -> None:
    """Go on with all that wait for the future."""
    error: BaseException | None = None
    try:
        awaited.result()
    except BaseException as failure:  # a cancellation too
        error = failure
    for waiter in waiting.pop(awaited):
        waiter.wake(error)
