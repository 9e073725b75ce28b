"""Fields whose value a loader gives, as they stand in a compiled operation."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from execution.loads import Load, Loaded, Selected
from execution.places import Where
from execution.plan import FieldPlan
from execution.waiting import Unfinished

if TYPE_CHECKING:
    from execution.listing import Listing, SingleList
    from execution.positions import Position
    from execution.run import Run

__all__ = ["Column", "CompleteField"]

CompleteField = Callable[["Run", Any, Where | None, dict[str, Any], list[Unfinished]], Any]
"""The function of a field, for one object: see `execution.completers`."""


class Column:
    """A field whose value a loader gives."""

    def __init__(
        self,
        plan: FieldPlan,
        position: "Position",
        loaded: Loaded,
        *,
        resolve: CompleteField,
        shared: bool,
        at_once: bool,
        listing: "Listing | None",
        single_list: "SingleList | None",
        selected: Selected,
    ) -> None:
        """`resolve`: the function of the field by its resolver.

        `shared`: the data follow from the key alone, and are made once for all objects with it.
        `at_once`: making them has no effects, so that it may be tried.
        `listing`: makes the data of all objects of what the loader gives for them.
        `single_list`: the same for objects of which only one list is selected.
        `selected`: what `Loaded.request` is told, but for `ahead`, which follows from arguments.
        """
        self.key = plan.key
        self.position = position
        self.loaded = loaded.narrowed_to(selected.keys)
        self.listing = listing
        self.single_list = single_list
        self.at_once = at_once
        self.shared = shared
        self._resolve = resolve
        self.nested: list[Column] = []
        """The loaded fields of the value, and of the items that it has, that have arguments."""
        self._selected = selected
        self._parent = plan.parent.name
        self._fixed: tuple[Any, ...] | None = None
        """What the arguments ask for, once it is known, where it is the same for all runs."""

    @property
    def has_request(self) -> bool:
        """Whether its arguments say what is asked for."""
        return self.loaded.request is not None

    def complete_field(
        self,
        run: "Run",
        source: Any,
        at: Where | None,
        out: dict[str, Any],
        waits: list[Unfinished],
    ) -> Any:
        """The function of the field, for one object."""
        try:
            request = self._request(run)
        except Exception:
            return self._resolve(run, source, at, out, waits)
        try:
            waits.append(self.load(run, self.loaded.key_of(source, *request), at, out))
        except Exception as error:
            return self.position.failed(run, error, (at, self.key, self._parent), waits)
        return None

    def keys(self, run: "Run", held: Sequence[Any]) -> list[Hashable]:
        """The keys, of what the sources hold. Raises what the arguments make it raise."""
        request, keys, key = self._request(run), self.loaded.keys, self.loaded.key
        if keys is not None:
            return list(keys(held, *request))
        return [key(each, *request) for each in held]

    def put_at_hand(self, run: "Run", held: Sequence[Any], out: Sequence[dict[str, Any]]) -> bool:
        """Put the data into the objects if what the sources hold has the values; return whether."""
        if self.loaded.at_hand is None:
            return False
        try:
            found = self.loaded.at_hand(held, *self._request(run))
            made = None if found is None else self._made_of(*found)
            for each, value in zip(out, made or (), strict=True):
                each[self.key] = value
        except Exception:
            return False
        return True

    def _made_of(
        self, values: Sequence[Any], places: Sequence[int] | None
    ) -> list[dict[str, Any]] | None:
        """The data of values that were at hand; `None` if they are not made all at once."""
        made = None
        if self.listing is not None:
            made = self.listing.select(values)
        elif self.single_list is not None and self.loaded.items is not None:
            made = self.single_list.complete_each(values)
        return made if made is None or places is None else list(map(made.__getitem__, places))

    def _request(self, run: "Run") -> tuple[Any, ...]:
        """What the arguments ask for, made once for all objects."""
        make = self.loaded.request
        if make is None:
            return ()
        if self._fixed is not None:
            return self._fixed
        field = self.position.field
        request: tuple[Any, ...] | None = run.requests.get(field)
        if request is None:
            selected = self._selected
            if self.nested:
                ahead = tuple(self._ahead(run))
                selected = Selected(selected.keys, selected.loaded, ahead)
            request = run.requests[field] = (make(selected, **field.arguments(run)),)
            if self._is_fixed():
                self._fixed = request
        return request

    def _is_fixed(self) -> bool:
        """Whether no variable has a part in what the arguments ask for."""
        constant = self.position.field.constant_arguments is not None
        return constant and all(column._is_fixed() for column in self.nested)

    def _ahead(self, run: "Run") -> Iterator[Any]:
        """What the loaded fields of the value will ask for, as far as no resolver is called."""
        for column in self.nested:
            try:
                yield from column._request(run)
            except Exception:
                continue

    def load(self, run: "Run", key: Hashable, at: Where | None, out: dict[str, Any]) -> Load:
        """What stands for the value in one object."""
        where = (at, self.key, self._parent)
        shared = self.data(run) if self.shared else None
        return Load(run, key, self.loaded, (self.position, where, out), shared)

    def data(self, run: "Run") -> dict[Hashable, Any]:
        """The field's data by key, as far as they are known."""
        return run.loaded.setdefault(self.position.field, {})
