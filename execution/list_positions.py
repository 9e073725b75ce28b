"""Completing lists: all items at once where that can be done, else one after the other."""

from types import NoneType
from typing import Any

from execution.classes import is_plain, is_sequence
from execution.fields import Field
from execution.listing import Listing
from execution.places import Info, Where
from execution.plan import Output
from execution.positions import Position
from execution.run import Run
from execution.waiting import Unfinished, unfinished

__all__ = ["LeafListPosition", "ListPosition"]


class ListPosition(Position):
    """A list, with the position of its items."""

    def __init__(
        self,
        field: Field,
        output: Output,
        item: Position,
        *,
        listing: Listing | None = None,
        calls: bool = False,
    ) -> None:
        super().__init__(field, output, calls=calls)
        self.item = item
        self.listing = listing
        self.complete_value = self._complete_items if listing is None else self._complete_all

    def _complete_all(self, run: Run, value: Any, where: Where, info: Info | None) -> Any:
        """Complete all items at once if that can be done, else one after the other."""
        assert self.listing is not None
        if type(value) is list:
            data = self.listing.complete(run, value, where, self.item)
            if data is not None:
                return data
        return self._complete_items(run, value, where, info)

    def _complete_items(self, run: Run, value: Any, where: Where, info: Info | None) -> Any:
        """Complete each item; other iterables than lists and tuples are left to graphql-core."""
        if not is_sequence[type(value)]:
            return self.leave_to_core(run, value, where, info)
        position = self.item
        complete, non_null = position.complete_value, position.non_null
        out: list[Any] = []
        waits: list[Unfinished] = []
        items = iter(value)
        for index, given in enumerate(items):
            item, place = given, (where, index, None)
            try:
                if is_plain[type(item)]:
                    item = complete(run, item, place, info)
                    if isinstance(item, Unfinished):
                        item.guards.append((position, place, out))
                        waits.append(item)
                        item = item.data
                elif item is not None or non_null:
                    item = position.unusual(run, item, place, info, out, waits)
            except Exception as error:
                item = position.failed(run, error, place, waits, items)
            out.append(item)
        return unfinished(run, out, waits) if waits else out


class LeafListPosition(ListPosition):
    """A list of leaves of which values of one class are serialised as they are."""

    def __init__(
        self, field: Field, output: Output, item: Position, cls: type, *, calls: bool = False
    ) -> None:
        super().__init__(field, output, item, calls=calls)
        self._classes = {cls} if item.non_null else {cls, NoneType}
        self.complete_value = self._copy_items

    def _copy_items(self, run: Run, value: Any, where: Where, info: Info | None) -> Any:
        if is_sequence[type(value)] and self._classes.issuperset(map(type, value)):
            return list(value)
        return self._complete_items(run, value, where, info)
