"""The enums that clients see: those of the tables, and of lists."""

import strawberry

from models.conversations import ConversationKind, Visibility
from models.deliveries import DeliveryStatus
from models.devices import DeviceKind, DeviceState
from models.events import EventKind
from models.identity import AuditAction
from models.imports import ImportStatus
from models.messages import MessageKind
from models.schedules import (
    AsideCode,
    Audience,
    GapRule,
    MissedRule,
    OverlapRule,
    Priority,
    ScheduleStatus,
)
from models.tenants import Role
from realtime.presence_room import PresenceKind
from resolvers.conversation_lists import Archived, ConversationOrder
from resolvers.search import SearchOrder

strawberry.enum(ConversationKind, description="How many people a conversation is meant for.")
strawberry.enum(Visibility, description="Who may see a conversation.")
strawberry.enum(MessageKind, description="What a message is; NOTICE is a line of the system.")
strawberry.enum(ScheduleStatus, description="A schedule's life.")
strawberry.enum(
    AsideCode,
    name="ScheduleProblemCode",
    description="Why a schedule could not be fired. UNKNOWN_TIME_ZONE: its zone is not in the"
    " server's data. BAD_RECURRENCE: its rule cannot be read any more. REFUSED: the database"
    " refused what came of it. FAULT: anything else.",
)
strawberry.enum(DeliveryStatus, description="A delivery's life.")
strawberry.enum(
    Audience,
    description="Whom a schedule writes to. GROUP: whoever is in the group when it fires.",
)
strawberry.enum(Priority, description="What goes first when more waits than may be sent.")
strawberry.enum(
    GapRule,
    description="When a local time is meant that the clocks skip. NEXT_VALID: the first one that"
    " they show after it. SKIP: not at all. OFFSET_BEFORE: as if they had not been put forward.",
)
strawberry.enum(OverlapRule, description="When a local time is meant that the clocks show twice.")
strawberry.enum(
    MissedRule,
    description="What becomes of occurrences that nothing could send in time. SEND_LATE: each is"
    " sent within its grace. ONCE: the newest of them alone. SKIP: none.",
)
strawberry.enum(DeviceKind, description="The outlet behind a device.")
strawberry.enum(DeviceState, description="Whether messages go out; but for CONNECTED, they wait.")
strawberry.enum(ImportStatus, description="An import's life.")
strawberry.enum(Role, description="What a user may do; each role includes the ones after it.")
strawberry.enum(EventKind, description="What happened.")
strawberry.enum(PresenceKind, description="What became of a user in a conversation.")
strawberry.enum(AuditAction, description="What is kept in the audit trail.")
strawberry.enum(Archived, description="What becomes of the conversations that one archived.")
strawberry.enum(
    ConversationOrder,
    description="ACTIVITY: the most recently active first. PINNED_FIRST: those that the viewer"
    " pinned, the latest first, and then the others by their activity.",
)
strawberry.enum(SearchOrder, description="RELEVANCE: the best of the newest 1,000 matches first.")

__all__ = [
    "Archived",
    "AsideCode",
    "Audience",
    "AuditAction",
    "ConversationKind",
    "ConversationOrder",
    "DeliveryStatus",
    "DeviceKind",
    "DeviceState",
    "EventKind",
    "GapRule",
    "ImportStatus",
    "MessageKind",
    "MissedRule",
    "OverlapRule",
    "PresenceKind",
    "Priority",
    "Role",
    "ScheduleStatus",
    "SearchOrder",
    "Visibility",
]
