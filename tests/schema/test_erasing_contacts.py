"""Contacts who are told what is held about them, and who are forgotten."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from dispatch.calls import keep_call
from gateways.protocol import Action, Gateway, GatewayError, Sent
from importing.export.contact import ContactExport
from models.conversations import Conversation
from models.devices import DeviceKind
from models.tenants import Role
from resolvers import contact_erasing
from resolvers.context import Viewer
from resolvers.errors import ParleyError
from schema.ids import IdType, decode_id
from tests.dispatch.house import House
from tests.dispatch.outlets import Held, Scripted
from tests.gateways.cloud import PHONE_NUMBER_ID, envelope
from tests.schema.audience import make_contact, make_group, phone
from tests.schema.conftest import Client, SignUp

ERASE = """
    mutation ($id: ID!) { eraseContact(input: {contactId: $id}) {
        contact { name erasedAt optedOutAt identities { value } fields { value }
            groups { totalCount } }
        userErrors { code field }
    } }
"""
DIGITS = "34612000001"
TABLES = r"""
    SELECT DISTINCT table_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'tenant_id'
        AND table_name NOT LIKE 'messages\_y%'
"""


@pytest.fixture
async def boss(sign_up: SignUp, client_of: Callable[[Viewer], Client]) -> Client:
    return client_of(await sign_up("rosa", Role.OWNER))


class Told:
    """A contact, Berta, who has written to a device and whom it writes to."""

    def __init__(self, client: Client, owner: "asyncpg.Pool[asyncpg.Record]") -> None:
        viewer = client.viewer
        self.client = client
        self.house = House(client.services.database, owner, viewer.tenant_id, viewer.user_id)
        self.key = ""
        self.device: UUID | None = None

    async def happen(self) -> "Told":
        """Make her a contact of a group, let her write, and write to her."""
        house, client = self.house, self.client
        async with house.database.transaction(house.tenant) as session:
            session.add(Conversation(id=house.conversation, tenant_id=house.tenant, title="c"))
        city = {"name": "city", "value": "Bertatown"}
        berta = await make_contact(client, "Berta", identities=[phone(1)], fields=[city])
        self.key = berta["id"]
        await make_group(client, "everybody", berta)
        self.device = await house.device(kind=DeviceKind.WHATSAPP_CLOUD)
        await house.owner.execute(
            "UPDATE devices SET settings = jsonb_build_object('phone_number_id', $2::text)"
            " WHERE id = $1",
            self.device,
            PHONE_NUMBER_ID,
        )
        said: dict[str, Any] = {"from": DIGITS, "id": f"wamid.{DIGITS}", "type": "text"}
        said |= {"timestamp": str(int(house.clock().timestamp())), "text": {"body": "it is Berta"}}
        call = envelope(contacts=[{"profile": {"name": "Berta"}, "wa_id": DIGITS}], messages=[said])
        await keep_call(house.database, house.tenant, self.device, call, house.clock())
        await self.send()
        return self

    async def send(self, gateway: Gateway | None = None, minutes: float = 0) -> None:
        """Send her a message, or have it wait."""
        house = self.house
        schedule = await house.queue(1, self.device, recipient=f"+{DIGITS}", minutes=minutes)
        await house.owner.execute(
            "UPDATE deliveries SET body = 'dear Berta', contact_id = $2 WHERE schedule_id = $1",
            schedule,
            decode_id(IdType.CONTACT, self.key),
        )
        await house.worker(gateway or Scripted(Sent(f"wamid.out.{DIGITS}"))).drain()

    async def erase(self, client: Client) -> dict[str, Any]:
        payload: dict[str, Any] = (await client.data(ERASE, id=self.key))["eraseContact"]
        return payload

    async def traces(self) -> list[str]:
        """Rows of the tenant's, of whatever table, that name her."""
        tables = await self.house.owner.fetch(TABLES)
        found: list[str] = []
        for table in tables:
            rows = await self.house.owner.fetch(
                f"SELECT t::text AS row FROM {table['name']} AS t WHERE tenant_id = $1",
                self.house.tenant,
            )
            found += [f"{table['name']}: {row['row']}" for row in rows]
        needles = ("Berta", DIGITS, b"Berta".hex(), DIGITS.encode().hex())
        return [row for row in found if any(needle in row for needle in needles)]


