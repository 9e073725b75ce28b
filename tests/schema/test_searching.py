"""Searching as a client does."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from models.base import now
from resolvers.search import NEWEST_FIRST, OLDEST_FIRST
from resolvers.searching.bounds import Bounds
from resolvers.searching.ranking import RankCursor

SEARCH = """
    query ($query: String!, $first: Int, $after: String, $filter: SearchFilterInput,
           $order: SearchOrder) {
        search(query: $query, first: $first, after: $after, filter: $filter, orderBy: $order) {
            totalCount partial
            edges { cursor node { body } highlights { start end } }
            pageInfo { hasNextPage endCursor }
        }
    }
"""
CREATE = """
    mutation ($title: String!) {
        createConversation(input: {title: $title}) { conversation { id } }
    }
"""
SEND = """
    mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }
"""


async def conversation_of(client: Any, *bodies: str, title: str = "c") -> str:
    made = await client.data(CREATE, title=title)
    key: str = made["createConversation"]["conversation"]["id"]
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


OPERATORS = ["-" * 10_000, "(a OR b) " * 1_200, "a OR " * 199 + "a", '"' * 999, "*" * 10_000, "*"]


@pytest.mark.parametrize("query", OPERATORS)
async def test_operators_without_end_are_told(client: Any, query: str) -> None:
    assert await client.code(SEARCH, query=query) == "BAD_QUERY"


@pytest.mark.parametrize(
    "query", ["((((", "", "   ", '""', "-only", "!!!", "x" * 1001, "a\x00", "a\ud800"]
)
async def test_queries_without_a_word_are_told(client: Any, query: str) -> None:
    assert await client.code(SEARCH, query=query) == "BAD_QUERY"


async def test_errors_point_at_the_character(client: Any) -> None:
    result = await client.result(SEARCH, query='🎉 lunch "open')
    (error,) = result["errors"]
    assert error["extensions"] == {"code": "BAD_QUERY", "position": 8}


@pytest.mark.parametrize(
    "query",
    ["a & | ! b", "\u202eabc", "שלום עולם", "\u200fسلام\u200f", "*a*", "a'b\\", "(a.*)+$ [b"],
)
async def test_strange_queries_are_answered(client: Any, query: str) -> None:
    await conversation_of(client, "abc")
    await client.data(SEARCH, query=query)


async def test_texts_from_right_to_left_are_found_and_marked(client: Any) -> None:
    bodies = {
        "שָׁלוֹם עולם": ("שלום", "שָׁלוֹם"),
        "\u200fشُكرًا\u200f جزيلًا": ("شكرا", "شُكرًا"),
    }
    await conversation_of(client, *bodies)
    for body, (query, marked) in bodies.items():
        (edge,) = (await client.data(SEARCH, query=query))["search"]["edges"]
        assert edge["node"]["body"] == body
        (found,) = edge["highlights"]
        assert body[found["start"] : found["end"]].strip("\u200f") == marked


@pytest.mark.parametrize(
    ("query", "position"), [("a\ud800", 1), ('ok "open', 3), ("x from:!", 7), ("", 0), ("*", 0)]
)
async def test_one_parser_answers_everywhere(client: Any, query: str, position: int) -> None:
    key = await conversation_of(client)
    added = "subscription ($q: String) { messageAdded(query: $q) { body } }"
    for outcome in (
        await client.result(SEARCH, query=query),
        await client.result(IN_CONVERSATION, id=key, query=query),
        await client.refused(added, q=query),
    ):
        (error,) = outcome["errors"]
        assert error["extensions"] == {"code": "BAD_QUERY", "position": position}


IN_CONVERSATION = """
    query ($id: ID!, $query: String, $first: Int, $after: String, $last: Int, $before: String,
           $around: DateTime) {
        conversation(id: $id) {
            messages(first: $first, after: $after, last: $last, before: $before,
                     aroundTime: $around, filter: {query: $query}) {
                totalCount
                edges { cursor node { body sentAt } }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            }
        }
    }
