"""What was done about sign-in, rights and members."""

import strawberry

from resolvers.identity import audit as resolve
from resolvers.paging import page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.enums import AuditAction
from schema.fields import Info
from schema.identity import AuditEntry


@strawberry.type
class AuditQueries:
    @strawberry.field(description="The newest first; only these actions, if any are given.")
    async def audit_trail(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        actions: list[AuditAction] | None = None,
    ) -> Connection[AuditEntry]:
        request = page_request(first, after, last, before)
        return connection(
            await resolve.list_audit(info.context, request, actions),
            resolve.BY_TIME,
            AuditEntry,
            lambda: resolve.count_audit(info.context, actions),
        )
