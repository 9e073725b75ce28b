"""Signing in with Ethereum (EIP-4361), and the wallets that may."""

from datetime import datetime

import strawberry

from resolvers.identity import wallets as resolve
from schema.errors import MutationResult, outcome
from schema.fields import Info
from schema.identity import Session, Wallet
from schema.ids import IdType, encode_id


@strawberry.input
class WalletChallengeInput:
    tenant: str = strawberry.field(description="The tenant's slug.")
    address: str = strawberry.field(description="0x and 40 digits.")
    chain_id: int = strawberry.field(default=1, description="As in EIP-155; 1 is Ethereum.")


@strawberry.input
class WalletProofInput:
    message: str = strawberry.field(description="The challenge's message, as it was signed.")
    signature: str = strawberry.field(
        description="By personal_sign (EIP-191): 0x and 130 hexadecimal digits."
    )


@strawberry.input
class UnlinkWalletInput:
    address: str


@strawberry.type
class WalletChallengePayload(MutationResult):
    message: str | None = strawberry.field(default=None, description="To be signed as it is.")
    expires_at: datetime | None = None


@strawberry.type
class WalletSignInPayload(MutationResult):
    user_id: strawberry.ID | None = None
    session: Session | None = None


@strawberry.type
class _WalletsResult(MutationResult):
    wallets: list[Wallet] | None = strawberry.field(
        default=None, description="The viewer's, after the change."
    )


@strawberry.type
class LinkWalletPayload(_WalletsResult):
    pass


@strawberry.type
class UnlinkWalletPayload(_WalletsResult):
    pass


@strawberry.type
class WalletMutations:
    @strawberry.mutation(description="A message to sign within five minutes, good once.")
    async def wallet_challenge(
        self, info: Info, input: WalletChallengeInput
    ) -> WalletChallengePayload:
        made, errors = await outcome(
            lambda: resolve.make_challenge(
                info.context, input.tenant, input.address, input.chain_id
            )
        )
        if made is None:
            return WalletChallengePayload(user_errors=errors)
        return WalletChallengePayload(
            message=made.message, expires_at=made.expires_at, user_errors=[]
        )

    @strawberry.mutation(description="Sign in with a signed challenge.")
    async def wallet_sign_in(self, info: Info, input: WalletProofInput) -> WalletSignInPayload:
        signed, errors = await outcome(
            lambda: resolve.sign_in(info.context, input.message, input.signature)
        )
        if signed is None:
            return WalletSignInPayload(user_errors=errors)
        user_id, tokens = signed
        return WalletSignInPayload(
            user_id=encode_id(IdType.USER, user_id), session=Session.of(tokens), user_errors=[]
        )

    @strawberry.mutation(description="Let a wallet sign the viewer in from now on.")
    async def link_wallet(self, info: Info, input: WalletProofInput) -> LinkWalletPayload:
        rows, errors = await outcome(
            lambda: resolve.link_wallet(info.context, input.message, input.signature)
        )
        wallets = None if rows is None else [Wallet(row=row) for row in rows]
        return LinkWalletPayload(wallets=wallets, user_errors=errors)

    @strawberry.mutation(description="The wallet signs the viewer in no more.")
    async def unlink_wallet(self, info: Info, input: UnlinkWalletInput) -> UnlinkWalletPayload:
        rows, errors = await outcome(lambda: resolve.unlink_wallet(info.context, input.address))
        wallets = None if rows is None else [Wallet(row=row) for row in rows]
        return UnlinkWalletPayload(wallets=wallets, user_errors=errors)
