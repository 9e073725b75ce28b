"""Who belongs to the tenant, and who is invited."""

import strawberry

from resolvers.identity import invitations as resolve_invitations
from resolvers.identity import members as resolve
from resolvers.paging import page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.conversations import User
from schema.fields import Info
from schema.identity import Invitation


@strawberry.type
class MemberQueries:
    @strawberry.field(description="The tenant's members, the first to join first.")
    async def members(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[User]:
        request = page_request(first, after, last, before)
        return connection(
            await resolve.list_members(info.context, request),
            resolve.BY_JOINING,
            User,
            lambda: resolve.count_members(info.context),
        )

    @strawberry.field(description="Invitations that nobody has accepted yet, the newest first.")
    async def invitations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Invitation]:
        request = page_request(first, after, last, before)
        return connection(
            await resolve_invitations.list_invitations(info.context, request),
            resolve_invitations.BY_CREATION,
            Invitation,
            lambda: resolve_invitations.count_invitations(info.context),
        )
