"""Searching for what nobody wrote: similar words are searched for, and the answer says so."""

from typing import Any
from uuid import UUID

import pytest

from models.base import now
from models.database import Database
from resolvers.statistics.counting import count_conversation, count_tenant
from schema.ids import IdType, decode_id
from tests.schema.test_searching import CREATE, SEND, conversation_of
from tests.tenants import make_tenant

SEARCH = """
    query ($query: String!, $first: Int, $after: String, $order: SearchOrder) {
        search(query: $query, first: $first, after: $after, orderBy: $order) {
            totalCount
            corrections { word meant }
            edges { node { body } highlights { start end } }
            pageInfo { hasNextPage endCursor }
        }
    }
"""


async def search(client: Any, query: str, **variables: Any) -> tuple[list[str], dict[str, Any]]:
    """What is found, and what was meant by which word."""
    found = (await client.data(SEARCH, query=query, **variables))["search"]
    meant = {each["word"]: each["meant"] for each in found["corrections"]}
    return [edge["node"]["body"] for edge in found["edges"]], meant


async def count(database: Database, tenant: UUID, *keys: str) -> None:
    """Count conversations as a worker does."""
    for key in keys:
        await count_conversation(database, tenant, decode_id(IdType.CONVERSATION, key))


@pytest.mark.parametrize(
    "asked",
    [
        ("lnuch", ["lunch tomorrow"], {"lnuch": ["lunch"]}),
        ("Lunc", ["lunch tomorrow"], {"lunc": ["lunch"]}),
        ("kunch", ["lunch tomorrow"], {"kunch": ["lunch"]}),
        ("tommorow", ["tomorrow then", "lunch tomorrow"], {"tommorow": ["tomorrow"]}),
        ("lunch tomorow", ["lunch tomorrow"], {"tomorow": ["tomorrow"]}),
        ('"lnuch tomorow"', ["lunch tomorrow"], {"lnuch": ["lunch"], "tomorow": ["tomorrow"]}),
        ("lnuch OR pizzza", ["pizza", "lunch tomorrow"], {"lnuch": ["lunch"], "pizzza": ["pizza"]}),
        ("tomorow -lunch", ["tomorrow then"], {"tomorow": ["tomorrow"]}),
        ("прывет", ["привет, елка"], {"прывет": ["привет"]}),
        # The first has a match; the others have no similar word, or both words but in no message.
        ("pizza", ["pizza"], {}),
        ("lunhcc", [], {}),
        ("lunch pizza", [], {}),
        ("lnu*", [], {}),
        ("abc", [], {}),
    ],
)
async def test_similar_words_are_searched_for_where_nothing_matches(
    client: Any,
    database: Database,
    tenant: UUID,
    asked: tuple[str, list[str], dict[str, list[str]]],
) -> None:
    query, bodies, meant = asked
    key = await conversation_of(
        client, "lunch tomorrow", "tomorrow then", "pizza", "привет, елка", "launch 12345"
    )
    await count(database, tenant, key)
    assert await search(client, query) == (bodies, meant)


async def test_pages_highlights_and_counts_are_of_what_was_meant(
    client: Any, database: Database, tenant: UUID
) -> None:
    bodies = [f"lunch {n}" for n in range(5)]
    await count(database, tenant, await conversation_of(client, *bodies))
    for order, expected in (("NEWEST", bodies[::-1]), ("OLDEST", bodies), ("RELEVANCE", None)):
        seen: list[str] = []
        after = None
        for _ in range(3):
            data = await client.data(SEARCH, query="lnuch", first=2, after=after, order=order)
            found = data["search"]
            assert found["totalCount"] == 5
            assert found["corrections"] == [{"word": "lnuch", "meant": ["lunch"]}]
            for edge in found["edges"]:
                assert edge["highlights"] == [{"start": 0, "end": 5}]
                seen.append(edge["node"]["body"])
            after = found["pageInfo"]["endCursor"]
        assert found["pageInfo"]["hasNextPage"] is False
        assert seen == (expected or bodies[::-1])
        assert await client.code(SEARCH, query="lnuch", after=after[:-4]) == "BAD_CURSOR"


async def test_what_was_meant_is_counted_without_rows(
    client: Any, database: Database, tenant: UUID
) -> None:
    await count(database, tenant, await conversation_of(client, "lunch", "lunch"))
    found = (await client.data(SEARCH, query="lnuch", first=0))["search"]
    assert (found["totalCount"], found["edges"]) == (2, [])
    assert found["corrections"] == [{"word": "lnuch", "meant": ["lunch"]}]


async def test_the_end_of_what_matches_is_no_reason_to_search_for_other_words(
    client: Any, database: Database, tenant: UUID
) -> None:
    await count(database, tenant, await conversation_of(client, "lunch", "launch"))
    page = (await client.data(SEARCH, query="launch", first=1))["search"]
    after = page["pageInfo"]["endCursor"]
    assert await search(client, "launch", after=after) == ([], {})


async def test_words_of_conversations_that_one_does_not_see_are_not_told(
    client: Any, client_of: Any, sign_up: Any, database: Database, tenant: UUID
) -> None:
    made = await client.data(
        CREATE.replace("title: $title", "title: $title, visibility: PRIVATE"), title="s"
    )
    key = made["createConversation"]["conversation"]["id"]
    await client.data(SEND, input={"conversationId": key, "body": "acquisition"})
    await count(database, tenant, key)
    ben = client_of(await sign_up("ben"))
    assert await search(ben, "aquisition") == ([], {})
    assert await search(client, "aquisition") == (
        ["acquisition"],
        {"aquisition": ["acquisition"]},
    )


async def test_words_that_nobody_says_any_more_are_forgotten(
    client: Any, database: Database, tenant: UUID, owner: Any
) -> None:
    key = await conversation_of(client, "staying")
    sent = await client.data(SEND, input={"conversationId": key, "body": "regretted words"})
    await count(database, tenant, key)
    await client.data(
        "mutation ($id: ID!) { deleteMessage(input: {messageId: $id}) { message { id } } }",
        id=sent["sendMessage"]["message"]["id"],
    )
    await count(database, tenant, key)
    await count_tenant(database, tenant)
    kept = await owner.fetch("SELECT term FROM search_terms WHERE tenant_id = $1", tenant)
    assert [row["term"] for row in kept] == ["staying"]


async def test_another_tenant_s_words_are_not_meant(
    client: Any, database: Database, owner: Any
) -> None:
    other = await make_tenant(owner)
    await owner.execute(
        "INSERT INTO search_terms (tenant_id, term, count, checked_at) VALUES ($1, 'lunch', 9, $2)",
        *(other, now()),
    )
    await conversation_of(client, "launch")
    assert await search(client, "lnuch") == ([], {})
    async with database.connection(other) as connection:
        assert await connection.fetchval("SELECT count(*) FROM search_terms") == 1
