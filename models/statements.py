"""SQLAlchemy Core statements as PostgreSQL text and arguments for asyncpg, and who counts them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

DIALECT: Dialect = asyncpg_dialect()  # type: ignore[no-untyped-call]
_compiled: LRUCache[Any, Any] = LRUCache(2_000)


def render(statement: ClauseElement) -> tuple[str, list[Any]]:
    """The statement's SQL, with `$n` parameters, and its arguments in order.

    The text is cached by the statement's shape, as SQLAlchemy's own engine does it. Lists must be
    passed as arrays (`= ANY(:ids)`); an expanding `IN` has a shape for each length.
    """
    shaped, extracted, given, _ = statement._compile_w_cache(
        DIALECT, compiled_cache=_compiled, column_keys=[]
    )
    compiled = cast(SQLCompiler, shaped)
    values = compiled.construct_params(given, extracted_parameters=extracted)
    processors = cast(dict[str, Callable[[Any], Any]], compiled._bind_processors)
    return str(compiled), [
        processors[name](values[name]) if name in processors else values[name]
        for name in compiled.positiontup or ()
    ]


@dataclass(frozen=True, slots=True)
class Executed:
    """One statement that was run: its text, its rows (-1: unknown) and its seconds."""

    sql: str
    rows: int
    seconds: float


_recorder: ContextVar[list[Executed] | None] = ContextVar("statements", default=None)


@contextmanager
def recorded() -> Iterator[list[Executed]]:
    """Collect the statements that this task, and the tasks it starts, run within the block."""
    executed: list[Executed] = []
    token = _recorder.set(executed)
    try:
        yield executed
    finally:
        _recorder.reset(token)


def note(sql: str, rows: int, seconds: float) -> None:
    """Tell the recorder, if one is listening, that a statement was run."""
    executed = _recorder.get()
    if executed is not None:
        executed.append(Executed(sql, rows, seconds))
