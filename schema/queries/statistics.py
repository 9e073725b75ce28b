"""What was counted of the tenant."""

import strawberry

from resolvers.statistics.reading import tenant_statistics_of
from schema.fields import Info
from schema.statistics import TenantStatistics


@strawberry.type
class StatisticsQueries:
    @strawberry.field(description="Null until it was counted for the first time.")
    async def tenant_statistics(self, info: Info) -> TenantStatistics | None:
        row = await tenant_statistics_of(info.context)
        return TenantStatistics(row=row) if row else None
