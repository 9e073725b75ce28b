"""Runs of plain fields: leaves that are read from the source and serialised as they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from execution.positions import Position
from execution.run import Run
from execution.waiting import Unfinished

__all__ = ["UNREAD", "Block", "PlainField"]

UNREAD: Final = object()
"""Stands for the value of a field that has not been read."""


@dataclass(frozen=True, slots=True)
class PlainField:
    """A leaf that is read from the source."""

    key: str
    parent: str
    position: Position
    read: Callable[[Any], Any]


class Block:
    """A run of plain fields.

    The generated code reads them all and, if each has a value that needs no more than to be put
    into the response, does so. Otherwise it leaves them to `resume`.
    """

    def __init__(self, fields: Sequence[PlainField]) -> None:
        self._fields = fields

    def resume(  # noqa: PLR0917 - called by generated code
        self,
        run: Run,
        source: Any,
        at: Any,
        out: dict[str, Any],
        waits: list[Unfinished],
        values: Sequence[Any],
        error: Exception | None = None,
    ) -> dict[str, Any]:
        """Complete the fields of the object at the path, and return `out` with them.

        The values are those that have been read; the error is what kept the first of the others
        from being so.
        """
        for field, value in zip(self._fields, values, strict=True):
            where = (at, field.key, field.parent)
            try:
                if value is UNREAD and error is not None:
                    first, error = error, None
                    raise first
                given = field.read(source) if value is UNREAD else value
                out[field.key] = field.position.unusual(run, given, where, None, out, waits)
            except Exception as failure:
                out[field.key] = field.position.failed(run, failure, where, waits)
        return out
