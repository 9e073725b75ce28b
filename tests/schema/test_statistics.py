"""Statistics of conversations and of tenants, counted as the worker does it."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from analysis.counting import TextTally
from models.base import now
from models.database import Database
from models.ids import id_at
from models.statements import recorded
from models.tenants import Role
from resolvers.statistics.counting import (
    LEAST_INTERVAL,
    count_conversation,
    count_what_is_due,
    next_due,
)
from schema.ids import IdType, decode_id
from tests.schema.test_reading import SEND, make_conversation

MONDAY = datetime(2025, 6, 2, 23, 0, tzinfo=UTC)
STATISTICS = """
    query ($id: ID!, $zone: String! = "UTC", $since: Date, $until: Date) {
        conversation(id: $id) {
            statistics {
                asOf stale messageCount senderCount averageLength firstAt lastAt responseSeconds
                perDay(timeZone: $zone, since: $since, until: $until) { day count }
                perHour(timeZone: $zone) { weekday hour count }
                perParticipant {
                    participant { name } messageCount averageLength firstAt lastAt responseSeconds
                }
                topWords(first: 2) { text count }
                topEmoji { text count }
            }
        }
    }
"""
OF_TENANT = """
    query ($zone: String! = "UTC") {
        tenantStatistics {
            asOf stale conversationCount messageCount senderCount averageLength firstAt lastAt
            perDay(timeZone: $zone) { day count }
            perHour(timeZone: $zone) { weekday hour count }
            responseSeconds perUser { user { name } count } perName { text count }
            topWords { text count }
            topEmoji { text count }
        }
    }
