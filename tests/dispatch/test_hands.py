"""Claims are seen through by as many tasks as have to wait, in the order they were taken."""

import asyncio
from datetime import timedelta

from dispatch.claiming import Claim
from dispatch.hands import Hands
from gateways.protocol import Outgoing
from models.base import now
from models.deliveries import DeliveryStatus
from models.ids import new_id


def claims(count: int) -> list[Claim]:
    held_until = now() + timedelta(minutes=1)
    return [
        Claim(
            Outgoing(new_id(), new_id(), new_id(), None, new_id(), "to", str(n), 1),
            DeliveryStatus.SENDING,
            held_until,
            looks=0,
        )
        for n in range(count)
    ]


async def test_what_is_seen_through_at_once_takes_one_task() -> None:
    bodies: list[str] = []
    tasks: set[object] = set()

    async def see_through(claim: Claim) -> None:
        bodies.append(claim.outgoing.body)
        tasks.add(asyncio.current_task())

    async with asyncio.TaskGroup() as group:
        hands = Hands(group, see_through)
        hands.begin(claims(50))
        hands.begin([])
    assert bodies == [str(n) for n in range(50)]
    assert len(tasks) == 1


async def test_one_that_waits_holds_up_no_other() -> None:
    begun: list[str] = []
    ended: list[str] = []
    last_has_begun = asyncio.Event()

    async def see_through(claim: Claim) -> None:
        begun.append(claim.outgoing.body)
        if claim.outgoing.body == "7":
            last_has_begun.set()
        await last_has_begun.wait()
        ended.append(claim.outgoing.body)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        hands = Hands(group, see_through)
        taken = claims(8)
        hands.begin(taken[:5])
        await asyncio.sleep(0)
        hands.begin(taken[5:])
    assert begun == [str(n) for n in range(8)]
    assert sorted(ended) == begun
