"""A transaction of one tenant without a session: statements that are built once, as rows."""

import time
from collections.abc import Callable, Hashable
from typing import Any

from sqlalchemy import ClauseElement

from models.connections import ScopedConnection
from models.rows import Row
from models.statements import note, prepared


class Change:
    """One transaction of one tenant, for statements that are built once; no session holds rows."""

    __slots__ = ("connection",)

    def __init__(self, connection: ScopedConnection) -> None:
        self.connection = connection

    async def rows(
        self, build: Callable[..., ClauseElement], *shape: Hashable, **values: Any
    ) -> list[Row]:
        """Every row of the statement that `build(*shape)` makes, as `Reader.rows` gives them."""
        statement = prepared(build, *shape)
        started = time.perf_counter()
        rows = await self.connection.fetch(statement.sql, *statement.arguments(values))
        note(statement.sql, len(rows), time.perf_counter() - started)
        return rows
