"""JSON of somebody else's, read without trust: what is missing or of another type is None."""

from datetime import UTC, datetime
from math import isfinite

# The first second of the year 10000, which no datetime can hold.
_END_OF_TIME = 253_402_300_800


class Fields:
    """The fields of a JSON object; of anything else: none."""

    def __init__(self, value: object) -> None:
        self._values = value if isinstance(value, dict) else {}

    def text(self, name: str) -> str | None:
        """A text that says something, without the NUL characters that PostgreSQL cannot hold."""
        value = self._values.get(name)
        return value.replace("\0", "") or None if isinstance(value, str) else None

    def number(self, name: str) -> int | float | None:
        """A finite number."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value if isfinite(value) else None

    def flag(self, name: str) -> bool:
        """Whether the field is true."""
        return self._values.get(name) is True

    def moment(self, name: str) -> datetime | None:
        """Seconds since 1970, which may be written as a text of digits."""
        value = self._values.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _END_OF_TIME:
            return None
        return datetime.fromtimestamp(value, UTC)

    def fields(self, name: str) -> "Fields":
        """An object inside of this one."""
        return Fields(self._values.get(name))

    def each(self, name: str) -> list["Fields"]:
        """The items of a list, each as an object."""
        value = self._values.get(name)
        return [Fields(item) for item in value] if isinstance(value, list) else []
