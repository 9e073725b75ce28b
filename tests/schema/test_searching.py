"""Searching as a client does."""

from typing import Any

import pytest

SEARCH = """
    query ($query: String!, $first: Int, $after: String, $filter: SearchFilterInput) {
        search(query: $query, first: $first, after: $after, filter: $filter) {
            totalCount
            edges { cursor node { body } highlights { start end } }
            pageInfo { hasNextPage endCursor }
        }
    }
"""
CREATE = """
    mutation { createConversation(input: {title: "c"}) { conversation { id } } }
"""
SEND = """
    mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }
"""


async def conversation_of(client: Any, *bodies: str) -> str:
    key: str = (await client.data(CREATE))["createConversation"]["conversation"]["id"]
    for body in bodies:
        await client.data(SEND, input={"conversationId": key, "body": body})
    return key


async def found(client: Any, query: str, **variables: Any) -> list[str]:
    edges = (await client.data(SEARCH, query=query, **variables))["search"]["edges"]
    return [edge["node"]["body"] for edge in edges]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("pizza", ["Pizza tonight?", "no pizza, please"]),
        ("PIZZA tonight", ["Pizza tonight?"]),
        ("pizza -please", ["Pizza tonight?"]),
        ('"no pizza"', ["no pizza, please"]),
        ("tonight OR café", ["Pizza tonight?", "the Café is open"]),
        ("cafe", ["the Café is open"]),
        ("INV-20231", ["invoice INV-20231 is paid"]),
        ("github.com", ["see github.com/parley"]),
        ("unheard", []),
    ],
)
async def test_words_phrases_and_negation(client: Any, query: str, expected: list[str]) -> None:
    await conversation_of(
        client,
        "Pizza tonight?",
        "no pizza, please",
        "the Café is open",
        "invoice INV-20231 is paid",
        "see github.com/parley",
    )
    assert sorted(await found(client, query)) == sorted(expected)


async def test_matches_are_ranges_of_code_points(client: Any) -> None:
    body = "👩‍👩‍👧 Cafe\u0301, \u00e9te\u0301 and CAFÉ!"
    await conversation_of(client, body)
    result = await client.data(SEARCH, query="café")
    (edge,) = result["search"]["edges"]
    marked = [body[each["start"] : each["end"]] for each in edge["highlights"]]
    assert marked == ["Cafe\u0301", "CAFÉ"]


async def test_pages_go_back_in_time(client: Any) -> None:
    await conversation_of(client, *(f"hit {n}" for n in range(5)))
    first = (await client.data(SEARCH, query="hit", first=2))["search"]
    assert [edge["node"]["body"] for edge in first["edges"]] == ["hit 4", "hit 3"]
    assert first["totalCount"] == 5
    after = first["pageInfo"]["endCursor"]
    assert await found(client, "hit", first=9, after=after) == ["hit 2", "hit 1", "hit 0"]


async def test_search_within_conversations(client: Any) -> None:
    one = await conversation_of(client, "word one")
    await conversation_of(client, "word two")
    assert await found(client, "word", filter={"conversationIds": [one]}) == ["word one"]
    assert len(await found(client, "word", filter={"messages": {"kinds": ["TEXT"]}})) == 2


@pytest.mark.parametrize("query", ["((((", "", "   ", '""', "-only", "!!!", "x" * 1001, "a\x00"])
async def test_queries_without_a_word_are_told(client: Any, query: str) -> None:
    assert await client.code(SEARCH, query=query) == "BAD_QUERY"


async def test_errors_point_at_the_character(client: Any) -> None:
    result = await client.result(SEARCH, query='🎉 lunch "open')
    (error,) = result["errors"]
    assert error["extensions"] == {"code": "BAD_QUERY", "position": 8}


@pytest.mark.parametrize("query", ["a & | ! b", "\u202eabc", "*a*", "a'b\\", "(a.*)+$ [b"])
async def test_strange_queries_are_answered(client: Any, query: str) -> None:
    await conversation_of(client, "abc")
    await client.data(SEARCH, query=query)
