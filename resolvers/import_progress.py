"""How an import gets on, told until it has ended."""

from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from models.database import Row
from realtime.endings import Reset
from realtime.events import LiveEvent
from resolvers.context import Context
from resolvers.errors import not_found
from resolvers.feeds import feed, reset
from resolvers.imports import COLUMNS, find_import, i
from resolvers.sharing import (
    MOST_AT_ONCE,
    RollCall,
    SharedStream,
    TakeSeat,
    Telling,
    who_sees,
)

T = TypeVar("T")


class ImportProgress(SharedStream[T]):
    """The import as it is, and again when it has changed, until it has ended.

    Changes that are there together are told as one. Raises RESET where changes are not kept.
    """

    def __init__(self, context: Context, show: Callable[[Row], T], import_id: UUID) -> None:
        super().__init__(context, show)
        self._import_id = import_id

    @property
    def key(self) -> tuple[UUID | None, ...]:
        """The tenant and the import."""
        return self.context.read.tenant_id, self._import_id

    @property
    def is_strict(self) -> bool:
        """Who may not see the conversation any more hears nothing more."""
        return True

    async def admit(self) -> None:
        """Raise NOT_FOUND unless the viewer may see the import."""
        await find_import(self.context, self._import_id)

    async def line(self, roll_call: RollCall) -> AsyncGenerator[list[Telling], None]:
        """The import after each batch of its changes; over when the import is."""
        try:
            async with feed(self.context, self._import_id) as changes:
                yield []
                finished = False
                while not finished:
                    batch = await changes.batch(MOST_AT_ONCE)
                    row = await self._row()
                    yield [await self._telling(row, batch[-1], roll_call)]
                    finished = row.finished_at is not None
        except Reset:
            raise reset() from None

    async def missed(self, leader: SharedStream[Any], seat: TakeSeat) -> AsyncGenerator[T, None]:
        """The import as it is when the listener comes, until nothing changes meanwhile."""
        try:
            async with feed(self.context, self._import_id) as changes:
                while True:
                    row = await find_import(self.context, self._import_id)
                    yield self.show(row)
                    if row.finished_at is not None:
                        return
                    if not await changes.known(MOST_AT_ONCE):
                        # Nothing happens between the look and this.
                        seat(sum(changes.cursors.values()))
                        return
        except Reset:
            raise reset() from None

    async def _row(self) -> Row:
        """The import, whoever may see it."""
        read = self.context.read
        row = await read.first(
            select(*COLUMNS).where(i.id == self._import_id, i.tenant_id == read.tenant_id)
        )
        if row is None:
            raise not_found("import")
        return row

    async def _telling(self, row: Row, last: LiveEvent, roll_call: RollCall) -> Telling:
        key = row.conversation_id
        seers, context = (await who_sees(self.context, [key], roll_call()))[key]
        return Telling(self.show(row), context, seers, last.created_at.timestamp(), last.seq)
