"""Every example of the playground's menu, run against the demo as its user."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient

from tests.app.serving import EVENT_SECONDS, PATH, Serving
from tests.client_examples import menu
from tests.client_examples.menu import Example

READY = [example for example in menu.examples() if example.needs is None]
SUBSCRIPTIONS = [example for example in READY if example.is_subscription]
# What the subscriptions of the menu tell of.
TOLD = ("send-message.graphql", "create-schedule.graphql", "create-device.graphql")


@pytest.fixture
async def client(demo: Serving) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(
        base_url=demo.address, headers=demo.authorization, timeout=EVENT_SECONDS, trust_env=False
    ) as client:
        yield client


async def test_all_run_one_after_the_other_as_they_stand(client: AsyncClient) -> None:
    faults = {}
    for example in READY:
        variables = await _filled(client, example)
        if not example.is_subscription:
            answer = await _ask(client, example.document, variables)
            if found := answer.get("errors") or _user_errors(answer["data"]):
                faults[example.title] = found
    assert faults == {}


async def test_each_subscription_hears_something(client: AsyncClient) -> None:
    named = {example.file: example for example in READY}

    async def knock() -> None:
        while True:
            for file in TOLD:
                await _ask(client, named[file].document, await _filled(client, named[file]))

    knocking = asyncio.create_task(knock())
    try:
        async with asyncio.timeout(EVENT_SECONDS):
            results = await asyncio.gather(
                *(_first_event(client, example) for example in SUBSCRIPTIONS)
            )
    finally:
        knocking.cancel()
        await asyncio.gather(knocking, return_exceptions=True)
    assert [result.get("errors") for result in results] == [None] * len(SUBSCRIPTIONS)


async def _ask(client: AsyncClient, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    response = await client.post(PATH, json={"query": document, "variables": variables})
    answer: dict[str, Any] = response.json()
    return answer


async def _filled(client: AsyncClient, example: Example) -> dict[str, Any]:
    """The example's variables, as the page would fill them now."""
    values = menu.made_on_the_spot()
    for name in example.placeholders - set(values):
        query = menu.lookup(name)
        assert query is not None, name
        found = menu.first_text((await _ask(client, query, {}))["data"])
        assert found, f"{example.title}: nothing was found for {name}"
        values[name] = found
    return example.filled(values)


async def _first_event(client: AsyncClient, example: Example) -> dict[str, Any]:
    """The first result of a subscription, by server-sent events."""
    request = {"query": example.document, "variables": await _filled(client, example)}
    headers = {"accept": "text/event-stream"}
    async with client.stream("POST", PATH, json=request, headers=headers) as response:
        async for line in response.aiter_lines():
            if line.startswith("data:") and (data := line.removeprefix("data:").strip()):
                event: dict[str, Any] = json.loads(data)
                return event
    raise AssertionError(f"{example.title} ended without a result")


def _user_errors(data: dict[str, Any]) -> list[object]:
    """What a mutation's payload complains of."""
    return [
        error
        for payload in data.values()
        if isinstance(payload, dict)
        for error in payload.get("userErrors", [])
    ]
