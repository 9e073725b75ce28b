"""Rights that ended, told and heard."""

import socket
from uuid import UUID

from realtime.bus import Bus
from realtime.revocation import Cause, Holder, Revocation, Revocations

TENANT, USER, SESSION, KEY, OTHER = (UUID(int=n) for n in range(1, 6))
REVOCATIONS = [
    Revocation(Cause.TENANT_SUSPENDED, TENANT),
    Revocation(Cause.MEMBER_REMOVED, TENANT, USER),
    Revocation(Cause.SESSION_ENDED, TENANT, USER, SESSION),
    Revocation(Cause.KEY_REVOKED, TENANT, key_id=KEY),
]


def test_revocation_concerns_whom_it_names() -> None:
    holders = [
        Holder(TENANT, USER, SESSION),
        Holder(TENANT, USER, None, KEY),
        Holder(TENANT, USER),
        Holder(TENANT, OTHER),
        Holder(OTHER, USER, SESSION, KEY),
    ]
    concerned = [[one.concerns(holder) for holder in holders] for one in REVOCATIONS]
    assert concerned == [
        [True, True, True, True, False],
        [True, True, True, False, False],
        [True, False, False, False, False],
        [False, True, False, False, False],
    ]


def test_revocation_crosses_redis() -> None:
    for revocation in REVOCATIONS:
        assert Revocation.decode(revocation.encode()) == revocation


async def test_without_redis_it_is_heard_here() -> None:
    # Its port is taken, and nobody listens there.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        bus = Bus(f"redis://127.0.0.1:{taken.getsockname()[1]}")
        await bus.connect()
        heard: list[Revocation] = []
        revocations = Revocations(bus)
        async with revocations.heard(heard.append):
            await revocations.tell(REVOCATIONS[0])
            assert heard == REVOCATIONS[:1]
        await revocations.tell(REVOCATIONS[1])
        assert heard == REVOCATIONS[:1]
        await bus.close()
