"""Each delivery goes through the outlet of its device, as the device is now."""

from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateways.outlets import OutletMaker, OutletOptions
from gateways.protocol import Action, GatewayError, Outgoing
from gateways.registry import DeviceGateways
from gateways.secrets import KeyRing
from models.devices import DeviceKind
from models.ids import new_id
from tests.dispatch.house import House
from tests.dispatch.outlets import Scripted
from tests.gateways.loopback_server import outgoing, serving

RING = KeyRing([b"k" * 32])
SECRET = "whsec_" + "a" * 43 + "="


class Endpoint:
    """Takes every message, and keeps which path it came to."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.app = Starlette(routes=[Route("/{name}", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        self.paths.append(request.path_params["name"])
        return Response()


def maker(house: House, ring: KeyRing = RING) -> OutletMaker:
    def read_file(_tenant: UUID, name: str) -> bytes:
        raise FileNotFoundError(name)

    options = OutletOptions(internal_addresses=True)
    return OutletMaker(house.database, house.bells, ring, read_file, options)


async def tell(house: House, device: UUID, url: str, revision: int) -> None:
    """Give an HTTP device its address."""
    await house.owner.execute(
        "UPDATE devices SET settings = jsonb_build_object('url', $2::text), secrets = $3,"
        " revision = $4 WHERE id = $1",
        device,
        url,
        RING.seal({"signing_secret": SECRET}, device),
        revision,
    )


def through(house: House, device: UUID | None, revision: int = 1) -> Outgoing:
    fields: dict[str, Any] = {
        "tenant_id": house.tenant,
        "device_id": device,
        "device_revision": revision,
    }
    return outgoing(**fields)


async def test_a_changed_device_is_used_as_it_is_now(house: House) -> None:
    endpoint, device = Endpoint(), await house.device()
    gateways = DeviceGateways(house.database, maker(house), Scripted())
    async with serving(endpoint.app) as address:
        await tell(house, device, f"{address}/first", 1)
        await gateways.send(through(house, device))
        await tell(house, device, f"{address}/second", 2)
        # Whoever claimed before the change knows nothing of it.
        await gateways.send(through(house, device, revision=1))
        await gateways.send(through(house, device, revision=2))
        await gateways.send(through(house, device, revision=1))
        await gateways.close()
    assert endpoint.paths == ["first", "first", "second", "second"]


async def test_without_a_device_the_message_goes_into_its_conversation(house: House) -> None:
    conversations = Scripted()
    gateways = DeviceGateways(house.database, maker(house), conversations)
    message = through(house, None)
    await gateways.send(message)
    await gateways.find(message)
    assert (conversations.sent, conversations.looked) == ([message], [message])


async def test_no_more_outlets_stay_open_than_there_may(house: House) -> None:
    endpoint = Endpoint()
    gateways = DeviceGateways(house.database, maker(house), Scripted(), capacity=2)
    async with serving(endpoint.app) as address:
        for n in range(4):
            device = await house.device()
            await tell(house, device, f"{address}/{n}", 1)
            await gateways.send(through(house, device))
        assert len(gateways._open) == 2
        await gateways.close()
    assert endpoint.paths == ["0", "1", "2", "3"]


async def test_a_device_that_is_gone_fails_what_is_left(house: House) -> None:
    device = await house.device()
    await house.owner.execute("UPDATE devices SET archived_at = now() WHERE id = $1", device)
    gateways = DeviceGateways(house.database, maker(house), Scripted())
    for gone in (device, new_id()):
        with pytest.raises(GatewayError) as refused:
            await gateways.send(through(house, gone))
        assert (refused.value.code, refused.value.action) == ("DEVICE_GONE", Action.FAIL)


async def test_secrets_without_their_key_hold_everything_back(house: House) -> None:
    device = await house.device()
    await tell(house, device, "http://127.0.0.1:1/", 1)
    gateways = DeviceGateways(house.database, maker(house, KeyRing()), Scripted())
    with pytest.raises(GatewayError) as refused:
        await gateways.send(through(house, device))
    assert refused.value.action is Action.HOLD
    assert refused.value.code == "DEVICE_SECRETS_UNREADABLE"
    assert refused.value.__cause__ is None


async def test_a_loopback_device_delivers_to_people_and_misbehaves_as_told(house: House) -> None:
    device = await house.device(kind=DeviceKind.LOOPBACK)
    await house.owner.execute(
        "UPDATE devices SET settings = '{\"fail_every\": 3}' WHERE id = $1", device
    )
    gateways = DeviceGateways(house.database, maker(house), Scripted())
    to_ana: dict[str, Any] = {
        "tenant_id": house.tenant,
        "device_id": device,
        "conversation_id": None,
        "sender_id": house.user,
        "recipient": "+34600111222",
    }
    first, second, third = (outgoing(body=f"{n}", **to_ana) for n in range(3))
    await gateways.send(first)
    await gateways.send(second)
    with pytest.raises(GatewayError, match="LOOPBACK_FAILED"):
        await gateways.send(third)
    assert await gateways.find(second) is not None
    assert await gateways.find(third) is None
    rows = await house.owner.fetch(
        "SELECT m.body, c.title FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " ORDER BY m.seq"
    )
    assert [tuple(row) for row in rows] == [("0", "+34600111222"), ("1", "+34600111222")]
    await gateways.close()


async def test_a_closed_outlet_is_made_anew(house: House) -> None:
    endpoint, device = Endpoint(), await house.device()
    gateways = DeviceGateways(house.database, maker(house), Scripted())
    async with serving(endpoint.app) as address:
        await tell(house, device, f"{address}/one", 1)
        for _ in range(2):
            await gateways.send(through(house, device))
            await gateways.close()
    assert endpoint.paths == ["one", "one"]
