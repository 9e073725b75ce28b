"""What has come to users, and what they have read."""

from datetime import datetime

import strawberry

from models.database import Row
from schema.fields import SAME_FOR_ALL, Info
from schema.people import User


@strawberry.type(
    description="How far a conversation has come to a user, and how far they have read: messages"
    " whose `seq` is not greater are delivered, or read."
)
class Receipt:
    row: strawberry.Private[Row]

    @strawberry.field(metadata=SAME_FOR_ALL)
    async def user(self, info: Info) -> User | None:
        row = await info.context.loaders.user.load(self.row.user_id)
        return User(row=row) if row else None

    @strawberry.field
    def delivered_seq(self) -> int:
        return int(self.row.delivered_seq)

    @strawberry.field
    def read_seq(self) -> int:
        return int(self.row.read_seq)

    @strawberry.field(description="When either moved last.")
    def changed_at(self) -> datetime:
        changed: datetime = self.row.changed_at
        return changed
