"""What the tests of schedules ask the schema, and the worker that sends what they make."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dispatch.worker import Worker
from gateways.protocol import Outgoing, Sent

CREATE_CONVERSATION = """
    mutation { createConversation(input: {title: "c"}) { conversation { id } } }
"""
SCHEDULE = """
    id status revision audience body sendAt timeZone recurrence nextAt occurrences skipped priority
    gapRule overlapRule missedRule graceSeconds excluded respectsQuietHours
    nextOccurrences(first: 3) { at localTime }
    deliveryCounts { status count }
"""
CREATE = f"""
    mutation ($input: CreateScheduleInput!) {{
        made: createSchedule(input: $input) {{
            schedule {{ {SCHEDULE} }} userErrors {{ code field message }}
        }}
    }}
"""
CHANGE = f"""
    mutation ($input: %sScheduleInput!) {{
        made: %sSchedule(input: $input) {{
            schedule {{ {SCHEDULE} }} userErrors {{ code field message }}
        }}
    }}
"""
READ = f"query ($id: ID!) {{ schedule(id: $id) {{ {SCHEDULE} }} }}"
DELIVERIES = """
    query ($id: ID!, $first: Int, $after: String, $filter: DeliveryFilterInput) {
        schedule(id: $id) { deliveries(first: $first, after: $after, filter: $filter) {
            totalCount
            nodes { id status recipient body dueAt occurrenceAt expiresAt errorCode attempts
                priority scheduleId externalId }
            pageInfo { hasNextPage endCursor }
        } }
    }
"""
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0).isoformat()


class Outlet:
    """Takes every message, and keeps it."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    async def send(self, outgoing: Outgoing) -> Sent:
        self.sent.append(outgoing)
        return Sent()

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return None


async def make_conversation(client: Any) -> str:
    """A conversation's id."""
    made = await client.data(CREATE_CONVERSATION)
    key: str = made["createConversation"]["conversation"]["id"]
    return key


async def made(client: Any, **given: Any) -> dict[str, Any]:
    """The payload of making a schedule; into a conversation of its own, unless it says to whom."""
    if not given.keys() & {"conversationId", "contactIds", "recipients", "recipientGroupId"}:
        given["conversationId"] = await make_conversation(client)
    if not given.keys() & {"body", "templateId"}:
        given["body"] = "good morning"
    payload: dict[str, Any] = (await client.data(CREATE, input=given))["made"]
    return payload


async def make(client: Any, **given: Any) -> dict[str, Any]:
    """A new schedule."""
    payload = await made(client, **given)
    assert payload["userErrors"] == []
    schedule: dict[str, Any] = payload["schedule"]
    return schedule


async def change(client: Any, verb: str, **given: Any) -> dict[str, Any]:
    """The payload of updating, pausing, resuming, cancelling or copying a schedule."""
    document = CHANGE % (verb.capitalize(), verb)
    payload: dict[str, Any] = (await client.data(document, input=given))["made"]
    return payload


async def read(client: Any, key: str) -> dict[str, Any]:
    """A schedule as it is now."""
    found: dict[str, Any] = (await client.data(READ, id=key))["schedule"]
    return found


async def deliveries(client: Any, key: str, **arguments: Any) -> dict[str, Any]:
    """A page of a schedule's deliveries."""
    found = await client.data(DELIVERIES, id=key, **arguments)
    page: dict[str, Any] = found["schedule"]["deliveries"]
    return page


async def work(client: Any, at: datetime, outlet: Any = None) -> list[Outgoing]:
    """What a worker whose present this is sends for the client's tenant."""
    services = client.services
    gateway = outlet or Outlet()
    await Worker(services.database, services.bell, gateway, clock=lambda: at).drain()
    sent: list[Outgoing] = getattr(gateway, "sent", [])
    return [one for one in sent if one.tenant_id == client.viewer.tenant_id]
