"""Public keys as clients see them."""

from datetime import datetime

import strawberry

from models.database import Row
from resolvers.encryption import identifier
from resolvers.loaders.public_keys import PublicKeyFilter
from schema.fields import Info, RowType, column
from schema.scalars import Base64


@strawberry.type(
    description="A key that a user published. The server vouches for none: compare fingerprints."
)
class PublicKey(RowType):
    row: strawberry.Private[Row]

    key_id: str = column("The user's name for it, unique among the user's keys.")
    algorithm: str = column("As its user names it.")
    public_key: Base64 = column()
    created_at: datetime = column()
    revoked_at: datetime | None = column("From then on nobody should encrypt to it.")


@strawberry.input(description="Which keys; each given condition holds.")
class PublicKeyFilterInput:
    key_id: str | None = None
    revoked: bool | None = strawberry.field(
        default=None, description="False: only those to encrypt to."
    )

    def parsed(self, info: Info) -> PublicKeyFilter:
        """The filter as resolvers take it. Raises BAD_INPUT, BLANK or TOO_LONG."""
        if self.key_id is not None:
            identifier(self.key_id, info.context.services.limits.key, "keyId")
        return PublicKeyFilter(self.key_id, self.revoked)
