"""How a feed ends, other than by its reader leaving."""

from collections.abc import Mapping
from uuid import UUID


class FeedEnded(Exception):  # noqa: N818 (not always an error)
    """The feed is over; `cursors` are the last seqs by stream with which to join again."""

    def __init__(self, message: str, cursors: Mapping[UUID, int]) -> None:
        super().__init__(message)
        self.cursors = dict(cursors)


class Reset(FeedEnded):
    """What follows the cursor of `stream_id` is not known (any more): refetch, then join anew."""

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(f"the events that follow the cursor of {stream_id} are not kept", {})
        self.stream_id = stream_id


class TooSlow(FeedEnded):
    """The reader fell behind by more events than a feed holds."""

    def __init__(self, cursors: Mapping[UUID, int]) -> None:
        super().__init__("the reader fell too far behind", cursors)


class Draining(FeedEnded):
    """This process is about to end: join again, elsewhere."""

    def __init__(self, cursors: Mapping[UUID, int]) -> None:
        super().__init__("the process is draining", cursors)


class TooManyFeeds(Exception):  # noqa: N818 (named like the others)
    """The process holds as many feeds as it may."""
