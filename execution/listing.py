"""Lists of objects that are completed all at once, without a call or a place for each.

Where every selected field is read from the source, or given by a loader, the generated code makes
the data of all objects in one loop. It has no side effects: where something is not as expected it
gives up, and the list is completed item by item.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from execution.columns import Column
from execution.level import Level
from execution.places import Where
from execution.waiting import Unfinished

if TYPE_CHECKING:
    from execution.positions import Position
    from execution.run import Run

__all__ = ["Listing", "SelectAll", "SingleList"]

SelectAll = Callable[[Sequence[Any]], list[dict[str, Any]] | None]
"""A generated function: the data of all objects, with null for loaded fields, of the sources or of
what they hold; `None` where one is not as expected."""


class SingleList:
    """Objects of which nothing but a list is selected: the items of all are completed at once."""

    def __init__(
        self,
        key: str,
        items: Callable[[Any], Sequence[Any]],
        together: Callable[[Sequence[Sequence[Any]]], tuple[Sequence[Any], Sequence[int]]],
        listing: "Listing",
    ) -> None:
        """`key`: that of the list in the response. `items`: what its items hold, of an object.

        `together`: what the items of several hold, and how many are of each.
        """
        self.items = items
        self._key = key
        self._together = together
        self._listing = listing

    def complete_each(self, lists: Sequence[Sequence[Any]]) -> list[dict[str, Any]] | None:
        """The data of the objects with these lists; `None` where something is not as expected."""
        if self._listing.columns:
            return None
        if not lists:
            return []
        held, lengths = self._together(lists)
        data = self._listing.select(held)
        if data is None:
            return None
        items = iter(data)
        return [{self._key: list(islice(items, length))} for length in lengths]


class Listing:
    """How a list of objects of one selection is completed."""

    def __init__(
        self,
        select: SelectAll,
        within: str | None,
        instances: type,
    ) -> None:
        """`within`: the attribute at which the sources hold what `select` is given."""
        self.select = select
        self.within = within
        self.columns: list[Column] = []
        """The loaded fields."""
        self._classes = {instances}

    def complete(
        self, run: "Run", sources: Sequence[Any], where: Where, item: "Position"
    ) -> list[dict[str, Any]] | Unfinished | None:
        """The data of a list, or what stands for them; `None` where an item is not as expected."""
        if not self._classes.issuperset(map(type, sources)):
            return None
        if self.within is not None:
            sources = [getattr(source, self.within) for source in sources]
        return self.complete_held(run, sources, where, item)

    def complete_held(
        self, run: "Run", held: Sequence[Any], where: Where, item: "Position"
    ) -> list[dict[str, Any]] | Unfinished | None:
        """The same for what the sources hold."""
        if not all(column.at_once for column in self.columns):
            return None
        try:
            data = self.select(held)
            if not data or not self.columns:
                return data
            left = [column for column in self.columns if not column.put_at_hand(run, held, data)]
            if not left:
                return data
            asked = [(column, column.keys(run, held)) for column in left]
        except Exception:
            return None
        if any(column.position.non_null and None in keys for column, keys in asked):
            return None
        return Level(run, asked, data, where, item, several=len(self.columns) > 1)