"""


async def page(client: Any, key: str, query: str, **variables: Any) -> tuple[list[str], Any]:
    data = await client.data(IN_CONVERSATION, id=key, query=query, **variables)
    found = data["conversation"]["messages"]
    return [edge["node"]["body"] for edge in found["edges"]], found


async def test_a_conversation_is_paged_by_a_query_both_ways(client: Any) -> None:
    await conversation_of(client, "hit elsewhere")
    bodies = [f"{'hit' if n % 2 else 'miss'} {n}" for n in range(12)]
    key = await conversation_of(client, *bodies)
    every, found = await page(client, key, "hit")
    assert every == ["hit 1", "hit 3", "hit 5", "hit 7", "hit 9", "hit 11"]
    assert found["totalCount"] == 6
    first, found = await page(client, key, "hit", first=2)
    assert (first, found["pageInfo"]["hasNextPage"]) == (["hit 1", "hit 3"], True)
    after = found["pageInfo"]["endCursor"]
    assert (await page(client, key, "hit", first=2, after=after))[0] == ["hit 5", "hit 7"]
    last, found = await page(client, key, "hit", last=2)
    assert (last, found["pageInfo"]["hasPreviousPage"]) == (["hit 9", "hit 11"], True)
    before = found["pageInfo"]["startCursor"]
    assert (await page(client, key, "hit", last=3, before=before))[0] == ["hit 3", "hit 5", "hit 7"]
    middle = (await page(client, key, "7"))[1]["edges"][0]["node"]["sentAt"]
    around = (await page(client, key, "hit", first=4, around=middle))[0]
    assert around == ["hit 3", "hit 5", "hit 7", "hit 9"]


@pytest.mark.parametrize("identity", [UUID(int=0), UUID(int=2**128 - 1)])
async def test_cursors_of_no_message_are_answered(client: Any, identity: UUID) -> None:
    await conversation_of(client, "hit")
    for order, keyset in (("NEWEST", NEWEST_FIRST), ("OLDEST", OLDEST_FIRST)):
        cursor = keyset.cursor_at(now(), identity)
        await client.data(SEARCH, query="hit", after=cursor, order=order)
    cursor = RankCursor(0.5, identity, Bounds(identity, UUID(int=5))).text
    await client.data(SEARCH, query="hit", after=cursor, order="RELEVANCE")
    assert await client.code(SEARCH, query="hit", after=cursor, order="NEWEST") == "BAD_CURSOR"


async def test_orders_and_their_pages(client: Any) -> None:
    bodies = ["one two", "two or three or one", "one", "two", "the one then two"]
    await conversation_of(client, *bodies)

    async def pages(order: str) -> list[str]:
        seen: list[str] = []
        after = None
        while True:
            data = await client.data(SEARCH, query="one two", first=1, after=after, order=order)
            seen.extend(edge["node"]["body"] for edge in data["search"]["edges"])
            after = data["search"]["pageInfo"]["endCursor"]
            if not data["search"]["pageInfo"]["hasNextPage"]:
                return seen
            if len(seen) == 1:
                await conversation_of(client, "two one")

    matching = [bodies[0], bodies[1], bodies[4]]
    # A message that comes between two pages is not on a later one, but where it belongs.
    assert await pages("NEWEST") == matching[::-1]
    assert await pages("OLDEST") == [*matching, "two one", "two one"]
    close = ["two one", "two one", "one two"]
    assert await pages("RELEVANCE") == [*close, "the one then two", "two or three or one"]


async def test_names_of_people_and_conversations(client: Any, client_of: Any, sign_up: Any) -> None:
    ben = client_of(await sign_up("ben"))
    lisbon = await conversation_of(client, "tickets", title="Trip to Lisboa")
    await client.data(SEND, input={"conversationId": lisbon, "body": "https://a.org/tickets"})
    await ben.data(SEND, input={"conversationId": lisbon, "body": "seats"})
    await conversation_of(ben, "tickets at home")
    expected = {
        "from:ana": ["https://a.org/tickets", "tickets"],
        "from:me tickets": ["https://a.org/tickets", "tickets"],
        "in:lisbo* -from:ana": ["seats"],
        "from:ben OR has:link": ["tickets at home", "seats", "https://a.org/tickets"],
        "from:nobody": [],
        "tickets -in:lisboa": ["tickets at home"],
        "tickets on:1999": [],
        "kind:image OR seats": ["seats"],
    }
    for query, bodies in expected.items():
        assert await found(client, query) == bodies, query


async def test_marks_and_reactions(client: Any) -> None:
    key = await conversation_of(client, "plain")
    ids = {}
    for body in ("marked", "liked", "edited"):
        sent = await client.data(SEND, input={"conversationId": key, "body": body})
        ids[body] = sent["sendMessage"]["message"]["id"]
    await client.data(
        """mutation ($marked: ID!, $liked: ID!, $edited: ID!) {
            addBookmark(input: {messageId: $marked}) { message { id } }
            addReaction(input: {messageId: $liked, emoji: "👍"}) { message { id } }
            editMessage(input: {messageId: $edited, body: "edited plainly"}) { message { id } }
        }""",
        **ids,
    )
    assert await found(client, "is:bookmarked") == ["marked"]
    assert await found(client, "has:reaction") == ["liked"]
    assert await found(client, "is:edited") == ["edited plainly"]
    assert await found(client, "is:bookmarked OR has:reaction") == ["liked", "marked"]
    assert await found(client, "from:me -is:bookmarked -has:reaction -is:edited") == ["plain"]


async def test_languages(client: Any) -> None:
    key = await conversation_of(
        client, "Guten Morgen, wie geht es dir heute?", "Good morning, how are you today?", "ok"
    )
    sent = await client.data(SEND, input={"conversationId": key, "body": "今天我们去吃饭"})
    german, english, short, chinese = [
        "Guten Morgen, wie geht es dir heute?",
        "Good morning, how are you today?",
        "ok",
        "今天我们去吃饭",
    ]
    expected = {
        "lang:de": [german],
        "lang:EN morning": [english],
        "lang:zh OR lang:de": [chinese, german],
        "-lang:de -lang:zh from:me": [short, english],
        "lang:fr": [],
    }
    for query, bodies in expected.items():
        assert await found(client, query) == bodies, query
    await client.data(
        """mutation ($id: ID!) {
            editMessage(input: {messageId: $id, body: "Wir gehen heute zusammen essen"}) {
                message { id }
            }
        }""",
        id=sent["sendMessage"]["message"]["id"],
    )
    assert await found(client, "lang:de") == ["Wir gehen heute zusammen essen", german]
    assert await client.code(SEARCH, query="lang:klingonish") == "BAD_QUERY"


def month_of(moment: datetime) -> str:
    """The first day of its month."""
    return f"{moment:%Y-%m}-01"


async def test_facets_count_the_matches(client: Any) -> None:
    began = now()
    await conversation_of(client, "hit", "hit", title="One")
    await conversation_of(client, "hit", title="Two")
    data = await client.data(
        """{ search(query: "hit", first: 0) { totalCount facets { total capped partial
            conversations { conversation { title } count }
            senders { sender { name } count }
            months { month count }
            kinds { kind count } } } }"""
    )
    facets = data["search"]["facets"]
    assert facets["partial"] is False
    assert (data["search"]["totalCount"], facets["total"], facets["capped"]) == (3, 3, False)
    titles = [(each["conversation"]["title"], each["count"]) for each in facets["conversations"]]
    assert titles == [("One", 2), ("Two", 1)]
    assert sum(each["count"] for each in facets["senders"]) == 3
    assert facets["kinds"] == [{"kind": "TEXT", "count": 3}]
    assert sum(each["count"] for each in facets["months"]) == 3
    # A month may have ended meanwhile.
    assert {each["month"] for each in facets["months"]} <= {month_of(began), month_of(now())}


async def test_a_page_whose_time_is_up_goes_on_from_its_cursor(client: Any, owner: Any) -> None:
    # Only the newest month is looked at then, whatever the time.
    await owner.execute("SELECT parley_ensure_message_partitions('2024-01-01', '2024-02-01')")
    bodies = [f"needle {n}" for n in range(3)]
    await conversation_of(client, *bodies)
    limits = replace(client.services.limits, search_seconds=0)
    hurried = replace(client, services=replace(client.services, limits=limits))
    seen: list[str] = []
    partial = 0
    after = None
    more = True
    while more:
        page = (await hurried.once(SEARCH, query="needle", after=after))["data"]["search"]
        seen.extend(edge["node"]["body"] for edge in page["edges"])
        partial += page["partial"]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert seen == bodies[::-1]
    assert partial > 0
    facets = '{ search(query: "needle", first: 0) { facets { total capped partial } } }'
    counted = (await hurried.once(facets))["data"]["search"]["facets"]
    assert counted == {"total": 3, "capped": False, "partial": True}
