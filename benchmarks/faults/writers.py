"""People who write until the server says that it has it, whatever is killed meanwhile."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import httpx

from models.base import now

SEND = """
    mutation ($input: SendMessageInput!) {
        sendMessage(input: $input) { message { id } userErrors { code message } } }
"""
SCHEDULE = """
    mutation ($input: CreateScheduleInput!) {
        createSchedule(input: $input) { schedule { id } userErrors { code message } } }
"""
TRY_SECONDS = 10
PAUSE_SECONDS = 0.2
AHEAD = timedelta(seconds=2)
SCHEDULED = 0.1
"""The part of the messages that is scheduled rather than sent."""


@dataclass
class Writer:
    """Writes into one conversation. `acknowledged` are the bodies that the server has taken."""

    name: str
    conversation: str
    every: float
    acknowledged: list[str] = field(default_factory=list)
    tries: int = 0

    async def write(self, addresses: Sequence[str], token: str) -> None:
        """One message after the other, until cancelled; what was begun is seen through."""
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            headers=headers, timeout=TRY_SECONDS, trust_env=False
        ) as client:
            for number in count():
                body = f"{self.name}.{number}"
                seen_through = asyncio.create_task(self._say(client, addresses, body))
                try:
                    await asyncio.shield(seen_through)
                except asyncio.CancelledError:
                    await seen_through
                    raise
                await asyncio.sleep(self.every * random.uniform(0.5, 1.5))

    async def _say(self, client: httpx.AsyncClient, addresses: Sequence[str], body: str) -> None:
        """Send or schedule it, again and again under one key until it is acknowledged."""
        about = {"conversationId": self.conversation, "body": body}
        if random.random() < SCHEDULED:
            at = (now() + AHEAD).isoformat()
            query, given = SCHEDULE, {**about, "sendAt": at, "idempotencyKey": body}
        else:
            query, given = SEND, {**about, "clientMessageId": body}
        while not await self._try(client, random.choice(addresses), query, given):
            if "sendAt" in given:
                given["sendAt"] = (now() + AHEAD).isoformat()
            await asyncio.sleep(PAUSE_SECONDS)
        self.acknowledged.append(body)

    async def _try(
        self, client: httpx.AsyncClient, address: str, query: str, given: dict[str, Any]
    ) -> bool:
        self.tries += 1
        request = {"query": query, "variables": {"input": given}}
        try:
            response = await client.post(f"http://{address}/graphql", json=request)
        except httpx.TransportError:
            return False
        answer = response.json()
        if answer.get("errors"):
            return False
        [payload] = answer["data"].values()
        codes = [error["code"] for error in payload["userErrors"]]
        # The server was away for longer than the message was ahead.
        if codes and codes != ["PAST_TIME"]:
            raise AssertionError(codes)
        return not codes
