"""Deliveries: one message to one recipient each."""

from datetime import datetime

import strawberry

from resolvers.loaders.deliveries import DeliveryFilter
from schema.contacts import Contact
from schema.enums import DeliveryStatus, Priority
from schema.fields import Node, column, loaded
from schema.ids import IdType, decode_optional_id, encode_id


@strawberry.type(description="How many deliveries of a schedule have a status.")
class DeliveryCount:
    status: DeliveryStatus
    count: int


@strawberry.type(description="One message to one recipient, for one occurrence of a schedule.")
class Delivery(Node):
    id_type = IdType.DELIVERY

    status: DeliveryStatus = column()
    recipient: str = column("The address that it goes to, or the conversation's id.")
    body: str = column("The text, its variables filled in.")
    occurrence_at: datetime = column("When the schedule was due.")
    due_at: datetime = column("When it is to be sent: later in quiet hours, or to try again.")
    expires_at: datetime | None = column("What is still queued then is not sent any more.")
    attempted_at: datetime | None = column("When it was last begun to be sent.")
    attempts: int = strawberry.field(resolver=lambda root: root.row.attempt)
    error_code: str | None = column("Why it failed, waits or was withheld.")
    external_id: str | None = column("The outlet's own name for the message.")
    created_at: datetime = column()
    updated_at: datetime = column()

    contact: Contact | None = loaded(
        "contact_id",
        lambda loaders: loaders.contact,
        lambda row: Contact(row=row),
        "Whose address it is, where it is a contact's.",
    )

    @strawberry.field
    def device_id(self) -> strawberry.ID | None:
        key = self.row.device_id
        return encode_id(IdType.DEVICE, key) if key else None

    @strawberry.field
    def priority(self) -> Priority:
        return Priority(self.row.priority)

    @strawberry.field
    def schedule_id(self) -> strawberry.ID:
        return encode_id(IdType.SCHEDULE, self.row.schedule_id)


@strawberry.input(description="Which deliveries; each given condition holds.")
class DeliveryFilterInput:
    statuses: list[DeliveryStatus] | None = None
    error_code: str | None = None
    occurrence_at: datetime | None = strawberry.field(
        default=None, description="Those of one occurrence of the schedule."
    )
    device_id: strawberry.ID | None = None
    since: datetime | None = strawberry.field(
        default=None, description="Those whose status changed then or later."
    )
    until: datetime | None = strawberry.field(
        default=None, description="Those whose status changed before then."
    )

    def parsed(self) -> DeliveryFilter:
        """The filter as resolvers take it. Raises BAD_ID."""
        return DeliveryFilter(
            statuses=None if self.statuses is None else tuple(dict.fromkeys(self.statuses)),
            error_code=self.error_code,
            occurrence_at=self.occurrence_at,
            device_id=decode_optional_id(IdType.DEVICE, self.device_id, "deviceId"),
            since=self.since,
            until=self.until,
        )
