"""A typed client of Parley: `connect` gives it, `resume` follows a conversation for good."""

from parley_client.events import Event, ScheduleEvent, resume, resume_schedules
from parley_client.generated import ParleyClient
from parley_client.generated.transport import TokenRefusedError
from parley_client.resuming import Backoff, endless

__all__ = [
    "Backoff",
    "Event",
    "ParleyClient",
    "ScheduleEvent",
    "TokenRefusedError",
    "connect",
    "endless",
    "resume",
    "resume_schedules",
]

connect = ParleyClient.connect
