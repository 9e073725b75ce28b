"""The operations that are measured, as each server is asked them, and what they must answer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from benchmarks.peers.dataset import RARE, Dataset
from resolvers.opaque import packed_in
from schema.ids import IdType, encode_id

FLAT = "abcdefghij"
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

POSTGRAPHILE = {
    "Viewer": "query Viewer { viewer { id } }",
    "Page": """
        query Page($id: UUID!) { conversation: conversationByRowId(rowId: $id) {
            messages(last: 50, orderBy: [SENT_AT_ASC, ROW_ID_ASC]) {
                nodes { id: rowId kind body sentAt sender { id: rowId name } }
                pageInfo { hasNextPage hasPreviousPage } } } }""",
    "Conversations": """
        query Conversations {
            conversations: allConversations(first: 20, orderBy: LAST_ACTIVITY_AT_DESC) {
            nodes { id: rowId title lastMessage { id: rowId body sentAt }
                participants(first: 10, orderBy: PRIMARY_KEY_ASC) { nodes { id: rowId name } } }
            pageInfo { hasNextPage } } }""",
    "Search": """
        query Search($query: String!, $viewer: UUID!) {
            search: searchMessages(query: $query, viewer: $viewer, most: 21, first: 20) {
                nodes { id: rowId body sentAt sender { name } } pageInfo { hasNextPage } } }""",
    "Flat": "query Flat("
    + ", ".join(f"${name}: UUID!" for name in FLAT)
    + ") {"
    + " ".join(
        f"{name}: conversationByRowId(rowId: ${name}) {{"
        " messages(first: 100, orderBy: [SENT_AT_ASC, ROW_ID_ASC]) {"
        " nodes { id: rowId kind body sentAt } } }"
        for name in FLAT
    )
    + "}",
    "Send": """
        mutation Send($input: SendMessageInput!) {
            sendMessage(input: $input) { message: result { id: rowId body } } }""",
}
"""The same in the names that PostGraphile derives from the tables."""

DOCUMENTS = {
    "Viewer": "query Viewer { viewer { id } }",
    "Page": """
        query Page($id: ID!) { conversation(id: $id) { messages(last: 50) {
            nodes { id kind body sentAt sender { id name } }
            pageInfo { hasNextPage hasPreviousPage } } } }""",
    "Conversations": """
        query Conversations { conversations(first: 20) {
            nodes { id title lastMessage { id body sentAt }
                participants(first: 10) { nodes { id name } } }
            pageInfo { hasNextPage } } }""",
    "Search": """
        query Search($query: String!) { search(query: $query, first: 20) {
            nodes { id body sentAt sender { name } } pageInfo { hasNextPage } } }""",
    "Flat": "query Flat("
    + ", ".join(f"${name}: ID!" for name in FLAT)
    + ") {"
    + " ".join(
        f"{name}: conversation(id: ${name}) {{"
        " messages(first: 100) { nodes { id kind body sentAt } } }"
        for name in FLAT
    )
    + "}",
    "Send": """
        mutation Send($input: SendMessageInput!) {
            sendMessage(input: $input) { message { id body } } }""",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it is called, and the variables of its requests, taken in turn."""

    name: str
    title: str
    variables: Sequence[dict[str, Any]]
    """Ids are UUIDs here."""

    is_write: bool = False


def operations(dataset: Dataset) -> list[Operation]:
    """The six operations over the rows of the data set."""
    ids = dataset.conversation_ids
    tens = [ids[start : start + len(FLAT)] for start in range(0, len(ids), len(FLAT))]
    return [
        Operation("Viewer", "viewer's id, no SQL", [{}]),
        Operation("Page", "50 messages with senders", [{"id": key} for key in ids]),
        Operation("Conversations", "20 conversations, last message, participants", [{}]),
        Operation("Search", "search, 20 messages with senders", [{"query": w} for w in RARE]),
        Operation("Flat", "1,000 messages", [dict(zip(FLAT, t, strict=True)) for t in tens]),
        Operation(
            "Send",
            "send a message",
            [{"input": {"conversationId": key, "body": "hello there"}} for key in ids],
            is_write=True,
        ),
    ]


def bodies(operation: Operation, dialect: str, dataset: Dataset) -> list[bytes]:
    """The bodies of an operation's requests in a server's dialect: "parley" or "postgraphile"."""
    spell = _in_postgraphile if dialect == "postgraphile" else _in_parley
    documents = POSTGRAPHILE if dialect == "postgraphile" else DOCUMENTS
    return [
        orjson.dumps(
            {
                "query": documents[operation.name],
                "operationName": operation.name,
                "variables": spell(operation.name, variables, dataset),
            }
        )
        for variables in operation.variables
    ]


def _in_parley(name: str, variables: dict[str, Any], _dataset: Dataset) -> dict[str, Any]:
    return _map_leaves(
        variables,
        lambda value: encode_id(IdType.CONVERSATION, value) if isinstance(value, UUID) else value,
    )


def _in_postgraphile(name: str, variables: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    spelled = _map_leaves(variables, lambda v: str(v) if isinstance(v, UUID) else v)
    viewer = str(dataset.viewer.user_id)
    if name == "Search":
        spelled["viewer"] = viewer
    if name == "Send":
        given = spelled["input"]
        given["conversation"], given["viewer"] = given.pop("conversationId"), viewer
    return spelled


def canonical(operation: str, answer: bytes) -> Any:
    """The data of an answer, with ids as UUIDs and times as numbers, to compare with another's."""
    result = orjson.loads(answer)
    assert "errors" not in result, result
    data = result["data"]
    if operation == "Send":
        return data["sendMessage"]["message"]["body"]
    return _map_leaves(data, _canonical_leaf)


def _canonical_leaf(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if TIMESTAMP.match(value):
        return round(datetime.fromisoformat(value).timestamp() * 1000)
    try:
        return str(UUID(value))
    except ValueError:
        pass
    try:
        packed = packed_in(value)
    except ValueError:
        return value
    return str(UUID(bytes=packed[1:])) if len(packed) == 17 else value


def _map_leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _map_leaves(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_map_leaves(item, change) for item in value]
    return change(value)
