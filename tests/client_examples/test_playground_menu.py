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

# What each example takes at most. A change takes a few more where the user does not take part yet,
# and a search as many steps as the machine is slow.
MOST_STATEMENTS = {
    "conversations": 3,
    "conversation": 4,
    "create-conversation": 10,
    "update-settings": 14,
    "create-label": 7,
    "add-label": 14,
    "filtered-conversations": 3,
    "statistics": 6,
    "tenant-statistics": 2,
    "messages": 4,
    "messages-around": 5,
    "send-message": 16,
    "mark-unread": 15,
    "unread": 4,
    "mark-read": 14,
    "edit-message": 14,
    "add-reaction": 17,
    "add-bookmark": 8,
    "bookmarks": 4,
    "delete-message": 14,
    "search": 40,
    "search-ordered": 40,
    "search-facets": 40,
    "search-conversation": 40,
    "create-contact": 11,
    "import-contacts": 9,
    "contacts": 3,
    "create-group": 9,
    "groups": 2,
    "preview-template": 0,
    "create-template": 6,
    "templates": 2,
    "create-device": 12,
    "connect-device": 13,
    "devices": 1,
    "queue-statistics": 5,
    "preview-occurrences": 0,
    "create-schedule": 8,
    "send-to-contacts": 11,
    "send-weekly": 10,
    "schedules": 4,
    "deliveries": 4,
    "update-schedule": 8,
    "pause-schedule": 8,
    "resume-schedule": 8,
    "copy-schedule": 10,
    "retry-deliveries": 7,
    "cancel-schedule": 9,
    "imports": 2,
    "viewer": 3,
    "members": 3,
    "create-api-key": 9,
    "api-keys": 2,
    "connections": 0,
    "audit-trail": 2,
}


@pytest.fixture
async def client(demo: Serving) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(
        base_url=demo.address, headers=demo.authorization, timeout=EVENT_SECONDS, trust_env=False
    ) as client:
        yield client


async def test_all_run_one_after_the_other_as_they_stand(client: AsyncClient) -> None:
    faults = {}
    excesses = {}
    for example in READY:
        variables = await _filled(client, example)
        if not example.is_subscription:
            answer = await _ask(client, example.document, variables, explain=True)
            if found := answer.get("errors") or _user_errors(answer["data"]):
                faults[example.title] = found
            count = answer["extensions"]["explain"]["statementCount"]
            if count > MOST_STATEMENTS[example.file.removesuffix(".graphql")]:
                excesses[example.file] = count
    assert faults == {}
    assert excesses == {}


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


async def _ask(
    client: AsyncClient, document: str, variables: dict[str, Any], *, explain: bool = False
) -> dict[str, Any]:
    request = {"query": document, "variables": variables, "extensions": {"explain": explain}}
    response = await client.post(PATH, json=request)
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
