"""The viewer's bookmarks."""

from typing import Any

from tests.schema.test_reading import make_conversation

MARK = """
    mutation ($id: ID!, $note: String) {
        addBookmark(input: {messageId: $id, note: $note}) { message { id } }
    }
"""
LIST = """
    query ($first: Int, $after: String, $filter: BookmarkFilterInput) {
        bookmarks(first: $first, after: $after, filter: $filter) {
            totalCount
            edges { cursor node { note createdAt message { body conversation { title } } } }
            pageInfo { hasNextPage endCursor }
        }
    }
"""
MESSAGES = "query ($id: ID!) { conversation(id: $id) { messages { nodes { id body } } } }"


async def mark_all(client: Any, title: str, *bodies: str) -> str:
    """A conversation whose every message is marked, the first one first; its id."""
    key = await make_conversation(client, title, *bodies)
    found = await client.data(MESSAGES, id=key)
    for node in found["conversation"]["messages"]["nodes"]:
        await client.data(MARK, id=node["id"], note=f"note on {node['body']}")
    return key


def marked(found: dict[str, Any]) -> list[str]:
    return [edge["node"]["message"]["body"] for edge in found["bookmarks"]["edges"]]


async def test_bookmarks_are_listed_the_latest_first(client: Any) -> None:
    a = await mark_all(client, "a", "a1", "a2")
    await mark_all(client, "b", "b1", "b2")
    first = await client.data(LIST, first=3)
    assert marked(first) == ["b2", "b1", "a2"]
    assert first["bookmarks"]["totalCount"] == 4
    assert first["bookmarks"]["edges"][0]["node"]["note"] == "note on b2"
    assert first["bookmarks"]["pageInfo"]["hasNextPage"]
    rest = await client.data(LIST, first=3, after=first["bookmarks"]["pageInfo"]["endCursor"])
    assert marked(rest) == ["a1"]
    here = await client.data(LIST, filter={"conversationId": a})
    assert marked(here) == ["a2", "a1"]
    assert here["bookmarks"]["totalCount"] == 2


async def test_bookmarks_are_their_makers(client: Any, client_of: Any, sign_up: Any) -> None:
    await mark_all(client, "a", "a1")
    other = client_of(await sign_up("other"))
    assert (await other.data(LIST))["bookmarks"] == {
        "totalCount": 0,
        "edges": [],
        "pageInfo": {"hasNextPage": False, "endCursor": None},
    }


async def test_bookmarks_of_what_one_sees_no_more_are_gone(
    client: Any, owner: Any, tenant: Any
) -> None:
    await mark_all(client, "a", "a1")
    await owner.execute(
        "UPDATE conversations SET visibility = 'PRIVATE' WHERE tenant_id = $1", tenant
    )
    assert marked(await client.data(LIST)) == ["a1"]
    await owner.execute("UPDATE participants SET left_at = now() WHERE tenant_id = $1", tenant)
    assert marked(await client.data(LIST)) == []


async def test_statements_do_not_grow_with_bookmarks(client: Any) -> None:
    await mark_all(client, "a", *(f"a{n}" for n in range(8)))
    few = await client.count_statements(LIST, first=1)
    assert await client.count_statements(LIST, first=8) == few == 4
