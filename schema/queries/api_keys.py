"""The viewer's credentials: API keys and wallets."""

import strawberry

from resolvers.identity import api_keys as resolve
from resolvers.identity import wallets as resolve_wallets
from resolvers.paging import page_request
from schema.connections import After, Before, Connection, First, Last, connection
from schema.fields import Info
from schema.identity import ApiKey, Wallet


@strawberry.type
class ApiKeyQueries:
    @strawberry.field(description="One's own, for administrators the tenant's; the newest first.")
    async def api_keys(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ApiKey]:
        request = page_request(first, after, last, before)
        return connection(
            await resolve.list_api_keys(info.context, request),
            resolve.BY_CREATION,
            ApiKey,
            lambda: resolve.count_api_keys(info.context),
        )

    @strawberry.field(description="The wallets that sign the viewer in; at most ten.")
    async def wallets(self, info: Info) -> list[Wallet]:
        return [Wallet(row=row) for row in await resolve_wallets.list_wallets(info.context)]
