"""The functions of the migrations that find hits by words, and how they are called.

They read past row-level security, within the connection's tenant, and tell of what the viewer may
see where it belongs. Each gives rows of TOLD, and `is_hit`.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.sql.expression import cast

from models.base import Timestamp
from models.tables import messages
from resolvers.context import Context
from resolvers.paging import Selection
from resolvers.scope import USER_ID
from resolvers.searching.bounds import Bounds
from resolvers.searching.plan import Plan

m = messages.c
SINCE, UNTIL = (bindparam(name, type_=Timestamp) for name in ("since", "until"))
TOLD = frozenset({"id", "sent_at", "conversation_id", "sender_id", "kind"})
"""What is told of each hit. Who wants no more need not read the messages."""


def walk(falling: bool) -> Selection:
    """The hits among at most `walked` messages from one end, which are all compared.

    The last row is no hit but the last message that was read, unless there were enough or no more.
    """
    return _call(f"walk_{'newest' if falling else 'oldest'}", "walked")


def probe(falling: bool) -> Selection:
    """The hits from one end, by the index, of all months at once."""
    return _call(f"probe_{'newest' if falling else 'oldest'}")


def sweep() -> Selection:
    """The newest hits, by the index, month after month until there are enough.

    The last row is no hit if so many `milliseconds` were up before.
    """
    return _call("sweep_newest", "milliseconds")


def with_messages(
    walking: bool, falling: bool, columns: tuple[ColumnElement[Any], ...]
) -> Selection:
    """The same rows as `walk` and `probe` give, with columns of the messages in place of TOLD.

    Messages are read under row-level security. Who may see them the function has looked at, in the
    same snapshot.
    """
    hit = (walk(falling) if walking else probe(falling)).subquery("hit")
    its_message = and_(hit.c.is_hit, m.id == hit.c.id, m.sent_at == hit.c.sent_at)
    # What is no hit has an id all the same.
    selected = (hit.c.id if each is m.id else each for each in columns)
    return (
        select(*selected, hit.c.is_hit)
        .select_from(hit.outerjoin(messages, its_message))
        # The last message that was read may be a hit as well.
        .order_by(hit.c.id.desc() if falling else hit.c.id.asc(), hit.c.is_hit.desc())
    )


def arguments(
    context: Context, plan: Plan, wanted: str | None, part: Bounds, needed: int
) -> dict[str, Any]:
    """The parameters that all of them have: `wanted` is a `tsquery`, `needed` the most hits."""
    return {
        "wanted": wanted,
        "places": None if plan.places is None else list(plan.places),
        "senders": None if plan.senders is None else list(plan.senders),
        USER_ID.key: context.viewer.user_id,
        "low": part.low,
        "high": part.high,
        "since": part.since,
        "until": part.until,
        "needed": needed,
    }


def _call(name: str, *more: str) -> Selection:
    hit = getattr(func, f"parley_search_{name}")(
        cast(bindparam("wanted", type_=Text()), TSQUERY),
        bindparam("places", type_=ARRAY(Uuid())),
        bindparam("senders", type_=ARRAY(Uuid())),
        USER_ID,
        bindparam("low", type_=Uuid()),
        bindparam("high", type_=Uuid()),
        SINCE,
        UNTIL,
        bindparam("needed", type_=Integer()),
        *(bindparam(each, type_=Integer()) for each in more),
    ).table_valued(
        column("hit_id", Uuid()),
        column("hit_at", Timestamp),
        column("is_hit", Boolean()),
        column("hit_conversation_id", Uuid()),
        column("hit_sender_id", Uuid()),
        column("hit_kind", Text()),
    )
    return select(
        hit.c.hit_id.label("id"),
        hit.c.hit_at.label("sent_at"),
        hit.c.is_hit,
        hit.c.hit_conversation_id.label("conversation_id"),
        hit.c.hit_sender_id.label("sender_id"),
        hit.c.hit_kind.label("kind"),
    )
