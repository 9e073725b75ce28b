"""aiodataloader with one future for a batch instead of several for a key."""

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from aiodataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

BatchFunction = Callable[[list[K]], Awaitable[Sequence[V]]]


@dataclass(frozen=True, slots=True)
class Batch:
    """A call of a batch function: its name, and how many keys it was given."""

    name: str
    keys: int


_recorder: ContextVar[list[Batch] | None] = ContextVar("batches", default=None)


@contextmanager
def batches_recorded() -> Iterator[list[Batch]]:
    """Collect the batches that this task, and the tasks it starts, load within the block."""
    batches: list[Batch] = []
    token = _recorder.set(batches)
    try:
        yield batches
    finally:
        _recorder.reset(token)


def _name_of(batch: Callable[..., Any]) -> str:
    function = batch.func if isinstance(batch, partial) else batch
    return getattr(function, "__name__", type(function).__name__)


class Loader(DataLoader[K, V]):
    """Gathers the keys that are asked for together into one call of `batch`, and caches.

    `batch` gets distinct keys and gives their values in the same order; a value that is an
    exception is raised for its key. Keys of a batch that failed are asked for anew the next time.

    To users it is a `DataLoader`. Compiled operations use `request` and `value`, so that a level
    of a thousand objects waits for one future. Cancelling who waits leaves the others alone.
    """

    def __init__(self, batch: "BatchFunction[K, V]") -> None:
        # Not aiodataloader's own, which inspects the function, for a queue that is not used here:
        # a small operation makes several loaders.
        self._batch = batch
        self._values: dict[K, V] = {}
        self._futures: dict[K, Future[None]] = {}
        self._known: Future[None] | None = None
        self._later: list[Callable[[], Mapping[K, V]]] = []
        self._gathered: list[K] = []
        self._future: Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, key: K) -> "Future[V]":
        """The value of a key, together with those of the other keys asked for now."""
        loaded = self.request(key)
        result: Future[V] = loaded.get_loop().create_future()

        def settle(loaded: "Future[None]") -> None:
            if result.cancelled():
                if not loaded.cancelled():
                    loaded.exception()  # so that asyncio does not report it as never seen
            elif loaded.cancelled():
                result.cancel()
            else:
                self._settle(key, loaded, result)

        loaded.add_done_callback(settle)
        return result

    async def load_each(self, keys: Sequence[K]) -> list[V]:
        """The values of several keys. Cancelling it leaves their batches alone."""
        futures = {self.request(key) for key in keys}
        if futures:
            await asyncio.wait(futures)
        for future in futures:
            future.result()
        return [self.value(key) for key in keys]

    def request(self, key: K) -> "Future[None]":
        """Ask for a key. The future is that of its batch: done when `value` has the value."""
        future = self._futures.get(key)
        if future is not None:
            return future
        if self._later:
            later, self._later = self._later, []
            for values in later:
                self.prime_each(values())
            return self.request(key)
        if self._future is None:
            loop = asyncio.get_running_loop()
            self._future = loop.create_future()
            # Resolvers that start in the next turn still ask for this batch.
            loop.call_soon(loop.call_soon, self._dispatch, loop, self._future)
        self._futures[key] = self._future
        self._gathered.append(key)
        return self._future

    def value(self, key: K) -> V:
        """The value of a key whose future is done. Raises the exception that stands for it."""
        value = self._values[key]
        if isinstance(value, Exception):
            raise value
        return value

    def prime(self, key: K, value: V | Exception) -> "Loader[K, V]":
        """Take a value as known, unless the key was asked for already."""
        self.prime_each({key: cast("V", value)})
        return self

    def prime_each(self, values: Mapping[K, V]) -> None:
        """Take values as known, but for keys that were asked for already. They share a future."""
        known = self._known
        if known is None:
            known = self._known = asyncio.get_running_loop().create_future()
            known.set_result(None)
        asked = self._futures
        new = {key: values[key] for key in values if key not in asked} if asked else values
        asked.update(dict.fromkeys(new, known))
        self._values.update(new)

    def prime_later(self, values: Callable[[], Mapping[K, V]]) -> None:
        """The same for what the function gives, if ever a key is asked for that is not known."""
        self._later.append(values)

    def clear(self, key: K) -> "Loader[K, V]":
        """Ask for the key anew the next time."""
        self._futures.pop(key, None)
        return self

    def clear_all(self) -> "Loader[K, V]":
        """Ask for every key anew the next time."""
        self._futures.clear()
        return self

    def _settle(self, key: K, loaded: "Future[None]", result: "Future[V]") -> None:
        try:
            loaded.result()
            result.set_result(self.value(key))
        except Exception as error:
            result.set_exception(error)

    def _dispatch(self, loop: AbstractEventLoop, future: "Future[None]") -> None:
        keys, self._gathered, self._future = self._gathered, [], None
        task = loop.create_task(self._run(keys, future))
        # The loop itself holds tasks but weakly.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, keys: list[K], future: "Future[None]") -> None:
        heard = _recorder.get()
        if heard is not None:
            heard.append(Batch(_name_of(self._batch), len(keys)))
        try:
            values = await self._batch(keys)
            self._values.update(zip(keys, values, strict=True))
        except BaseException as error:
            for key in keys:
                self.clear(key)
            if not isinstance(error, Exception):
                future.cancel()
                raise
            future.set_exception(error)
        else:
            future.set_result(None)
