"""Inviting members, changing their roles, and ending memberships."""

from uuid import UUID

import strawberry

from resolvers.identity import invitations as resolve_invitations
from resolvers.identity import members as resolve
from resolvers.identity.invitations import NewInvitation
from schema.conversations import User
from schema.enums import Role
from schema.errors import MutationResult, changed, outcome
from schema.fields import Info
from schema.identity import Invitation, Session
from schema.ids import IdType, decode_id, encode_id


@strawberry.input
class InviteMemberInput:
    handle: str = strawberry.field(description="The name that they will have in the tenant.")
    role: Role = strawberry.field(description="Not above your own.")


@strawberry.input
class RevokeInvitationInput:
    invitation_id: strawberry.ID

    def key(self) -> UUID:
        """The invitation's UUID. Raises BAD_ID."""
        return decode_id(IdType.INVITATION, self.invitation_id, "invitationId")


@strawberry.input
class AcceptInvitationInput:
    token: str
    name: str | None = strawberry.field(
        default=None, description="To be shown by; the handle stands in for it."
    )


@strawberry.input
class ChangeRoleInput:
    user_id: strawberry.ID
    role: Role = strawberry.field(description="Not above your own.")

    def key(self) -> UUID:
        """The user's UUID. Raises BAD_ID."""
        return decode_id(IdType.USER, self.user_id, "userId")


@strawberry.input
class RemoveMemberInput:
    user_id: strawberry.ID

    def key(self) -> UUID:
        """The user's UUID. Raises BAD_ID."""
        return decode_id(IdType.USER, self.user_id, "userId")


@strawberry.type
class InviteMemberPayload(MutationResult):
    invitation: Invitation | None = None
    token: str | None = strawberry.field(
        default=None, description="For the invited person. It is shown this once."
    )


@strawberry.type
class RevokeInvitationPayload(MutationResult):
    pass


@strawberry.type
class AcceptInvitationPayload(MutationResult):
    user_id: strawberry.ID | None = None
    session: Session | None = None


@strawberry.type
class _MemberResult(MutationResult):
    member: User | None = None


@strawberry.type
class ChangeRolePayload(_MemberResult):
    pass


@strawberry.type
class RemoveMemberPayload(_MemberResult):
    pass


@strawberry.type
class MemberMutations:
    @strawberry.mutation(description="A place in the tenant for whoever brings the token.")
    async def invite_member(self, info: Info, input: InviteMemberInput) -> InviteMemberPayload:
        new = NewInvitation(input.handle, input.role)
        made, errors = await outcome(lambda: resolve_invitations.invite_member(info.context, new))
        if made is None:
            return InviteMemberPayload(user_errors=errors)
        row, token = made
        return InviteMemberPayload(invitation=Invitation(row=row), token=token, user_errors=[])

    @strawberry.mutation(description="Its token is worth nothing from now on.")
    async def revoke_invitation(
        self, info: Info, input: RevokeInvitationInput
    ) -> RevokeInvitationPayload:
        _, errors = await outcome(
            lambda: resolve_invitations.revoke_invitation(info.context, input.key())
        )
        return RevokeInvitationPayload(user_errors=errors)

    @strawberry.mutation(description="Become a member, and sign in. Needs no sign-in before.")
    async def accept_invitation(
        self, info: Info, input: AcceptInvitationInput
    ) -> AcceptInvitationPayload:
        accepted, errors = await outcome(
            lambda: resolve_invitations.accept_invitation(info.context, input.token, input.name)
        )
        if accepted is None:
            return AcceptInvitationPayload(user_errors=errors)
        user_id, tokens = accepted
        return AcceptInvitationPayload(
            user_id=encode_id(IdType.USER, user_id), session=Session.of(tokens), user_errors=[]
        )

    @strawberry.mutation(description="It counts at once; the member's sockets are closed.")
    async def change_role(self, info: Info, input: ChangeRoleInput) -> ChangeRolePayload:
        member, errors = await changed(
            User, lambda: resolve.change_role(info.context, input.key(), input.role)
        )
        return ChangeRolePayload(member=member, user_errors=errors)

    @strawberry.mutation(description="What the member wrote stays; what they hold is refused.")
    async def remove_member(self, info: Info, input: RemoveMemberInput) -> RemoveMemberPayload:
        member, errors = await changed(
            User, lambda: resolve.remove_member(info.context, input.key())
        )
        return RemoveMemberPayload(member=member, user_errors=errors)
