"""Watching the queue of deliveries."""

import strawberry

from resolvers import queue as resolve
from schema.fields import Info
from schema.queue import QueueStatistics, queue_statistics


@strawberry.type
class QueueQueries:
    @strawberry.field(description="How the tenant's deliveries stand, for administrators.")
    async def queue_statistics(self, info: Info) -> QueueStatistics:
        return queue_statistics(await resolve.queue_statistics(info.context))
