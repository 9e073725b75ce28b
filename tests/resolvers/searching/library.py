"""Many random messages of several languages, in memory and in the database."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg

from analysis.search.matching import MessageFacts
from models.database import Database
from models.ids import id_at, new_id
from models.languages import language_of
from models.messages import MessageKind
from models.tenants import Role
from resolvers.context import Context, Services, Viewer
from resolvers.limits import Limits

WORDS = [
    *("lunch", "Café", "straße", "pizza", "pizzeria", "monday", "ЁЛКА", "ёж", "東京", "東京タワー"),
    *(
        "京都",
        "ภาษาไทย",
        "ภาษา",
        "한국어",
        "INV-20231",
        "12e3x",
        "https://a.org",
        "🎉",
        "👍🏽",
        "não",
    ),
    *("سلام", "the", "the", "the", "a", "a", "to", "of", "and", "ok", "cafe\u0301", "ｶﾞｽ"),
    *("Wir gehen heute zusammen essen", "see you at the station tomorrow"),
]
KINDS = [MessageKind.TEXT] * 6 + [MessageKind.IMAGE, MessageKind.GIF, MessageKind.LOCATION]
NAMES = ["Ana María", "Ben", "Ana Silva", "東京太郎"]
TITLES = ["Summer trip", "Work", "Straße 5"]
START = datetime(2024, 1, 30, tzinfo=UTC)


@dataclass
class Library:
    """One viewer's messages, and what a query may ask of each."""

    viewer: Viewer
    messages: dict[UUID, MessageFacts] = field(default_factory=dict)
    conversations: list[UUID] = field(default_factory=list)

    def context(self, database: Database, limits: Limits) -> Context:
        """An operation of the viewer's that only reads."""
        absent = cast(Any, None)
        return Context.of(self.viewer, Services(database, absent, absent, limits))


async def make_library(
    owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID, count: int, months: int
) -> Library:
    """So many messages of three conversations, of which the viewer may not see the last."""
    rng = random.Random(count)
    library = Library(Viewer(tenant, new_id(), Role.AGENT))
    people = await _make_conversations(owner, library)
    await owner.execute(
        "SELECT parley_ensure_message_partitions($1, $2)",
        START,
        START + timedelta(days=31 * months),
    )
    rows, reactions, bookmarks = [], [], []
    for _ in range(count):
        place = rng.randrange(len(TITLES))
        who = rng.randrange(len(NAMES))
        # Many at one time, so that the ids decide.
        moment = START + timedelta(minutes=rng.randrange(30 * months * 24) * 60)
        message = MessageFacts(
            body=" ".join(rng.choices(WORDS, k=rng.randint(0, 6))),
            kind=rng.choice(KINDS),
            sent_at=moment,
            sender_name=NAMES[who],
            from_viewer=who == 1,
            conversation_title=TITLES[place],
            edited=rng.random() < 0.1,
            reacted=rng.random() < 0.05,
            bookmarked=rng.random() < 0.02,
        )
        key = id_at(moment)
        if place < len(TITLES) - 1:
            library.messages[key] = message
        edited_at = moment if message.edited else None
        conversation, sender = library.conversations[place], people[place][who]
        if message.reacted:
            reactions.append((tenant, key, sender, "👍", conversation, moment))
        if message.bookmarked:
            bookmarks.append((tenant, new_id(), moment, conversation, library.viewer.user_id, key))
        rows.append(
            (
                *(tenant, key, moment, conversation, sender, 1, message.kind),
                *(message.body, edited_at, language_of(message.body)),
            )
        )
    async with owner.acquire() as connection:
        await connection.copy_records_to_table(
            "messages",
            records=rows,
            columns=(
                *("tenant_id", "id", "sent_at", "conversation_id", "sender_id", "seq", "kind"),
                *("body", "edited_at", "language"),
            ),
        )
        await connection.copy_records_to_table(
            "reactions",
            records=reactions,
            columns=(
                *("tenant_id", "message_id", "participant_id", "emoji"),
                *("conversation_id", "created_at"),
            ),
        )
        await connection.copy_records_to_table(
            "bookmarks",
            records=bookmarks,
            columns=("tenant_id", "id", "created_at", "conversation_id", "user_id", "message_id"),
        )
    return library


async def _make_conversations(
    owner: "asyncpg.Pool[asyncpg.Record]", library: Library
) -> list[list[UUID]]:
    viewer = library.viewer
    await owner.execute(
        "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
        " VALUES ($1, $2, 'ben', 'Ben', 'AGENT', $3)",
        *(viewer.user_id, viewer.tenant_id, START),
    )
    people = []
    for place, title in enumerate(TITLES):
        key = new_id()
        library.conversations.append(key)
        hidden = place == len(TITLES) - 1
        await owner.execute(
            "INSERT INTO conversations (tenant_id, id, created_at, title, kind, visibility,"
            " last_seq, message_count, live_count, last_activity_at)"
            " VALUES ($1, $2, $3, $4, 'GROUP', $5, 0, 0, 0, $3)",
            *(viewer.tenant_id, key, START, title, "PRIVATE" if hidden else "TENANT"),
        )
        people.append([new_id() for _ in NAMES])
        for who, (name, person) in enumerate(zip(NAMES, people[-1], strict=True)):
            user = viewer.user_id if who == 1 and not hidden else None
            await owner.execute(
                "INSERT INTO participants (tenant_id, id, created_at, conversation_id, name,"
                " archive_name, user_id) VALUES ($1, $2, $3, $4, $5, $5, $6)",
                *(viewer.tenant_id, person, START, key, name, user),
            )
    return people
