"""The list of conversations with a user's pinned ones first: two lists, one behind the other.

Each has its own order, index and cursors: the pinned ones by when they were pinned, and all others
by their latest activity. A page is cut from as much of both as it may need.
"""

from uuid import UUID

from sqlalchemy import cast, false, null, select, union_all

from models.base import Timestamp
from models.database import Row
from models.tables import conversation_settings, conversations
from resolvers.loaders.conversations import BY_ACTIVITY, is_kept
from resolvers.paging import Keyset, PageRequest, Selection

c = conversations.c
s = conversation_settings.c
BY_PINNING = Keyset(b"q", s.pinned_at, c.id, descending=True)


class PinnedFirst:
    """The cursors of the list: each is of the one part or of the other."""

    def cursor(self, row: Row) -> str:
        """The position of a row that `pinned_first` selected."""
        if row.pinned_at is not None:
            return BY_PINNING.cursor_at(row.pinned_at, row.id)
        return BY_ACTIVITY.cursor(row)


PINNED_FIRST = PinnedFirst()


def pinned_first(user_id: UUID, statement: Selection, request: PageRequest) -> Selection:
    """A select of conversations cut to the page and one row more, with `pinned_at` of each.

    Raises BAD_CURSOR.
    """
    theirs = (s.conversation_id == c.id) & (s.user_id == user_id) & s.pinned_at.is_not(None)
    pinned = statement.add_columns(s.pinned_at, s.pinned_at.label("rank"))
    others = statement.add_columns(
        cast(null(), Timestamp).label("pinned_at"), c.last_activity_at.label("rank")
    )
    parts = (
        _part(BY_PINNING, pinned.join(conversation_settings, theirs), _of_pinned(request)),
        _part(BY_ACTIVITY, others.where(~is_kept(user_id, theirs)), _of_others(request)),
    )
    listed = union_all(*parts).subquery("listed")
    keys = (listed.c.pinned_at.is_not(None), listed.c.rank, listed.c.id)
    order = (key.asc() if request.backwards else key.desc() for key in keys)
    return select(listed).order_by(*order).limit(request.size + 1)


def _part(keyset: Keyset, part: Selection, request: PageRequest | None) -> Selection:
    """What the page may need of one part; without a request that is nothing."""
    if request is None:
        part, request = part.where(false()), PageRequest(0)
    return select(keyset.select(part, request).subquery())


def _of_pinned(request: PageRequest) -> PageRequest | None:
    """The request as it is for the pinned ones, before which nothing comes."""
    if request.after is not None and not BY_PINNING.owns(request.after):
        return None
    bounded = request.before is not None and BY_PINNING.owns(request.before)
    return request if bounded else request._replace(before=None)


def _of_others(request: PageRequest) -> PageRequest | None:
    """The request as it is for the others, which come behind all that are pinned.

    A text that is no cursor at all is left to them, to be refused.
    """
    if request.before is not None and BY_PINNING.owns(request.before):
        return None
    bounded = request.after is not None and not BY_PINNING.owns(request.after)
    return request if bounded else request._replace(after=None)
