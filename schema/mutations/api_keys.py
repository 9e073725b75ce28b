"""Making and revoking API keys."""

from datetime import datetime
from uuid import UUID

import strawberry

from resolvers.identity import api_keys as resolve
from resolvers.identity.api_keys import NewApiKey
from schema.enums import Role
from schema.errors import MutationResult, changed, outcome
from schema.fields import Info
from schema.identity import ApiKey
from schema.ids import IdType, decode_id


@strawberry.input
class CreateApiKeyInput:
    name: str = strawberry.field(description="To tell it from others; at most 200 characters.")
    role: Role = strawberry.field(description="The most that it may do; not above your own.")
    read_only: bool = strawberry.field(
        default=False, description="Refuse every mutation to it, whatever its role."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Without it, the key is good until it is revoked."
    )

    def parsed(self) -> NewApiKey:
        """The input as resolvers take it."""
        return NewApiKey(self.name, self.role, self.read_only, self.expires_at)


@strawberry.input
class RevokeApiKeyInput:
    api_key_id: strawberry.ID

    def key(self) -> UUID:
        """The key's UUID. Raises BAD_ID."""
        return decode_id(IdType.API_KEY, self.api_key_id, "apiKeyId")


@strawberry.type
class CreateApiKeyPayload(MutationResult):
    api_key: ApiKey | None = None
    secret: str | None = strawberry.field(
        default=None, description="For the Authorization header. It is shown this once."
    )


@strawberry.type
class RevokeApiKeyPayload(MutationResult):
    api_key: ApiKey | None = None


@strawberry.type
class ApiKeyMutations:
    @strawberry.mutation(description="A key for a program that acts as the viewer.")
    async def create_api_key(self, info: Info, input: CreateApiKeyInput) -> CreateApiKeyPayload:
        made, errors = await outcome(lambda: resolve.create_api_key(info.context, input.parsed()))
        if made is None:
            return CreateApiKeyPayload(user_errors=errors)
        row, secret = made
        return CreateApiKeyPayload(api_key=ApiKey(row=row), secret=secret, user_errors=[])

    @strawberry.mutation(description="It is refused from now on, and its sockets are closed.")
    async def revoke_api_key(self, info: Info, input: RevokeApiKeyInput) -> RevokeApiKeyPayload:
        key, errors = await changed(
            ApiKey, lambda: resolve.revoke_api_key(info.context, input.key())
        )
        return RevokeApiKeyPayload(api_key=key, user_errors=errors)
