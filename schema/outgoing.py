"""What became of a message that went out to somebody through a device."""

from datetime import datetime

import strawberry

from models.database import Row
from schema.enums import DeliveryStatus
from schema.fields import RowType, column
from schema.ids import IdType, encode_id


@strawberry.type(description="How a message went out through a device, as its outlet tells.")
class MessageDelivery(RowType):
    row: strawberry.Private[Row]

    status: DeliveryStatus = column()
    error_code: str | None = column("Why it failed.")
    updated_at: datetime = column("When the status was last heard of.")

    @strawberry.field
    def delivery_id(self) -> strawberry.ID:
        return encode_id(IdType.DELIVERY, self.row.id)
