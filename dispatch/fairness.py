"""Who may work next, and with how many deliveries at once: fairness between tenants."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from uuid import UUID


def in_turn(tenants: Iterable[UUID], last: UUID | None) -> list[UUID]:
    """The tenants, round robin: those after `last` first, then from the start."""
    ordered = sorted(tenants)
    if last is None:
        return ordered
    return sorted(ordered, key=lambda tenant: tenant <= last)


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
        """Take up to `wanted` slots, so that the tenant holds `share` at most; how many it got.

        None of them while less than a quarter of the share is to be had: slots come free one by
        one, and taking them so would cost a statement each. Then `freed` is set later.
        """
        granted = min(wanted, self._free(), share - self.held[tenant_id])
        if granted < min(wanted, max(1, share // 4)):
            self.want()
            return 0
        self.held[tenant_id] += granted
        self._idle.clear()
        return granted

    def _free(self) -> int:
        return self.capacity - self.held.total()

    def want(self) -> None:
        """Have `freed` set by a release that leaves a quarter of the slots free, or more.

        For who could not take all that is due, and knows that some slots are held.
        """
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
        if self._wanted and self._free() >= self.capacity // 4:
            self._wanted = False
            self._freed.set()

    async def settled(self) -> None:
        """Wait until no slot is held."""
        await self._idle.wait()