@pytest.fixture
async def told(client: Client, owner: "asyncpg.Pool[asyncpg.Record]") -> Told:
    return await Told(client, owner).happen()


async def test_nothing_that_names_the_contact_is_left(told: Told, boss: Client) -> None:
    await told.send(minutes=5)
    # Rates are forgotten within an hour: what the device may send her again, and when.
    house = told.house
    await house.owner.execute("DELETE FROM rate_buckets WHERE tenant_id = $1", house.tenant)
    assert len(await told.traces()) > 5
    payload = await told.erase(boss)
    assert payload["userErrors"] == []
    erased = payload["contact"]
    assert (erased["name"], erased["identities"], erased["fields"]) == ("(erased)", [], [])
    assert erased["erasedAt"]
    assert erased["groups"]["totalCount"] == 0
    assert await told.traces() == []


async def test_deliveries_keep_their_counts(told: Told, boss: Client) -> None:
    await told.send(minutes=5)
    house = told.house
    counted = "SELECT completed, failed FROM delivery_counts WHERE tenant_id = $1"
    counts = await house.owner.fetch(counted, house.tenant)
    await told.erase(boss)
    rows = await house.deliveries()
    assert [row["status"] for row in rows] == ["SENT", "CANCELLED"]
    assert {row["contact_id"] for row in rows} == {decode_id(IdType.CONTACT, told.key)}
    assert await house.owner.fetch(counted, house.tenant) == counts


async def test_a_message_that_is_going_out_is_waited_for(told: Told, boss: Client) -> None:
    outlet = Held()
    sending = asyncio.create_task(told.send(outlet))
    await outlet.begun.wait()
    refused = await told.erase(boss)
    assert refused["userErrors"] == [{"code": "CONFLICT", "field": "contactId"}]
    outlet.go.set()
    await sending
    assert (await told.erase(boss))["userErrors"] == []
    again = (await told.erase(boss))["userErrors"]
    assert again == [{"code": "ALREADY_DONE", "field": "contactId"}]


async def test_who_dies_in_between_has_done_a_part(
    told: Told, boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_arguments: object) -> None:
        raise KeyError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(contact_erasing, "_forget", die)
        assert await boss.code(ERASE, id=told.key) == "INTERNAL"
    assert (await told.erase(boss))["userErrors"] == []
    assert [row for row in await told.traces() if not row.startswith("rate_buckets")] == []


async def test_what_is_erased_is_not_sent_again(told: Told, boss: Client) -> None:
    await told.send(Scripted(GatewayError("REFUSED", Action.FAIL)))
    await told.erase(boss)
    retry = "mutation { retryDeliveries(input: {filter: {statuses: [FAILED]}}) { count } }"
    assert (await boss.data(retry))["retryDeliveries"] == {"count": 0}


async def test_owners_alone_erase_and_export(told: Told, client: Client) -> None:
    assert await client.code(ERASE, id=told.key) == "FORBIDDEN"
    with pytest.raises(ParleyError, match="OWNER"):
        await contact_erasing.note_export(client.context(), decode_id(IdType.CONTACT, told.key))


async def test_what_is_held_is_told(told: Told, boss: Client) -> None:
    contact_id = decode_id(IdType.CONTACT, told.key)
    await contact_erasing.note_export(boss.context(), contact_id)
    export = ContactExport(boss.services.database, boss.viewer.tenant_id, contact_id)
    lines = [json.loads(line) async for piece in export.pieces() for line in piece.splitlines()]
    assert [line["type"] for line in lines] == [
        *("CONTACT", "IDENTITY", "GROUP", "DELIVERY", "MESSAGE", "MESSAGE")
    ]
    contact, identity, group, delivery, *messages = lines
    assert (contact["name"], contact["fields"]) == ("Berta", {"city": "Bertatown"})
    assert (identity["value"], group["name"]) == (f"+{DIGITS}", "everybody")
    assert (delivery["body"], delivery["status"]) == ("dear Berta", "SENT")
    assert {message["body"] for message in messages} == {"it is Berta", "dear Berta"}
