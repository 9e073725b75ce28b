"""The limit: a Starlette handler for each operation, one statement each, straight to orjson.

It knows the operations by their names and reads no GraphQL. The rows and the answers are those of
the others, ids included.
"""

import base64
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

WORLD = orjson.loads(os.environ["PEER"])
KNOWN = {WORLD["token"]: (UUID(WORLD["userId"]), time.time() + 86_400)}

VISIBLE = """(c.visibility = 'TENANT' OR EXISTS (SELECT FROM participants v
    WHERE v.conversation_id = c.id AND v.user_id = $1 AND v.left_at IS NULL))"""
PAGE = f"""
    SELECT m.id, m.kind, m.body, m.sent_at, p.id AS sender_id, p.name
    FROM conversations c
    CROSS JOIN LATERAL (
        SELECT * FROM messages m WHERE m.conversation_id = c.id
        ORDER BY m.sent_at DESC, m.id DESC LIMIT 51) m
    LEFT JOIN participants p ON p.id = m.sender_id
    WHERE c.id = $2 AND {VISIBLE} ORDER BY m.sent_at DESC, m.id DESC"""
CONVERSATIONS = f"""
    SELECT c.id, c.title, m.id AS message_id, m.body, m.sent_at, p.ids, p.names
    FROM (SELECT * FROM conversations c WHERE {VISIBLE}
          ORDER BY c.last_activity_at DESC, c.id DESC LIMIT 21) c
    LEFT JOIN messages m ON m.id = c.last_message_id AND m.sent_at = c.last_activity_at
    CROSS JOIN LATERAL (
        SELECT array_agg(p.id) AS ids, array_agg(p.name) AS names FROM (
            SELECT p.id, p.name FROM participants p WHERE p.conversation_id = c.id
            ORDER BY p.created_at, p.id LIMIT 10) p) p
    ORDER BY c.last_activity_at DESC, c.id DESC"""
SEARCH = """
    SELECT m.id, m.body, m.sent_at, p.name
    FROM search_messages($2, $1, 21) m
    LEFT JOIN participants p ON p.id = m.sender_id ORDER BY m.sent_at DESC, m.id DESC"""
FLAT = f"""
    SELECT c.id AS conversation_id, m.id, m.kind, m.body, m.sent_at
    FROM conversations c
    CROSS JOIN LATERAL (
        SELECT * FROM messages m WHERE m.conversation_id = c.id
        ORDER BY m.sent_at, m.id LIMIT 100) m
    WHERE c.id = ANY($2::uuid[]) AND {VISIBLE} ORDER BY m.sent_at, m.id"""
SEND = "SELECT id, body FROM send_message($2, $1, $3)"

Answer = Callable[["asyncpg.Pool[asyncpg.Record]", UUID, dict[str, Any]], Awaitable[Any]]


def key(kind: bytes, identity: UUID) -> str:
    return base64.urlsafe_b64encode(kind + identity.bytes).rstrip(b"=").decode()


def key_in(text: str) -> UUID:
    return UUID(bytes=base64.urlsafe_b64decode(text + "==")[1:])


async def viewer(_pool: Any, user: UUID, _variables: dict[str, Any]) -> Any:
    return {"viewer": {"id": key(b"u", user)}}


async def page(pool: Any, user: UUID, variables: dict[str, Any]) -> Any:
    rows = await pool.fetch(PAGE, user, key_in(variables["id"]))
    more = len(rows) > 50
    nodes = [
        {
            "id": key(b"m", row["id"]),
            "kind": row["kind"],
            "body": row["body"],
            "sentAt": row["sent_at"],
            "sender": {"id": key(b"p", row["sender_id"]), "name": row["name"]},
        }
        for row in rows[49::-1]
    ]
    page_info = {"hasNextPage": False, "hasPreviousPage": more}
    return {"conversation": {"messages": {"nodes": nodes, "pageInfo": page_info}}}


async def conversations(pool: Any, user: UUID, _variables: dict[str, Any]) -> Any:
    rows = await pool.fetch(CONVERSATIONS, user)
    nodes = [
        {
            "id": key(b"c", row["id"]),
            "title": row["title"],
            "lastMessage": {
                "id": key(b"m", row["message_id"]),
                "body": row["body"],
                "sentAt": row["sent_at"],
            },
            "participants": {
                "nodes": [
                    {"id": key(b"p", identity), "name": name}
                    for identity, name in zip(row["ids"], row["names"], strict=True)
                ]
            },
        }
        for row in rows[:20]
    ]
    return {"conversations": {"nodes": nodes, "pageInfo": {"hasNextPage": len(rows) > 20}}}


async def search(pool: Any, user: UUID, variables: dict[str, Any]) -> Any:
    rows = await pool.fetch(SEARCH, user, variables["query"])
    nodes = [
        {
            "id": key(b"m", row["id"]),
            "body": row["body"],
            "sentAt": row["sent_at"],
            "sender": {"name": row["name"]},
        }
        for row in rows[:20]
    ]
    return {"search": {"nodes": nodes, "pageInfo": {"hasNextPage": len(rows) > 20}}}


async def flat(pool: Any, user: UUID, variables: dict[str, Any]) -> Any:
    asked = {name: key_in(text) for name, text in variables.items()}
    nodes: dict[UUID, list[Any]] = {identity: [] for identity in asked.values()}
    for row in await pool.fetch(FLAT, user, list(nodes)):
        nodes[row["conversation_id"]].append(
            {
                "id": key(b"m", row["id"]),
                "kind": row["kind"],
                "body": row["body"],
                "sentAt": row["sent_at"],
            }
        )
    return {name: {"messages": {"nodes": nodes[identity]}} for name, identity in asked.items()}


async def send(pool: Any, user: UUID, variables: dict[str, Any]) -> Any:
    given = variables["input"]
    row = await pool.fetchrow(SEND, user, key_in(given["conversationId"]), given["body"])
    return {"sendMessage": {"message": {"id": key(b"m", row["id"]), "body": row["body"]}}}


ANSWERS: dict[str, Answer] = {
    "Viewer": viewer,
    "Page": page,
    "Conversations": conversations,
    "Search": search,
    "Flat": flat,
    "Send": send,
}


async def answer(request: Request) -> Response:
    """One operation."""
    user, until = KNOWN[request.headers["authorization"].removeprefix("Bearer ")]
    if until < time.time():
        return Response(status_code=401)
    asked = orjson.loads(await request.body())
    data = await ANSWERS[asked["operationName"]](request.app.state.pool, user, asked["variables"])
    return Response(orjson.dumps({"data": data}), media_type="application/json")


async def serve() -> None:
    """Serve until the process ends."""
    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    size = WORLD["pool"]
    app.state.pool = await asyncpg.create_pool(
        host=WORLD["socketDir"],
        port=WORLD["databasePort"],
        user="peer",
        database="parley",
        server_settings=WORLD["connection"],
        min_size=size,
        max_size=size,
        reset=_no_reset,
    )
    config = uvicorn.Config(app, port=WORLD["port"], log_level="warning", access_log=False)
    await uvicorn.Server(config).serve()


async def _no_reset(_connection: Any) -> None:
    """Nothing changes a connection: asyncpg's reset would cost a round trip."""


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve())
