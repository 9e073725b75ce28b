"""Who may work next, and with how many deliveries at once: fairness between tenants."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

Item = TypeVar("Item")


def in_turn(items: Sequence[Item], last: UUID | None, tenant: Callable[[Item], UUID]) -> list[Item]:
    """The items by tenant, round robin: those after tenant `last` first, then from the start."""
    ordered = sorted(items, key=tenant)
    if last is None:
        return ordered
    return sorted(ordered, key=lambda item: tenant(item) <= last)


class Slots:
    """The deliveries a worker may have in its hands at once, counted by tenant.

    `freed` is set when slots come free after someone wanted more than there were.
    """

    def __init__(self, capacity: int, freed: asyncio.Event) -> None:
        self.capacity = capacity
        self.held: Counter[UUID] = Counter()
        self._freed = freed
        self._wanted = False
        self._idle = asyncio.Event()
        self._idle.set()

    def reserve(self, tenant_id: UUID, wanted: int, share: int) -> int:
        """Take up to `wanted` slots, so that the tenant holds `share` at most; how many it got."""
        free = min(self.capacity - self.held.total(), share - self.held[tenant_id])
        granted = max(0, min(wanted, free))
        if granted:
            self.held[tenant_id] += granted
            self._idle.clear()
        return granted

    def want(self) -> None:
        """Have `freed` set at the next release: there was work for more slots."""
        self._wanted = True

    def release(self, tenant_id: UUID, count: int) -> None:
        """Give slots back."""
        if not count:
            return
        self.held[tenant_id] -= count
        if not self.held[tenant_id]:
            del self.held[tenant_id]
        if not self.held:
            self._idle.set()
        if self._wanted:
            self._wanted = False
            self._freed.set()

    async def settled(self) -> None:
        """Wait until no slot is held."""
        await self._idle.wait()
