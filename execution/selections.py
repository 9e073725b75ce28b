"""What the selections of an operation read, so that no more than that need be loaded."""

from collections.abc import Iterable, Mapping, Sequence

from execution.binding import PreparedField
from execution.loads import Selected
from execution.plan import selections_of

__all__ = ["Selections"]

Keys = frozenset[str] | None
"""Keys by which alone something is read; `None` where more may be."""


class Selections:
    """The selections of an operation, by their numbers."""

    def __init__(self, fields: Mapping[int, Sequence[PreparedField]]) -> None:
        self._fields = fields
        self._known: dict[int, Selected] = {}

    def together(self, numbers: Iterable[int]) -> Selected:
        """What is read of objects, each of which has one of these selections."""
        return _together([self._selected(number) for number in numbers])

    def _selected(self, number: int) -> Selected:
        if number not in self._known:
            fields = [field for field in self._fields[number] if not field.is_typename]
            self._known[number] = _together([self._of_field(field) for field in fields])
        return self._known[number]

    def _of_field(self, field: PreparedField) -> Selected:
        """What a field reads of its object, and with it what is selected of its value."""
        reading = field.reading
        below = self.together([part.number for part in selections_of(field.plan.output)])
        if reading.hands_on:
            return _together([Selected(reading.keys), below])
        if reading.loaded is None or reading.loaded.reads is None:
            return Selected(reading.keys)
        return Selected(reading.keys, {reading.loaded.reads: below.keys})


def _together(several: Sequence[Selected]) -> Selected:
    keys: Keys = frozenset()
    loaded: dict[str, Keys] = {}
    for each in several:
        keys = _both(keys, each.keys)
        for key, of_key in each.loaded.items():
            loaded[key] = _both(loaded.get(key, frozenset()), of_key)
    return Selected(keys, loaded)


def _both(one: Keys, other: Keys) -> Keys:
    return None if one is None or other is None else one | other
