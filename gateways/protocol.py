"""What the dispatcher asks of every outlet for messages, and what an outlet answers."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from gateways.contents import NOTHING_BESIDE, Contents


class Action(StrEnum):
    """What to do about a failure.

    RETRY: the message was not sent and may be tried again. SLOW_DOWN: the same, but the outlet
    asks for patience. FAIL: it was not sent and never will be. HOLD: it was not sent, and nothing
    will be until somebody mends the device's account. UNKNOWN: it may have been sent; look for it
    before anything is sent again.
    """

    RETRY = "RETRY"
    SLOW_DOWN = "SLOW_DOWN"
    FAIL = "FAIL"
    HOLD = "HOLD"
    UNKNOWN = "UNKNOWN"


class GatewayError(Exception):
    """A message did not go out, or nobody can tell whether it did.

    `code` is kept with the delivery and shown to users: a stable name in capitals.
    `retry_after` is the time the outlet asks to be left alone; `of_recipient` says that it is this
    recipient that cannot be written to now, and that the outlet is well.
    """

    def __init__(
        self,
        code: str,
        action: Action,
        retry_after: timedelta | None = None,
        *,
        of_recipient: bool = False,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.action = action
        self.retry_after = retry_after
        self.of_recipient = of_recipient


class Outgoing(NamedTuple):
    """One attempt to send one delivery. `sender_id` is the user who made the schedule.

    `delivery_id` stays the same over all attempts: an outlet that can be given a key of the
    sender's is given this one. `attempt` counts from 1; the last one began at `attempted_at`.

    `recipient` is an address that the outlet of the device knows, or the id of the conversation.
    Without a device the message goes into the conversation. `device_revision` is the device's
    when the delivery was claimed. `body` is the text; `contents` what goes beside it.

    A tuple, because there are thousands a second: it is made in a fifth of the time that a frozen
    dataclass takes.
    """

    tenant_id: UUID
    delivery_id: UUID
    schedule_id: UUID
    conversation_id: UUID | None
    sender_id: UUID
    recipient: str
    body: str
    attempt: int
    attempted_at: datetime | None = None
    device_id: UUID | None = None
    device_revision: int = 0
    contact_id: UUID | None = None
    contents: Contents = NOTHING_BESIDE


class Sent(NamedTuple):
    """The outlet took the message. `external_id` is its own name for it, where it has one."""

    external_id: str | None = None


class Gateway(Protocol):
    """An outlet for messages. Both methods are called with no transaction open.

    A caller bounds the time that they take by cancelling them. Exceptions other than GatewayError
    are taken as UNKNOWN.
    """

    async def send(self, outgoing: Outgoing) -> Sent:
        """Send the message. Raises GatewayError."""
        ...

    async def find(self, outgoing: Outgoing) -> Sent | None:
        """The message if an earlier attempt sent it; None when it certainly was not sent.

        Raises GatewayError when the outlet cannot tell, or not yet.
        """
        ...


class Outlet(Gateway, Protocol):
    """A gateway of one device."""

    async def check(self) -> None:
        """Ask the outlet whether it would take messages. Raises GatewayError when it would not."""
        ...

    async def close(self) -> None:
        """Give its connections back."""
        ...
