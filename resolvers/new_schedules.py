"""New schedules whose recipients need no rows of their own: checked, kept and told of at once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ClauseElement, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from models.database import Row
from models.events import EventKind, Stream
from models.schedules import Audience
from models.statements import prepared
from models.tables import conversations, devices, events, recipient_groups, schedules
from models.waking import WAKES_LATER
from realtime.events import LiveEvent
from realtime.unit_of_work import change_at_once
from resolvers.context import Context
from resolvers.loaders.schedules import COLUMNS
from resolvers.scope import TENANT_ID, USER_ID, visible_conversations

s, e = schedules.c, events.c
_KEY = (s.tenant_id, s.idempotency_key)
_GIVEN = (
    *(s.tenant_id, s.id, s.created_at, s.created_by_id, s.status, s.idempotency_key, s.last_seq),
    *(s.audience, s.conversation_id, s.recipient_group_id, s.device_id, s.priority),
    *(s.body, s.template_id, s.variables, s.content),
    *(s.send_at, s.time_zone, s.wall_start, s.recurrence, s.excluded),
    *(s.gap_rule, s.overlap_rule, s.missed_rule, s.grace_seconds, s.respects_quiet_hours),
    *(s.next_at, s.next_wall, s.next_number),
)
_TOLD = (e.tenant_id, e.stream_id, e.seq, e.stream, e.kind, e.payload, e.created_at)


async def insert_at_once(context: Context, values: Mapping[str, Any]) -> Row | None:
    """Insert a schedule into a conversation or to a group, and its event, by one statement.

    None where the viewer may not see to whom it goes, the device is not in use, or its key has
    made a schedule before.
    """
    viewer, services = context.viewer, context.services
    statement = prepared(_making, values["audience"], values["device_id"] is not None)
    own = {TENANT_ID.key: viewer.tenant_id, USER_ID.key: viewer.user_id}
    created = LiveEvent(
        viewer.tenant_id,
        values["id"],
        values["last_seq"],
        Stream.SCHEDULE,
        EventKind.SCHEDULE_CREATED,
        {},
        values["created_at"],
    )
    made = await change_at_once(
        services.database.connection(viewer.tenant_id),
        services.bell,
        statement,
        {**values, **own},
        event_of=lambda _: created,
    )
    if made is not None:
        services.database.wake_workers()
    return made


def _making(audience: Audience, through_device: bool) -> ClauseElement:
    """The statement, with a parameter for each of the columns that are given."""
    given = select(*(_given(column) for column in _GIVEN)).where(_reached(audience).exists())
    if through_device:
        used = select(devices.c.id).where(
            devices.c.id == _given(s.device_id),
            devices.c.tenant_id == TENANT_ID,
            devices.c.archived_at.is_(None),
        )
        given = given.where(used.exists())
    made = (
        insert(schedules)
        .from_select([column.name for column in _GIVEN], given, include_defaults=False)
        .on_conflict_do_nothing(index_elements=_KEY)
        .returning(*COLUMNS, s.tenant_id)
        .cte("made")
    )
    event = select(
        made.c.tenant_id,
        made.c.id,
        made.c.last_seq,
        literal(Stream.SCHEDULE, e.stream.type),
        literal(EventKind.SCHEDULE_CREATED, e.kind.type),
        literal({}, e.payload.type),
        made.c.created_at,
    )
    told = insert(events).from_select([c.name for c in _TOLD], event, include_defaults=False)
    # The trigger that wakes the workers runs after this.
    silent = func.set_config(WAKES_LATER, "yes", True).label("wakes_later")
    return select(made, silent).add_cte(told.cte("told"))


def _given(column: Any) -> Any:
    return bindparam(column.name, type_=column.type)


def _reached(audience: Audience) -> Any:
    """The conversation or the group, if the viewer may write to it."""
    if audience is Audience.CONVERSATION:
        return select(conversations.c.id).where(
            conversations.c.id == _given(s.conversation_id),
            visible_conversations(TENANT_ID, USER_ID),
        )
    g = recipient_groups.c
    return select(g.id).where(g.id == _given(s.recipient_group_id), g.tenant_id == TENANT_ID)
