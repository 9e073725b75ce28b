"""Pages around a message and around a time, and reading on from them both ways."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.test_reading import bodies, make_conversation

PAGE = """
    query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $around: ID,
           $aroundTime: DateTime, $filter: MessageFilterInput) {
        conversation(id: $id) {
            messages(first: $first, after: $after, last: $last, before: $before, around: $around,
                     aroundTime: $aroundTime, filter: $filter) {
                edges { cursor node { id body sentAt } }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            }
        }
    }
"""
COUNT = 20
TEXTS = [f"m{n:02}" for n in range(COUNT)]


@pytest.fixture
async def chat(client: Any) -> tuple[str, list[dict[str, Any]]]:
    """A conversation's id, and its messages."""
    key = await make_conversation(client, "long", *TEXTS)
    page = await ask(client, key)
    return key, [edge["node"] for edge in page["edges"]]


async def ask(client: Any, key: str, **arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await client.data(PAGE, id=key, **arguments))["conversation"]
    return dict(found["messages"])


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(0, COUNT - 1), size=st.integers(0, COUNT + 5))
async def test_page_has_half_before_its_middle_and_says_what_is_beyond(
    client: Any, chat: tuple[str, list[dict[str, Any]]], at: int, size: int
) -> None:
    key, messages = chat
    page = await ask(client, key, around=messages[at]["id"], first=size)
    start, end = max(0, at - size // 2), min(COUNT, at + size - size // 2)
    assert bodies(page) == TEXTS[start:end]
    assert page["pageInfo"]["hasPreviousPage"] == (start > 0)
    assert page["pageInfo"]["hasNextPage"] == (end < COUNT)


async def test_cursors_go_on_both_ways(client: Any, chat: tuple[str, list[dict[str, Any]]]) -> None:
    key, messages = chat
    page = await ask(client, key, around=messages[10]["id"], first=4)
    assert bodies(page) == TEXTS[8:12]
    newer = await ask(client, key, first=3, after=page["pageInfo"]["endCursor"])
    assert bodies(newer) == TEXTS[12:15]
    older = await ask(client, key, last=3, before=page["pageInfo"]["startCursor"])
    assert bodies(older) == TEXTS[5:8]


async def test_page_around_a_time(client: Any, chat: tuple[str, list[dict[str, Any]]]) -> None:
    key, messages = chat
    moment = datetime.fromisoformat(messages[10]["sentAt"])
    # Some may have been sent in one millisecond.
    times = [message["sentAt"] for message in messages]
    first = times.index(messages[10]["sentAt"])
    page = await ask(client, key, aroundTime=moment.isoformat(), first=4)
    assert bodies(page) == TEXTS[first - 2 : first + 2]
    later = await ask(client, key, aroundTime=(moment + timedelta(days=9)).isoformat(), first=6)
    assert bodies(later) == TEXTS[-3:]
    assert not later["pageInfo"]["hasNextPage"]
    earlier = await ask(client, key, aroundTime="2020-01-01T00:00:00Z", first=6)
    assert bodies(earlier) == TEXTS[:3]
    assert not earlier["pageInfo"]["hasPreviousPage"]


async def test_page_around_a_message_that_the_filter_leaves_out(
    client: Any, chat: tuple[str, list[dict[str, Any]]]
) -> None:
    key, messages = chat
    await client.data(
        "mutation ($id: ID!) { addBookmark(input: {messageId: $id}) { message { id } } }",
        id=messages[3]["id"],
    )
    page = await ask(client, key, around=messages[10]["id"], filter={"bookmarked": True})
    assert bodies(page) == ["m03"]


async def test_pages_of_several_conversations_around_one_time(client: Any) -> None:
    expected = {}
    for name in "abc":
        await make_conversation(client, name, f"{name}1", f"{name}2")
        expected[name] = [f"{name}1", f"{name}2"]
    found = await client.data(
        """query { conversations {
            nodes { title messages(aroundTime: "2099-01-01T00:00:00Z") { nodes { body } } }
        } }"""
    )
    pages = {
        node["title"]: [message["body"] for message in node["messages"]["nodes"]]
        for node in found["conversations"]["nodes"]
    }
    assert pages == expected


async def test_a_page_around_a_message_takes_three_statements_more(
    client: Any, chat: tuple[str, list[dict[str, Any]]]
) -> None:
    key, messages = chat
    plain = await client.count_statements(PAGE, id=key)
    around = await client.count_statements(PAGE, id=key, around=messages[5]["id"])
    assert (plain, around) == (1, 4)


async def test_what_makes_no_sense_is_told(
    client: Any, chat: tuple[str, list[dict[str, Any]]]
) -> None:
    key, messages = chat
    other = await make_conversation(client, "other", "hello")
    here, now = messages[5]["id"], "2026-01-01T00:00:00Z"
    assert await client.code(PAGE, id=other, around=here) == "NOT_FOUND"
    assert await client.code(PAGE, id=key, around=key) == "BAD_ID"
    assert await client.code(PAGE, id=key, around=here, aroundTime=now) == "BAD_PAGE"
    assert await client.code(PAGE, id=key, around=here, last=3) == "BAD_PAGE"
    assert await client.code(PAGE, id=key, around=here, first=101) == "BAD_PAGE"
