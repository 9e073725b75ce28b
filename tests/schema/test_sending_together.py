"""What users send while others' is on its way is written by one statement."""

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from asyncpg import CheckViolationError

from models.base import now
from models.messages import MessageKind
from models.statements import prepared, recorded
from realtime.post_statement import posting, posting_many, values_of
from schema.ids import IdType, decode_id

CREATE = """
    mutation ($input: CreateConversationInput!) {
        createConversation(input: $input) { conversation { id } }
    }
"""
BODIES = "query ($id: ID!) { conversation(id: $id) { messages(first: 50) { nodes { body } } } }"


async def created(client: Any, count: int) -> list[str]:
    """Conversations: a message in each waits for none of the others."""
    made = [await client.data(CREATE, input={"title": "c"}) for _ in range(count)]
    return [each["createConversation"]["conversation"]["id"] for each in made]


async def bodies(client: Any, keys: list[str]) -> list[str]:
    """What is in conversations of a message at most; "" where there is none."""
    read = [(await client.data(BODIES, id=key))["conversation"]["messages"] for key in keys]
    return ["".join(message["body"] for message in messages["nodes"]) for messages in read]


def new(client: Any, key: str, body: str) -> dict[str, Any]:
    viewer, moment = client.viewer, now()
    return values_of(
        viewer.tenant_id,
        decode_id(IdType.CONVERSATION, key),
        body,
        kind=MessageKind.TEXT,
        sent_at=moment,
        recorded_at=moment,
        reader_id=viewer.user_id,
        is_patient=False,
    )


async def test_what_comes_meanwhile_is_one_statement(client: Any) -> None:
    keys = await created(client, 20)
    given = [new(client, key, f"b{number}") for number, key in enumerate(keys)]

    with recorded() as statements:
        rows = await asyncio.gather(*map(client.services.posts.post, given))

    assert [(row.conversation_id, row.body) for row in rows] == [
        (values["conversation_id"], values["body"]) for values in given
    ]
    one, many = prepared(posting).sql, prepared(posting_many).sql
    assert Counter(each.sql for each in statements) == {one: 1, many: 19}
    assert await bodies(client, keys) == [f"b{number}" for number in range(20)]


async def test_one_at_fault_leaves_the_others_alone(client: Any) -> None:
    keys = await created(client, 6)
    given = [new(client, key, "b") for key in keys]
    given[4]["kind"] = "NO_KIND"

    posting_all = map(client.services.posts.post, given)
    rows: list[Any] = await asyncio.gather(*posting_all, return_exceptions=True)

    assert isinstance(rows.pop(4), CheckViolationError)
    assert len({row.id for row in rows}) == 5
    assert await bodies(client, keys) == ["b", "b", "b", "b", "", "b"]


async def test_who_goes_away_while_waiting_has_sent_nothing(client: Any) -> None:
    keys = await created(client, 6)
    posts = client.services.posts.post
    sending = [asyncio.create_task(posts(new(client, key, "b"))) for key in keys]
    # All have begun: the first with a statement of its own, the others wait.
    await asyncio.sleep(0)
    sending[4].cancel()

    rows: list[Any] = await asyncio.gather(*sending, return_exceptions=True)

    assert isinstance(rows.pop(4), asyncio.CancelledError)
    assert len({row.id for row in rows}) == 5
    assert await bodies(client, keys) == ["b", "b", "b", "b", "", "b"]


async def test_failure_of_the_database_is_told_to_all(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = await created(client, 5)
    database, posts = client.services.database, client.services.posts.post
    lend, lent = database.connection, 0

    def lend_at_first(tenant_id: UUID) -> Any:
        nonlocal lent
        lent += 1
        if lent > 1:
            raise ConnectionRefusedError("away")
        return lend(tenant_id)

    with monkeypatch.context() as patched:
        patched.setattr(database, "connection", lend_at_first)
        given = [new(client, key, "b") for key in keys]
        rows = await asyncio.gather(*map(posts, given), return_exceptions=True)

    refused = [isinstance(row, ConnectionRefusedError) for row in rows]
    assert refused == [False, True, True, True, True]
    assert (await posts(new(client, keys[-1], "again"))).body == "again"
