"""SQLAlchemy Core statements as PostgreSQL text and arguments for asyncpg, and who counts them."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import ARRAY, BindParameter, ClauseElement
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
class Prepared:
    """A statement rendered once: its text, and its parameters in order."""

    sql: str
    parameters: tuple["Parameter", ...]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The arguments for asyncpg: `values` by the names of the statement's bindparams."""
        return [
            values.get(name, constant) if convert is None else convert(values.get(name, constant))
            for name, constant, convert in self.parameters
        ]


class Parameter(NamedTuple):
    """One parameter: named, or with a value that is part of the statement; and what makes of its
    value one that asyncpg takes."""

    name: str
    constant: Any
    convert: Callable[[Any], Any] | None


@lru_cache(maxsize=2_000)
def prepared(build: Callable[..., ClauseElement], *shape: Hashable) -> Prepared:
    """The statement that `build(*shape)` makes, rendered when it is met first.

    To build and render a statement takes longer than to run it, so hot ones are built once for
    each shape, with `bindparam`s for what differs from call to call.
    """
    compiled = cast(SQLCompiler, build(*shape).compile(dialect=DIALECT))
    processors = cast(dict[str, Callable[[Any], Any]], compiled._bind_processors)
    # What they do with an array whose items need nothing is to copy it.
    processors = {n: each for n, each in processors.items() if not _is_plain(compiled.binds[n])}
    names = compiled.positiontup or ()
    constants = {
        name: bound.value for name, bound in compiled.binds.items() if bound.callable is None
    }
    return Prepared(
        str(compiled),
        tuple(Parameter(name, constants.get(name), processors.get(name)) for name in names),
    )


def _is_plain(bound: BindParameter[Any]) -> bool:
    """Whether asyncpg takes a list for it as it is."""
    return isinstance(bound.type, ARRAY) and not bound.type.item_type._cached_bind_processor(
        DIALECT
    )


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
