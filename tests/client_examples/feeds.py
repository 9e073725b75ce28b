"""What resuming clients meet: a conversation and a schedule whose events are not kept any more."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from benchmarks.faults.rig import Rig
from resolvers.feeds import cursor_at
from schema.ids import IdType, decode_id

CREATE_SCHEDULE = """
    mutation ($input: CreateScheduleInput!) { made: createSchedule(input: $input) {
        schedule { id } userErrors { code }
    } }
"""
TURN = """
    mutation ($id: ID!) {
        pauseSchedule(input: { scheduleId: $id }) { userErrors { code } }
        resumeSchedule(input: { scheduleId: $id }) { userErrors { code } }
    }
"""
SEND = """
    mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }
"""


@dataclass(frozen=True)
class Forgotten:
    """Streams with old cursors, after which nothing is kept."""

    conversation_id: str
    conversation_cursor: str
    schedule_id: str
    schedule_cursor: str


async def ask(url: str, token: str, document: str, **variables: Any) -> dict[str, Any]:
    """The data of an operation that must not fail."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as client:
        answer = (await client.post(url, json={"query": document, "variables": variables})).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


async def forget(made: Rig, url: str, token: str, place: str) -> Forgotten:
    """Let time pass for a conversation and for a schedule of it: their events go.

    The server is begun anew, since it knows the newest events without the table.
    """
    given = {"conversationId": place, "body": "later", "sendAt": "2099-01-01T09:00:00"}
    answer = await ask(url, token, CREATE_SCHEDULE, input=given | {"timeZone": "Europe/Vienna"})
    assert answer["made"]["userErrors"] == []
    schedule: str = answer["made"]["schedule"]["id"]
    await turn(url, token, schedule)
    await ask(url, token, SEND, input={"conversationId": place, "body": "kept no more"})
    streams = [decode_id(IdType.CONVERSATION, place), decode_id(IdType.SCHEDULE, schedule)]
    await _discard(made.servers.database_url, streams)
    await made.kill_program(made.apis[0])
    return Forgotten(place, cursor_at(streams[0], 0), schedule, cursor_at(streams[1], 0))


async def turn(url: str, token: str, schedule_id: str) -> None:
    """Pause and resume a schedule: two events."""
    await ask(url, token, TURN, id=schedule_id)


async def _discard(database_url: str, streams: list[UUID]) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("DELETE FROM events WHERE stream_id = ANY($1)", streams)
    finally:
        await connection.close()
