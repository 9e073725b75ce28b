"""Publishing public keys and revoking them."""

import strawberry

from resolvers import public_keys as resolve
from resolvers.public_keys import NewPublicKey
from schema.errors import MutationResult, changed
from schema.fields import Info
from schema.public_keys import PublicKey
from schema.scalars import Base64


@strawberry.input
class PublishPublicKeyInput:
    key_id: str = strawberry.field(
        description="Yours, at most 128 visible ASCII characters; never used for another key."
    )
    algorithm: str = strawberry.field(description="Such as X25519; readers must know it.")
    public_key: Base64 = strawberry.field(description="At most 4,096 bytes.")

    def parsed(self) -> NewPublicKey:
        """The key as resolvers take it."""
        return NewPublicKey(self.key_id, self.algorithm, self.public_key)


@strawberry.input
class RevokePublicKeyInput:
    key_id: str


@strawberry.type
class _PublicKeyResult(MutationResult):
    public_key: PublicKey | None = None


@strawberry.type
class PublishPublicKeyPayload(_PublicKeyResult):
    pass


@strawberry.type
class RevokePublicKeyPayload(_PublicKeyResult):
    pass


@strawberry.type
class PublicKeyMutations:
    @strawberry.mutation(description="Of the viewer; the same again changes nothing.")
    async def publish_public_key(
        self, info: Info, input: PublishPublicKeyInput
    ) -> PublishPublicKeyPayload:
        key, errors = await changed(
            PublicKey, lambda: resolve.publish_public_key(info.context, input.parsed())
        )
        return PublishPublicKeyPayload(public_key=key, user_errors=errors)

    @strawberry.mutation(description="It stays in the history, for old messages.")
    async def revoke_public_key(
        self, info: Info, input: RevokePublicKeyInput
    ) -> RevokePublicKeyPayload:
        key, errors = await changed(
            PublicKey, lambda: resolve.revoke_public_key(info.context, input.key_id)
        )
        return RevokePublicKeyPayload(public_key=key, user_errors=errors)