"""
# Who says what, how many seconds after MONDAY.
SAID = [
    ("Ana", 0, "paper, scissors 🔥"),
    ("Ana", 10, "Paper"),
    ("Ben", 40, "rock 🔥🔥"),
    ("Ana", 100, "paper"),
    ("Ben", 86_400, ""),
]


async def say(owner: Any, tenant: UUID, key: str, said: list[tuple[str, int, str]]) -> None:
    """Put messages of the past into a conversation, and say that something happened."""
    conversation = decode_id(IdType.CONVERSATION, key)
    people = {
        name: await owner.fetchval(
            "INSERT INTO participants"
            " (tenant_id, id, created_at, conversation_id, name, archive_name)"
            " VALUES ($1, gen_random_uuid(), now(), $2, $3, $3) RETURNING id",
            tenant,
            conversation,
            name,
        )
        for name in dict.fromkeys(name for name, _, _ in said)
    }
    times = [MONDAY + timedelta(seconds=seconds) for _, seconds, _ in said]
    await owner.execute("SELECT parley_ensure_message_partitions($1, $2)", times[0], times[-1])
    await owner.executemany(
        "INSERT INTO messages (tenant_id, id, sent_at, conversation_id, sender_id, seq, kind, body,"
        " import_id) VALUES ($1, $2, $3, $4, $5, 1, 'TEXT', $6, gen_random_uuid())",
        [
            (tenant, id_at(at), at, conversation, people[name], body)
            for at, (name, _, body) in zip(times, said, strict=True)
        ],
    )
    await owner.execute(
        "UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1", conversation
    )


def later() -> datetime:
    """When everything may be counted again."""
    return now() + timedelta(hours=1)


@pytest.fixture
async def chat(client: Any, owner: Any, tenant: UUID, database: Database) -> str:
    """A conversation that was counted; its id."""
    key = await make_conversation(client, "chat")
    await say(owner, tenant, key, SAID)
    await count_what_is_due(database)
    return key


async def statistics(client: Any, key: str, **variables: Any) -> dict[str, Any]:
    found = await client.data(STATISTICS, id=key, **variables)
    return dict(found["conversation"]["statistics"])


async def test_conversation_is_counted(client: Any, chat: str) -> None:
    found = await statistics(client, chat)
    assert found.pop("asOf") <= now().isoformat()
    assert found == {
        "stale": False,
        "messageCount": 5,
        "senderCount": 2,
        "averageLength": (17 + 5 + 7 + 5) / 4,
        "firstAt": "2025-06-02T23:00:00+00:00",
        "lastAt": "2025-06-03T23:00:00+00:00",
        # Ben after 30 s, Ana after 60 s, Ben after 86,300 s.
        "responseSeconds": 60.0,
        "perDay": [{"day": "2025-06-02", "count": 4}, {"day": "2025-06-03", "count": 1}],
        "perHour": [
            {"weekday": 1, "hour": 23, "count": 4},
            {"weekday": 2, "hour": 23, "count": 1},
        ],
        "perParticipant": [
            {
                "participant": {"name": "Ana"},
                "messageCount": 3,
                "averageLength": 9.0,
                "firstAt": "2025-06-02T23:00:00+00:00",
                "lastAt": "2025-06-02T23:01:40+00:00",
                "responseSeconds": 60.0,
            },
            {
                "participant": {"name": "Ben"},
                "messageCount": 2,
                "averageLength": 7.0,
                "firstAt": "2025-06-02T23:00:40+00:00",
                "lastAt": "2025-06-03T23:00:00+00:00",
                "responseSeconds": (30 + 86_300) / 2,
            },
        ],
        "topWords": [{"text": "paper", "count": 3}, {"text": "rock", "count": 1}],
        "topEmoji": [{"text": "🔥", "count": 3}],
    }


async def test_days_and_hours_are_of_the_zone_that_is_asked_for(client: Any, chat: str) -> None:
    found = await statistics(client, chat, zone="Europe/Madrid")
    assert [one["day"] for one in found["perDay"]] == ["2025-06-03", "2025-06-04"]
    assert found["perHour"][0] == {"weekday": 2, "hour": 1, "count": 4}
    some = await statistics(client, chat, since="2025-06-03", until="2025-06-04")
    assert some["perDay"] == [{"day": "2025-06-03", "count": 1}]
    none = await statistics(client, chat, until="2025-06-02")
    assert none["perDay"] == []
    assert await client.code(STATISTICS, id=chat, zone="localtime") == "UNKNOWN_TIME_ZONE"


async def test_lists_of_statistics_have_limits(client: Any, chat: str) -> None:
    query = "query ($id: ID!) { conversation(id: $id) { statistics { %s(first: 101) { %s } } } }"
    for field, inner in (("topWords", "text"), ("topEmoji", "text"), ("perParticipant", "lastAt")):
        assert await client.code(query % (field, inner), id=chat) == "BAD_PAGE"


async def test_what_was_not_counted_yet_is_null(client: Any) -> None:
    key = await make_conversation(client, "new")
    found = await client.data(STATISTICS, id=key)
    assert found["conversation"]["statistics"] is None


async def test_statistics_say_that_they_are_stale_and_are_counted_again_when_due(
    client: Any, chat: str, database: Database
) -> None:
    before = await statistics(client, chat)
    await client.data(SEND, input={"conversationId": chat, "body": "well, well"})
    assert (await statistics(client, chat)) == {**before, "stale": True}
    await count_what_is_due(database)
    assert (await statistics(client, chat))["stale"], "it was counted less than a minute ago"
    await count_what_is_due(database, later())
    after = await statistics(client, chat)
    assert (after["stale"], after["messageCount"], after["senderCount"]) == (False, 6, 3)
    assert after["topWords"][0] == {"text": "paper", "count": 3}


async def test_a_message_may_come_in_while_its_conversation_is_counted(
    client: Any, chat: str, tenant: UUID, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()

    class Interrupted(TextTally):
        def add(self, texts: Iterable[str]) -> None:
            message = {"conversationId": chat, "body": "me too"}
            asyncio.run_coroutine_threadsafe(client.data(SEND, input=message), loop).result()
            super().add(texts)

    monkeypatch.setattr("resolvers.statistics.counting.TextTally", Interrupted)

    await count_conversation(database, tenant, decode_id(IdType.CONVERSATION, chat))

    found = await statistics(client, chat)
    assert (found["messageCount"], found["stale"]) == (5, True)


async def test_deleted_messages_and_notices_do_not_count(
    client: Any, chat: str, owner: Any, tenant: UUID, database: Database
) -> None:
    await owner.execute(
        "UPDATE messages SET deleted_at = now(), body = '' WHERE tenant_id = $1"
        " AND body LIKE 'rock%'",
        tenant,
    )
    await owner.execute(
        "UPDATE messages SET sender_id = NULL, kind = 'NOTICE' WHERE tenant_id = $1 AND body = ''"
        " AND deleted_at IS NULL",
        tenant,
    )
    await client.data(SEND, input={"conversationId": chat, "body": "x"})
    await count_what_is_due(database, later())
    found = await statistics(client, chat)
    assert (found["messageCount"], found["senderCount"]) == (4, 2)
    names = {one["participant"]["name"] for one in found["perParticipant"]}
    assert names == {"Ana"}


@pytest.fixture
async def admin(client_of: Any, sign_up: Any) -> Any:
    return client_of(await sign_up("admin", Role.ADMIN))


async def test_tenant_is_counted(
    client: Any, admin: Any, chat: str, owner: Any, database: Database
) -> None:
    secret = await make_conversation(client, "secret", "password password")
    await owner.execute(
        "UPDATE conversations SET visibility = 'PRIVATE' WHERE id = $1",
        decode_id(IdType.CONVERSATION, secret),
    )
    await count_what_is_due(database, later())
    found = (await admin.data(OF_TENANT))["tenantStatistics"]
    assert found.pop("asOf") is not None
    last = datetime.fromisoformat(found.pop("lastAt"))
    day = last.date().isoformat()
    # What is said in private is said now, on whatever day of the week that is.
    hours = Counter({(1, 23): 4, (2, 23): 1}) + Counter([(last.isoweekday(), last.hour)])
    assert found.pop("perHour") == [
        {"weekday": weekday, "hour": hour, "count": count}
        for (weekday, hour), count in sorted(hours.items())
    ]
    assert found == {
        "stale": False,
        "conversationCount": 2,
        "messageCount": 6,
        "senderCount": 3,
        "responseSeconds": 60.0,
        "averageLength": (17 + 5 + 7 + 5 + 17) / 5,
        "firstAt": "2025-06-02T23:00:00+00:00",
        "perDay": [
            {"day": "2025-06-02", "count": 4},
            {"day": "2025-06-03", "count": 1},
            {"day": day, "count": 1},
        ],
        "perUser": [{"user": {"name": "Ana"}, "count": 1}],
        "perName": [{"text": "Ana", "count": 3}, {"text": "Ben", "count": 2}],
        # Not what is said in private.
        "topWords": [
            {"text": "paper", "count": 3},
            {"text": "rock", "count": 1},
            {"text": "scissors", "count": 1},
        ],
        "topEmoji": [{"text": "🔥", "count": 3}],
    }
    await client.data(SEND, input={"conversationId": chat, "body": "more"})
    assert (await admin.data(OF_TENANT))["tenantStatistics"]["stale"]


async def test_no_message_is_read_when_statistics_are_asked_for(
    client: Any, admin: Any, chat: str
) -> None:
    with recorded() as statements:
        await client.once(STATISTICS, id=chat)
        await admin.once(OF_TENANT)
    assert statements
    assert not [each.sql for each in statements if re.search(r"\bmessages\b", each.sql)]


async def test_statements_do_not_grow_with_conversations(
    client: Any, owner: Any, tenant: UUID, database: Database
) -> None:
    for number in range(5):
        await say(owner, tenant, await make_conversation(client, f"c{number}"), SAID)
    await count_what_is_due(database)
    query = """query ($first: Int) { conversations(first: $first) { nodes { statistics {
        messageCount perDay { day } perHour { hour } topWords { text }
        perParticipant(first: 2) { participant { name } }
    } } } }"""
    few = await client.count_statements(query, first=1)
    assert await client.count_statements(query, first=5) == few == 6


async def test_a_conversation_is_counted_by_one_worker(
    client: Any, owner: Any, tenant: UUID, database: Database
) -> None:
    await make_conversation(client, "chat", "hello")
    at, until = now(), now() + timedelta(minutes=10)
    ask = "SELECT * FROM parley_take_statistics($1, $2, 1000000)"
    first = await owner.fetch(ask, at, until)
    assert tenant in {row["tenant_id"] for row in first}
    assert await owner.fetch(ask, at, until) == []
    # It died, and its lease is over.
    again = await owner.fetch(ask, until, until + timedelta(minutes=10))
    assert tenant in {row["tenant_id"] for row in again}


def test_what_takes_long_is_counted_seldom() -> None:
    assert next_due(MONDAY, 0.1) == MONDAY + LEAST_INTERVAL
    assert next_due(MONDAY, 10) == MONDAY + timedelta(seconds=500)
