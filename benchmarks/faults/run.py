"""The run itself: write, read, kill; then compare what each reader heard with the table."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import httpx

from benchmarks.faults.readers import Reader, follow, node_readers
from benchmarks.faults.rig import Rig, kills
from benchmarks.faults.writers import Writer
from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id, encode_id

CREATE = """
    mutation ($title: String!) { createConversation(input: {title: $title}) {
        conversation { id } } }
"""
# A lease of a minute may have to run out, and on a busy machine all that follows takes its time.
SETTLE_SECONDS = 300

_RECORDED = """
    SELECT (payload->>'message_id')::uuid AS id FROM events
    WHERE stream_id = $1 AND kind = 'MESSAGE_ADDED' AND seq > $2 ORDER BY seq
"""
_LAST_SEQ = "SELECT last_seq FROM conversations WHERE id = $1"
_OPEN = """
    SELECT count(*) FROM schedules s WHERE s.next_at IS NOT NULL OR EXISTS (
        SELECT FROM deliveries d WHERE d.schedule_id = s.id
            AND d.status IN ('QUEUED', 'SENDING', 'UNKNOWN'))
"""


@dataclass(frozen=True)
class Plan:
    """How large a run is. A writer writes a message `every` seconds on average."""

    conversations: int = 10
    readers: int = 150
    node_readers: int = 50
    every: float = 0.25
    kills: int = 100
    between_kills: float = 1.0


@dataclass
class Outcome:
    """What came of it. `busy` is the processor time of the writers and our own readers, seconds."""

    messages: int
    acknowledged: int
    killed: Counter[str]
    readers: list[Reader]
    seconds: float
    busy: float
    faults: list[str] = field(default_factory=list)

    @property
    def reconnects(self) -> int:
        """How often the readers came back."""
        return sum(reader.connections - 1 for reader in self.readers)


@asynccontextmanager
async def people(
    made: Rig,
    token: str,
    readers: Sequence[Reader],
    writers: Sequence[Writer],
    node: Sequence[Reader] = (),
) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Readers for as long as the block lasts, and the writers' tasks."""
    async with node_readers(node, made.addresses, token), asyncio.TaskGroup() as group:
        reading = [group.create_task(follow(each, made.addresses, token)) for each in readers]
        writing = [group.create_task(each.write(made.addresses, token)) for each in writers]
        yield writing
        for task in (*reading, *writing):
            task.cancel()


async def run(made: Rig, plan: Plan, tell: Callable[[str], None]) -> Outcome:
    """Kill `plan.kills` times while people write and read; then wait until all is heard."""
    began, began_busy = time.monotonic(), time.process_time()
    token = await made.token("mayor")
    owner = await asyncpg.create_pool(made.servers.database_url, min_size=0, max_size=1)
    try:
        places = await conversations(made.addresses[0], token, plan.conversations)
        starts = {place: await owner.fetchval(_LAST_SEQ, key_of(place)) for place in places}
        readers = [
            Reader(f"reader {n}", place, cursor_at(key_of(place), starts[place]))
            for n in range(plan.readers + plan.node_readers)
            for place in [places[n % len(places)]]
        ]
        writers = [Writer(f"w{n}", place, plan.every) for n, place in enumerate(places)]
        ours, node = readers[: plan.readers], readers[plan.readers :]
        async with people(made, token, ours, writers, node) as writing:
            killed = await kill_at_random(made, plan, tell)
            for task in writing:
                task.cancel()
            await asyncio.wait(writing)
            tell("writers stopped; waiting for what is scheduled and for the readers")
            await delivered(owner)
            recorded = {place: await messages_of(owner, place, starts[place]) for place in places}
            await settled(readers, recorded)
        outcome = Outcome(
            messages=sum(map(len, recorded.values())),
            acknowledged=sum(len(writer.acknowledged) for writer in writers),
            killed=killed,
            readers=readers,
            seconds=time.monotonic() - began,
            busy=time.process_time() - began_busy,
        )
        outcome.faults += list(faults(readers, recorded))
        outcome.faults += await written_once(owner, writers)
        return outcome
    finally:
        await owner.close()


async def conversations(address: str, token: str, number: int) -> list[str]:
    """New conversations; their ids as clients have them."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30, trust_env=False) as client:
        found = []
        for n in range(number):
            request = {"query": CREATE, "variables": {"title": f"Town {n}"}}
            answer = await client.post(f"http://{address}/graphql", json=request)
            found.append(answer.json()["data"]["createConversation"]["conversation"]["id"])
        return found


async def kill_at_random(made: Rig, plan: Plan, tell: Callable[[str], None]) -> Counter[str]:
    """One kill after the other, all equally often; each is up again before the next."""
    killed: Counter[str] = Counter()
    victims = kills(made)
    bag: list[str] = []
    for number in range(1, plan.kills + 1):
        await asyncio.sleep(plan.between_kills * random.uniform(0.5, 1.5))
        bag = bag or random.sample(list(victims), len(victims))
        name = bag.pop()
        killed[name] += 1
        tell(f"kill {number} of {plan.kills}: {name}")
        await victims[name]()
    return killed


async def delivered(owner: "asyncpg.Pool[asyncpg.Record]") -> None:
    """Return when nothing is scheduled any more."""
    async with asyncio.timeout(SETTLE_SECONDS):
        while await owner.fetchval(_OPEN):  # noqa: ASYNC110 - the table has no other voice
            await asyncio.sleep(0.2)


async def messages_of(owner: "asyncpg.Pool[asyncpg.Record]", place: str, after: int) -> list[str]:
    """What the table says was added to a conversation, in the order of its events."""
    rows = await owner.fetch(_RECORDED, key_of(place), after)
    return [encode_id(IdType.MESSAGE, row["id"]) for row in rows]


async def settled(readers: Sequence[Reader], recorded: Mapping[str, Sequence[str]]) -> None:
    """Return when every reader has as many messages as there are, or it took too long."""
    for reader in readers:
        reader.goal = len(recorded[reader.conversation])
        reader.check()
    waiting = [asyncio.create_task(reader.settled.wait()) for reader in readers]
    await asyncio.wait(waiting, timeout=SETTLE_SECONDS)
    for task in waiting:
        task.cancel()


def faults(readers: Sequence[Reader], recorded: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What any reader was told wrongly, in words."""
    for reader in readers:
        expected = list(recorded[reader.conversation])
        if reader.resets:
            yield f"{reader.name}: {reader.resets} resets"
        if reader.heard != expected:
            lost = len(set(expected) - set(reader.heard))
            twice = len(reader.heard) - len(set(reader.heard))
            yield f"{reader.name}: {lost} lost, {twice} twice of {len(expected)}, or out of order"


async def written_once(
    owner: "asyncpg.Pool[asyncpg.Record]", writers: Sequence[Writer]
) -> list[str]:
    """What was acknowledged and is not there, or not once."""
    rows = await owner.fetch("SELECT body, count(*) AS times FROM messages GROUP BY body")
    times = {row["body"]: row["times"] for row in rows}
    taken = [body for writer in writers for body in writer.acknowledged]
    lost = [f"{body}: acknowledged and lost" for body in taken if body not in times]
    return lost + [f"{body}: there {n} times" for body, n in times.items() if n > 1]


def key_of(place: str) -> UUID:
    """The UUID of a conversation."""
    return decode_id(IdType.CONVERSATION, place)
