"""The statement that changes what belongs to a conversation, and keeps the event of the change.

The conversation's row must be locked, so that the event's `seq` is the next one. A change that
finds no row to change has not happened: then there is no event, and nothing is counted.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Select, UpdateBase, select, text

from realtime.events import LiveEvent

RowChange: TypeAlias = UpdateBase
"""An INSERT, UPDATE or DELETE that returns the one row that it changes."""

_EVENT = """
    INSERT INTO events (tenant_id, stream_id, seq, stream, kind, payload, created_at)
    SELECT CAST(:event_tenant_id AS uuid), CAST(:event_stream_id AS uuid),
        CAST(:event_seq AS bigint), 'CONVERSATION', CAST(:event_kind AS text),
        CAST(:event_payload AS jsonb), CAST(:event_created_at AS timestamptz)
    FROM changed"""
_COUNTED = """
    UPDATE conversations SET last_seq = CAST(:event_seq AS bigint)
    FROM changed WHERE conversations.id = CAST(:event_stream_id AS uuid)"""


def with_event(build: Callable[[], RowChange]) -> Select[*tuple[Any, ...]]:
    """The change that `build` makes, with its event; it gives the row that was changed."""
    changed = build().cte("changed")
    event, counted = text(_EVENT).columns().cte("event"), text(_COUNTED).columns().cte("counted")
    return select(changed).add_cte(changed, event, counted)


def values_of(event: LiveEvent) -> dict[str, Any]:
    """The parameters of the statement that are the event's."""
    return {
        "event_tenant_id": event.tenant_id,
        "event_stream_id": event.stream_id,
        "event_seq": event.seq,
        "event_kind": event.kind,
        "event_payload": orjson.dumps(event.payload).decode(),
        "event_created_at": event.created_at,
    }
