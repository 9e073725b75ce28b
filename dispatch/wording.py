"""What the deliveries of an occurrence say and carry, recipient by recipient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from dispatch.queueing import NewDelivery
from dispatch.quiet_hours import after_quiet_hours
from models.schedules import DeliveryStatus


class Withheld(StrEnum):
    """Why a recipient is sent nothing, as `errorCode` of a delivery that was never queued."""

    NO_ADDRESS = "NO_ADDRESS"
    OPTED_OUT = "OPTED_OUT"
    ARCHIVED = "ARCHIVED"


@dataclass(frozen=True, slots=True)
class Draft:
    """What all deliveries of one occurrence have in common."""

    schedule: Row[Any]
    occurrence_at: datetime

    def into_conversation(self) -> NewDelivery:
        """The delivery into the schedule's conversation."""
        return self._delivery(str(self.schedule.conversation_id))

    def to(self, recipients: Sequence[Row[Any]]) -> Iterator[NewDelivery]:
        """The deliveries to recipients of `dispatch.recipients`, those withheld among them."""
        for recipient in recipients:
            withheld = _withheld(recipient)
            yield self._delivery(
                recipient.address or str(recipient.contact_id),
                contact_id=recipient.contact_id,
                due_at=self._due_at(recipient),
                status=DeliveryStatus.CANCELLED if withheld else DeliveryStatus.QUEUED,
                error_code=withheld,
            )

    def _delivery(self, recipient: str, **own: Any) -> NewDelivery:
        schedule = self.schedule
        grace = schedule.grace_seconds
        common = {
            "contact_id": None,
            "due_at": self.occurrence_at,
            "status": DeliveryStatus.QUEUED,
            "body": schedule.body,
            "content": schedule.content,
        }
        return NewDelivery(
            schedule_id=schedule.id,
            conversation_id=schedule.conversation_id,
            device_id=schedule.device_id,
            occurrence_at=self.occurrence_at,
            recipient=recipient,
            priority=schedule.priority,
            expires_at=self.occurrence_at + timedelta(seconds=grace) if grace else None,
            **(common | own),
        )

    def _due_at(self, recipient: Row[Any]) -> datetime:
        if recipient.quiet_from is None or not self.schedule.respects_quiet_hours:
            return self.occurrence_at
        zone = ZoneInfo(recipient.time_zone or self.schedule.time_zone)
        return after_quiet_hours(
            self.occurrence_at, zone, recipient.quiet_from, recipient.quiet_until
        )


def _withheld(recipient: Row[Any]) -> Withheld | None:
    if recipient.opted_out_at is not None:
        return Withheld.OPTED_OUT
    if recipient.archived_at is not None:
        return Withheld.ARCHIVED
    return Withheld.NO_ADDRESS if recipient.address is None else None
