"""All streams of a tenant: none twice, none missing, whatever the order of the commits."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from models.database import Database
from models.events import Event, EventKind, Stream
from realtime.endings import Draining
from realtime.inbox import FARTHEST, Inbox, Lost, Position, Reading
from tests.realtime.town import Town

Told = list[tuple[UUID, int]]


async def read_all(inbox: Inbox, position: Position) -> tuple[Told, Position]:
    """All there is to read now, and the position behind it."""
    told, more = [], True
    while more:
        page = await inbox.read(position)
        told += [(event.stream_id, event.seq) for event, _ in page.events]
        position, more = page.following, page.more
    return told, position


def event_of(town: Town, stream_id: UUID, seq: int) -> Event:
    return Event(
        tenant_id=town.tenant_id,
        stream_id=stream_id,
        seq=seq,
        stream=Stream.CONVERSATION,
        kind=EventKind.CONVERSATION_CHANGED,
    )


async def test_reads_what_was_committed_since(database: Database, town: Town) -> None:
    first, second = await town.conversation(), await town.conversation()
    await town.write(first)
    inbox = Inbox(database, town.tenant_id)
    position = await inbox.present()
    # Where it stands moves with whatever else the database does.
    assert (await read_all(inbox, position))[0] == []

    await town.write(second, 2)
    await town.write(first)
    told, position = await read_all(inbox, position)
    assert sorted(told) == sorted([(second, 1), (second, 2), (first, 2)])
    assert (await read_all(inbox, position))[0] == []


async def test_transaction_that_takes_long_is_read_when_it_commits(
    database: Database, town: Town
) -> None:
    slow, quick = await town.conversation(), await town.conversation()
    inbox = Inbox(database, town.tenant_id)
    position = await inbox.present()
    async with database.transaction(town.tenant_id) as session:
        session.add(event_of(town, slow, 1))
        await session.flush()
        # Begun later, committed sooner: neither waits for the other, and neither is passed over.
        await town.write(quick)
        told, position = await read_all(inbox, position)
        assert told == [(quick, 1)]
    assert (await read_all(inbox, position))[0] == [(slow, 1)]


@pytest.mark.parametrize("page", [1, 2, 3, 100])
async def test_goes_on_after_any_event(database: Database, town: Town, page: int) -> None:
    places = [await town.conversation() for _ in range(3)]
    inbox = Inbox(database, town.tenant_id, page=page)
    start = await inbox.present()
    for place in places:
        await town.write(place, 2)
    everything = await town.recorded(*places)

    cursors: list[Position] = []
    position, more = start, True
    while more:
        found = await inbox.read(position)
        cursors += [cursor for _, cursor in found.events]
        position, more = found.following, found.more
    # What is committed later is told to those who come back, too.
    await town.write(places[0])
    later = [(places[0], 3)]
    assert len(cursors) == len(everything)
    for count, cursor in enumerate(cursors, 1):
        told, _ = await read_all(inbox, Position.decode(cursor.encode()))
        assert told == everything[count:] + later


async def test_writers_at_once_lose_nothing(database: Database, town: Town) -> None:
    places = [await town.conversation() for _ in range(4)]
    inbox = Inbox(database, town.tenant_id, page=7)
    position = await inbox.present()
    writing = asyncio.gather(*(town.write(place) for place in places * 10))
    told: Told = []
    while not writing.done():
        more, position = await read_all(inbox, position)
        told += more
    await writing
    told += (await read_all(inbox, position))[0]
    assert sorted(told) == await town.recorded(*places)
    for place in places:
        seqs = [seq for stream_id, seq in told if stream_id == place]
        assert seqs == sorted(seqs)


async def test_what_was_forgotten_is_told_to_be_lost(database: Database, town: Town) -> None:
    old, young = await town.conversation(), await town.conversation()
    inbox = Inbox(database, town.tenant_id)
    before = await inbox.present()
    await town.write(old, 3)
    await town.age(old)
    after = await inbox.present()
    await town.write(young)
    await database.across_tenants("parley_forget_events", 1)

    assert await town.recorded(old, young) == [(young, 1)]
    with pytest.raises(Lost):
        await inbox.read(before)
    assert (await read_all(inbox, after))[0] == [(young, 1)]


async def test_position_that_is_far_behind_or_of_another_database_is_lost(
    database: Database, town: Town, owner: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    place = await town.conversation()
    inbox = Inbox(database, town.tenant_id)
    start = await inbox.present()
    await owner.execute(
        "INSERT INTO events (tenant_id, stream_id, seq, stream, kind, payload, created_at)"
        " SELECT $1, $2, n, 'CONVERSATION', 'CONVERSATION_CHANGED', '{}', now()"
        " FROM generate_series(1, $3) AS n",
        town.tenant_id,
        place,
        FARTHEST + 1,
    )
    for position in (start, Position("900000000000:900000000000:")):
        with pytest.raises(Lost):
            await inbox.read(position)


async def test_who_comes_back_comes_level_with_the_reader() -> None:
    reading = Reading()
    first, second = Position("1:1:"), Position("2:2:")
    with reading.running(first):
        assert reading.place == await reading.here() == first
        # A reading that is under way may not know what was committed before it was asked for.
        await reading.begin()
        ahead = asyncio.ensure_future(reading.ahead())
        here = asyncio.ensure_future(reading.here())
        await asyncio.sleep(0)
        assert reading.place is None
        reading.reached(first)
        assert await here == first
        assert not ahead.done()
        await reading.begin()
        reading.reached(second)
        assert await ahead == reading.place == second
        late = asyncio.ensure_future(reading.ahead())
        await asyncio.sleep(0)
    with pytest.raises(Draining):
        await late


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1:2:",
        "|||",
        "1:2:|||0",
        "2:1:||00000000000000000000000000000000|0",
        "1:9:5,4||00000000000000000000000000000000|0",
        "1:9:9||00000000000000000000000000000000|0",
        "0:9:||00000000000000000000000000000000|0",
        "1:9:|nonsense|00000000000000000000000000000000|0",
        "1:9:||00000000000000000000000000000000|-1",
        "1:9:||00000000000000000000000000000000|99999999999999999999",
    ],
)
def test_other_texts_are_no_positions(text: str) -> None:
    with pytest.raises(ValueError):
        Position.decode(text)
