"""What was found in caches while a request was answered, for whoever asks how it was."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Trace:
    """Whether a cache had what the request needed; None where it was not asked."""

    document_cached: bool | None = None
    credential_cached: bool | None = None


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def begin_trace() -> Trace:
    """The trace of what this task does from now on: a request has a task of its own."""
    trace = Trace()
    _current.set(trace)
    return trace


def trace() -> Trace | None:
    """The trace of the running request, if it has one."""
    return _current.get()
