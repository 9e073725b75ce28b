"""aiodataloader, made safe to cancel."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from typing import Any, TypeVar, cast

from aiodataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Loader(DataLoader[K, V]):
    """Gathers the keys of one turn of the event loop into one call of `batch`.

    `batch` gets distinct keys and gives their values in the same order. Each awaiter holds a
    shielded future: cancelling one leaves the others, and the cached key, alone.
    """

    def __init__(self, batch: Callable[[list[K]], Awaitable[Sequence[V]]]) -> None:
        super().__init__(cast("Callable[[list[K]], Coroutine[Any, Any, list[V]]]", batch))

    def load(self, key: K) -> "asyncio.Future[V]":
        """The value of a key, together with those of the other keys asked for now."""
        return asyncio.shield(super().load(key))
