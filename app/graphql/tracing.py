"""What was not found in caches while a request was answered, for whoever asks how it was."""

from contextvars import ContextVar
from enum import Enum, auto


class Cache(Enum):
    """A cache that a request may not find in what it needs."""

    DOCUMENTS = auto()
    CREDENTIALS = auto()


_missed: ContextVar[frozenset[Cache]] = ContextVar("missed", default=frozenset())


def begin() -> None:
    """Begin anew: a request's task may have the context of the one before on its connection
    (https://github.com/python/cpython/issues/140947)."""
    _missed.set(frozenset())


def note_miss(cache: Cache) -> None:
    """Note it for the request that is being answered: each has a task of its own."""
    _missed.set(_missed.get() | {cache})


def missed() -> frozenset[Cache]:
    """The caches that did not have what the request needed, so far."""
    return _missed.get()
