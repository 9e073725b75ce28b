"""The rows that all servers answer from: one tenant, its conversations and their messages."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from app.embedded import EmbeddedServers
from app.migrate import let_in, migrate
from app.seed import ensure_user
from models.ids import id_at, new_id, to_milliseconds
from models.tenants import Role
from resolvers.context import Viewer

CONVERSATIONS = 40
MESSAGES = 1_000
PARTICIPANTS = 10
WORDS = (
    *("river", "bridge", "lantern", "harbour", "orchard", "meadow", "window", "garden"),
    *("letter", "winter", "morning", "kitchen", "ticket", "station", "music", "bread"),
)
RARE = ("heron", "violin", "comet", "walnut")
"""Words to search for: each in one message of fifty."""

SEED = 6


@dataclass(frozen=True, slots=True)
class Dataset:
    """Whom the requests are from, and what they may ask for."""

    viewer: Viewer
    conversation_ids: tuple[UUID, ...]


def make_dataset(servers: EmbeddedServers) -> Dataset:
    """Migrate the database and fill it."""
    migrate(servers.database_url)
    return asyncio.run(_make(servers))


async def _make(servers: EmbeddedServers) -> Dataset:
    await let_in(servers.database_url, servers.url_for("parley"))
    viewer = await ensure_user(servers.database_url, "bench", "ana", Role.ADMIN)
    owner = await asyncpg.connect(servers.database_url)
    try:
        conversation_ids = await _fill(owner, viewer)
        script = (Path(__file__).parent / "peers.sql").read_text(encoding="utf-8")
        await owner.execute(script)
        await owner.execute("VACUUM ANALYZE")
    finally:
        await owner.close()
    return Dataset(viewer, tuple(conversation_ids))


async def _fill(owner: "asyncpg.Connection[asyncpg.Record]", viewer: Viewer) -> list[UUID]:
    chance = Random(SEED)
    start = to_milliseconds(datetime.now(UTC)) - timedelta(days=40)
    await owner.execute("SELECT parley_ensure_message_partitions($1, now())", start)
    ids = [new_id() for _ in range(CONVERSATIONS)]
    joined = [start + timedelta(seconds=rank) for rank in range(PARTICIPANTS)]
    people = {key: [id_at(moment) for moment in joined] for key in ids}
    messages = {
        key: list(_messages(chance, start + timedelta(minutes=number), people[key]))
        for number, key in enumerate(ids)
    }
    tenant = viewer.tenant_id
    await _copy(
        owner,
        "conversations",
        "tenant_id id title kind visibility created_at last_seq message_count live_count"
        " last_message_id last_activity_at",
        (
            (
                *(tenant, key, f"conversation {number}", "GROUP", "TENANT", start),
                *(MESSAGES, MESSAGES, MESSAGES, *messages[key][-1][:2]),
            )
            for number, key in enumerate(ids)
        ),
    )
    await _copy(
        owner,
        "participants",
        "tenant_id id conversation_id user_id name archive_name created_at",
        (
            (
                *(tenant, person, key, None if rank else viewer.user_id),
                *(f"person {rank}", f"person {rank}", joined[rank]),
            )
            for key in ids
            for rank, person in enumerate(people[key])
        ),
    )
    await _copy(
        owner,
        "messages",
        "tenant_id conversation_id seq id sent_at sender_id kind body",
        (
            (tenant, key, seq, *message)
            for key in ids
            for seq, message in enumerate(messages[key], 1)
        ),
    )
    return ids


def _messages(chance: Random, start: datetime, people: list[UUID]) -> Iterator[tuple[Any, ...]]:
    """Id, time, sender, kind and body of each message of a conversation."""
    for number in range(MESSAGES):
        moment = start + timedelta(minutes=50 * number)
        words = chance.choices(WORDS, k=chance.randint(4, 16))
        if chance.random() < len(RARE) / 50:
            words.append(chance.choice(RARE))
        yield id_at(moment), moment, chance.choice(people), "TEXT", " ".join(words)


async def _copy(
    owner: "asyncpg.Connection[asyncpg.Record]",
    table: str,
    columns: str,
    records: Iterator[tuple[Any, ...]],
) -> None:
    await owner.copy_records_to_table(table, columns=columns.split(), records=list(records))
