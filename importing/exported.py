"""What Parley's own exports say of a message beside what any archive says."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from models.messages import MessageKind


class ExportedFile(NamedTuple):
    """A file that came with a message. `size` is in bytes; None when the file was left out."""

    name: str
    kind: MessageKind
    media_type: str
    size: int | None


class ExportedReaction(NamedTuple):
    """One participant's emoji."""

    author: str
    emoji: str
    at: datetime


class Exported(NamedTuple):
    """One message, as its export tells it."""

    key: bytes | None
    """What tells it from the others, the same in all its exports: the `archive_key` that an import
    keeps. None in exports of before there was it."""
    kind: MessageKind
    """What it is, or was before it was deleted."""
    edited_at: datetime | None
    deleted_at: datetime | None
    reply_to: bytes | None
    """The key of the message that it answers."""
    files: tuple[ExportedFile, ...]
    reactions: tuple[ExportedReaction, ...]

    @property
    def weight(self) -> int:
        """About how many characters it takes, beside the message's text."""
        return 100 * (len(self.files) + len(self.reactions))

    def renamed(self, name_of: Callable[[str], str]) -> "Exported":
        """The same with other names for those who reacted."""
        reactions = (one._replace(author=name_of(one.author)) for one in self.reactions)
        return self._replace(reactions=tuple(reactions))
