"""The enums that clients see: those of the tables."""

import strawberry

from models.conversations import ConversationKind, Visibility
from models.events import EventKind
from models.identity import AuditAction
from models.imports import ImportStatus
from models.messages import MessageKind
from models.schedules import DeliveryStatus, ScheduleStatus
from models.tenants import Role
from realtime.presence_room import PresenceKind

strawberry.enum(ConversationKind, description="How many people a conversation is meant for.")
strawberry.enum(Visibility, description="Who may see a conversation.")
strawberry.enum(MessageKind, description="What a message is; NOTICE is a line of the system.")
strawberry.enum(ScheduleStatus, description="A schedule's life.")
strawberry.enum(DeliveryStatus, description="A delivery's life.")
strawberry.enum(ImportStatus, description="An import's life.")
strawberry.enum(Role, description="What a user may do; each role includes the ones after it.")
strawberry.enum(EventKind, description="What happened.")
strawberry.enum(PresenceKind, description="What became of a user in a conversation.")
strawberry.enum(AuditAction, description="What is kept in the audit trail.")

__all__ = [
    "AuditAction",
    "ConversationKind",
    "DeliveryStatus",
    "EventKind",
    "ImportStatus",
    "MessageKind",
    "PresenceKind",
    "Role",
    "ScheduleStatus",
    "Visibility",
]
