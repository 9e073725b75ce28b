"""The subscriptions that go on for good, typed by their documents."""

from collections.abc import AsyncIterator

from parley_client.generated import (
    ConversationEventsConversationEventsConversationEvent as OtherEvent,
)
from parley_client.generated import (
    ConversationEventsConversationEventsMessageAddedEvent as MessageAdded,
)
from parley_client.generated import (
    ConversationEventsConversationEventsMessageDeletedEvent as MessageDeleted,
)
from parley_client.generated import (
    ConversationEventsConversationEventsMessageEditedEvent as MessageEdited,
)
from parley_client.generated import ParleyClient
from parley_client.generated import ScheduleEventsScheduleEvents as ScheduleEvent
from parley_client.resuming import Backoff, Refetch, endless

Event = MessageAdded | MessageEdited | MessageDeleted | OtherEvent


def resume(
    client: ParleyClient,
    conversation_id: str,
    after: str | None = None,
    *,
    backoff: Backoff | None = None,
) -> AsyncIterator[Event]:
    """The events of a conversation after a cursor, or from now on, for good.

    Keep `event.cursor` when you have dealt with an event: after a restart of yours it is where you
    go on. A `ResetEvent` says that what came after the cursor is not kept: refetch the
    conversation; the events after it come by themselves. Raises as `endless` does.
    """
    return endless(
        lambda place: client.conversation_events(conversation_id, place),
        lambda result: result.conversation_events,
        after,
        backoff=backoff,
    )


def resume_schedules(
    client: ParleyClient,
    schedule_id: str | None = None,
    after: str | None = None,
    *,
    refetch: Refetch | None = None,
    backoff: Backoff | None = None,
) -> AsyncIterator[ScheduleEvent]:
    """The changes of one schedule, or of all, after a cursor or from now on, for good.

    They have no ResetEvent: `refetch` fetches the schedule anew and gives its `eventsCursor`; of
    all schedules it gives the viewer's `inboxCursor`. Raises as `endless` does.
    """
    return endless(
        lambda place: client.schedule_events(schedule_id, place),
        lambda result: result.schedule_events,
        after,
        refetch=refetch,
        backoff=backoff,
    )
