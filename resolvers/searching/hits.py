"""The functions of the migrations that find hits by words, and how they are called.

They read past row-level security, within the connection's tenant, and tell of what the viewer may
see where it belongs. They give rows of TOLD, and `is_hit`.
"""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

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
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.sql.expression import cast

from models.base import Timestamp
from models.database import PartialRow, Row
from models.tables import messages, participants
from resolvers.context import Context
from resolvers.paging import Selection
from resolvers.scope import USER_ID
from resolvers.searching.bounds import Bounds
from resolvers.searching.plan import Plan

m, p = messages.c, participants.c
TOLD = frozenset({"id", "sent_at", "conversation_id", "sender_id", "kind"})
"""What is told of each hit. Who wants no more need not read the messages."""
SENDER = {"name": "sender.name", "user_id": "sender.user_id"}
"""The columns of who sent a hit, and what they are called beside those of the message."""
MOST_SECONDS = 86_400
"""Of a search without a deadline."""


def find(falling: bool) -> Selection:
    """The first `needed` hits from one end. At most `walked` messages there are compared, and more
    where hits are dense among them, all as far as the time `near`; then the index is asked.

    Where there may be more and there are not enough, because the index is not asked or so many
    `milliseconds` were up, the last row, or the last few, is no hit: its id is the place behind
    which the search goes on.
    """
    hit = getattr(func, f"parley_search_{'newest' if falling else 'oldest'}")(
        cast(bindparam("wanted", type_=Text()), TSQUERY),
        cast(bindparam("indexed", type_=Text()), TSQUERY),
        bindparam("places", type_=ARRAY(Uuid())),
        bindparam("senders", type_=ARRAY(Uuid())),
        USER_ID,
        bindparam("low", type_=Uuid()),
        bindparam("high", type_=Uuid()),
        *(bindparam(name, type_=Timestamp) for name in ("since", "until", "near")),
        *(bindparam(name, type_=Integer()) for name in ("needed", "walked", "milliseconds")),
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


def with_messages(falling: bool, columns: tuple[ColumnElement[Any], ...]) -> Selection:
    """The same rows as `find` gives, with columns of the messages, and of who sent them, in place
    of TOLD.

    Both are read under row-level security. Who may see them the function has looked at, in the
    same snapshot.
    """
    hit = find(falling).subquery("hit")
    theirs = select(*(p[name] for name in SENDER)).where(p.id == m.sender_id).limit(1)
    sender = theirs.lateral("sender")
    its_message = and_(hit.c.is_hit, m.id == hit.c.id, m.sent_at == hit.c.sent_at)
    # What is no hit has an id all the same.
    selected = (hit.c.id if each is m.id else each for each in columns)
    return (
        select(*selected, hit.c.is_hit, *(sender.c[name].label(at) for name, at in SENDER.items()))
        .select_from(hit.outerjoin(messages, its_message).outerjoin(sender, true()))
        # The last message that was read may be a hit as well.
        .order_by(hit.c.id.desc() if falling else hit.c.id.asc(), hit.c.is_hit.desc())
    )


def senders_of(rows: Sequence[Row]) -> dict[UUID, PartialRow]:
    """Who sent the messages that `with_messages` gave, by their ids."""
    senders = {}
    for row in rows:
        if row[SENDER["name"]] is not None:
            columns = {name: row[at] for name, at in SENDER.items()}
            senders[row["sender_id"]] = PartialRow(columns, id=row["sender_id"])
    return senders


def arguments(
    context: Context, plan: Plan, part: Bounds, needed: int, deadline: float
) -> dict[str, Any]:
    """The parameters of `find` within a part of all times, but for `near` and `walked`.

    `deadline` is a reading of `time.perf_counter`.
    """
    seconds = max(0.0, deadline - time.perf_counter())
    return {
        "wanted": plan.wanted,
        "indexed": plan.indexed,
        "places": None if plan.places is None else list(plan.places),
        "senders": None if plan.senders is None else list(plan.senders),
        USER_ID.key: context.viewer.user_id,
        "low": part.low,
        "high": part.high,
        "since": part.since,
        "until": part.until,
        "needed": needed,
        "milliseconds": round(1_000 * min(seconds, MOST_SECONDS)),
    }
