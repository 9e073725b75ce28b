"""No endpoint of a user's is reached in an internal network, by whatever name."""

from collections.abc import Sequence

import httpx
import pytest

from gateways.http_webhook import HttpWebhookGateway
from gateways.protocol import Action, GatewayError
from gateways.public_addresses import AddressRefused, PublicTransport, is_public
from tests.gateways.loopback_server import outgoing

SECRET = "whsec_" + "a" * 43 + "="


class Recorder(httpx.AsyncBaseTransport):
    """Answers 200 and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b""))


class Names:
    """Resolves as it is told, in order; the last answer stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1"),
        *("::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "2002:7f00:1::"),
    ],
)
def test_internal_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


async def test_a_name_is_resolved_once_and_its_address_is_connected_to() -> None:
    recorder = Recorder()
    # What would come next, as in DNS rebinding, is never asked for.
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    async with httpx.AsyncClient(transport=PublicTransport(recorder, names)) as client:
        await client.get("https://hook.example.org:8443/in?x=1")
    [request] = recorder.requests
    assert str(request.url) == "https://93.184.216.34:8443/in?x=1"
    assert request.headers["host"] == "hook.example.org:8443"
    assert request.extensions["sni_hostname"] == "hook.example.org"


@pytest.mark.parametrize("found", [["10.0.0.1"], ["93.184.216.34", "::1"]])
async def test_a_name_with_an_internal_address_is_refused(found: list[str]) -> None:
    recorder = Recorder()
    async with httpx.AsyncClient(transport=PublicTransport(recorder, Names(found))) as client:
        with pytest.raises(AddressRefused):
            await client.get("http://hook.example.org/")
    assert recorder.requests == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[::1]:1/", "http://2130706433:1/"])
async def test_a_delivery_to_an_internal_address_fails_for_good(url: str) -> None:
    client = httpx.AsyncClient(transport=PublicTransport(httpx.AsyncHTTPTransport()))
    gateway = HttpWebhookGateway(client, url, SECRET)
    with pytest.raises(GatewayError) as refused:
        await gateway.send(outgoing())
    await gateway.close()
    assert (refused.value.code, refused.value.action) == (
        "WEBHOOK_ADDRESS_REFUSED",
        Action.FAIL,
    )
