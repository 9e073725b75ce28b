"""A typed client of Parley: `connect` gives it, `resume` follows a conversation for good."""

from parley_client.generated import ParleyClient
from parley_client.resuming import Backoff, Event, resume

__all__ = ["Backoff", "Event", "ParleyClient", "connect", "resume"]

connect = ParleyClient.connect
