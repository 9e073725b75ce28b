"""What was found in caches while a request was answered, for whoever asks how it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Trace:
    """Whether a cache had what the request needed; None where it was not asked."""

    document_cached: bool | None = None
    credential_cached: bool | None = None


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def traced() -> Iterator[Trace]:
    """The trace of what this task does within the block."""
    trace = Trace()
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def trace() -> Trace | None:
    """The trace of the running request, if it has one."""
    return _current.get()
