"""Prolonging and ending sessions."""

import strawberry

from resolvers.identity import sessions as resolve
from schema.errors import MutationResult, outcome
from schema.fields import Info
from schema.identity import Session


@strawberry.input
class RefreshSessionInput:
    refresh_token: str


@strawberry.input
class SignOutInput:
    everywhere: bool = strawberry.field(
        default=False, description="End all sessions of the viewer, not only the token's."
    )


@strawberry.type
class RefreshSessionPayload(MutationResult):
    session: Session | None = None


@strawberry.type
class SignOutPayload(MutationResult):
    pass


@strawberry.type
class SessionMutations:
    @strawberry.mutation(description="New tokens for a refresh token, which is good once.")
    async def refresh_session(
        self, info: Info, input: RefreshSessionInput
    ) -> RefreshSessionPayload:
        tokens, errors = await outcome(
            lambda: resolve.refresh_session(info.context, input.refresh_token)
        )
        session = Session.of(tokens) if tokens else None
        return RefreshSessionPayload(session=session, user_errors=errors)

    @strawberry.mutation(description="The session's tokens are worth nothing from now on.")
    async def sign_out(self, info: Info, input: SignOutInput) -> SignOutPayload:
        _, errors = await outcome(
            lambda: resolve.sign_out(info.context, everywhere=input.everywhere)
        )
        return SignOutPayload(user_errors=errors)
