"""Who is here, and who types."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from models.ids import new_id
from schema.ids import IdType, encode_id
from tests.schema.test_subscribing import conversation_of

PRESENCE = """
    subscription ($id: ID!, $watching: Boolean! = false) {
        presence(conversationId: $id, watching: $watching) { kind user { name } }
    }
"""
TYPE = """
    mutation ($id: ID!) { startTyping(input: {conversationId: $id}) { told userErrors { code } } }
"""


class Watch:
    """What one subscriber is told."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def told(self) -> tuple[str, str]:
        """The next event: what, and of whom."""
        event = (await anext(self._stream))["presence"]
        return event["kind"], event["user"]["name"]

    async def leave(self) -> None:
        """Subscribe no more."""
        await self._stream.aclose()


@asynccontextmanager
async def watching(client: Any, key: str, **options: bool) -> AsyncIterator[Watch]:
    """A subscriber to who is there."""
    watch = Watch(client.events(PRESENCE, id=key, **options))
    async with asyncio.timeout(60):
        try:
            yield watch
        finally:
            await watch.leave()


async def test_those_who_come_leave_and_type_in_other_processes_are_told(
    client: Any, sign_up: Any, process: Any
) -> None:
    key = await conversation_of(client)
    async with process() as elsewhere, watching(client, key) as ana:
        ben = replace(client, viewer=await sign_up("ben"), services=elsewhere)
        assert await ana.told() == ("CAME", "Ana")
        async with watching(ben, key) as his:
            assert {await his.told(), await his.told()} == {("CAME", "Ben"), ("CAME", "Ana")}
            assert await ana.told() == ("CAME", "Ben")
            assert (await ben.data(TYPE, id=key))["startTyping"]["told"]
            assert await ana.told() == ("TYPING", "Ben")
        assert await ana.told() == ("LEFT", "Ben")


async def test_who_only_watches_is_told_and_is_not_present(client: Any, sign_up: Any) -> None:
    key = await conversation_of(client)
    ben, cleo = [replace(client, viewer=await sign_up(name)) for name in ("ben", "cleo")]
    async with watching(client, key) as ana, watching(ben, key, watching=True) as his:
        assert await ana.told() == ("CAME", "Ana")
        assert await his.told() == ("CAME", "Ana")
        async with watching(cleo, key) as hers:
            assert {await hers.told(), await hers.told()} == {("CAME", "Ana"), ("CAME", "Cleo")}
            assert await ana.told() == await his.told() == ("CAME", "Cleo")
        assert await ana.told() == await his.told() == ("LEFT", "Cleo")


async def test_typing_is_told_once_in_a_while(client: Any) -> None:
    key = await conversation_of(client)
    told = [(await client.data(TYPE, id=key))["startTyping"]["told"] for _ in range(2)]
    assert told == [True, False]


async def test_presence_is_only_for_those_who_see_the_conversation(
    client: Any, client_of: Any, sign_up: Any
) -> None:
    private = await conversation_of(client, visibility="PRIVATE")
    ben = client_of(await sign_up("ben"))
    for key in (private, encode_id(IdType.CONVERSATION, new_id())):
        assert await ben.refusal(PRESENCE, id=key) == "NOT_FOUND"
        assert await ben.code(TYPE, id=key) == "NOT_FOUND"
