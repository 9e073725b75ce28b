"""The dispatcher in front of the gateways that leave the house: what becomes of a delivery."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dispatch.claiming import Claim
from dispatch.outcomes import Outcome
from dispatch.sending import Sender
from gateways.protocol import Gateway, Outgoing
from gateways.whatsapp_cloud import GRACE, Trace, WhatsAppCloudGateway
from gateways.whatsapp_records import MessageStatus
from models.deliveries import DeliveryStatus
from tests.gateways.cloud import ACCESS_TOKEN, PHONE_NUMBER_ID, VERSION, Cloud, fault
from tests.gateways.loopback_server import hanging_up, outgoing, serving

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HEARD_LATER = NOON + GRACE


def cloud_gateway(client: httpx.AsyncClient, address: str, trace: Trace) -> Gateway:
    async def lookup(_outgoing: Outgoing) -> Trace:
        return trace

    return WhatsAppCloudGateway(
        client, address, VERSION, PHONE_NUMBER_ID, ACCESS_TOKEN, lookup=lookup
    )


async def settled(gateway: Gateway, held_as: DeliveryStatus) -> Outcome:
    """What the dispatcher makes of the first attempt, or of the first look after it."""
    sender = Sender(gateway, timedelta(seconds=10), clock=lambda: NOON, jitter=lambda: 0)
    outcome = await sender.settle(Claim(outgoing(), held_as, NOON + timedelta(minutes=1), looks=1))
    assert outcome is not None
    return outcome


async def test_limit_of_the_cloud_puts_the_delivery_back_until_it_is_over() -> None:
    cloud = Cloud()
    cloud.answers.append(fault(130429, 429, headers={"Retry-After": "600"}))
    async with serving(cloud.app) as address, httpx.AsyncClient(timeout=60) as client:
        gateway = cloud_gateway(client, address, Trace(NOON, {}, None))
        outcome = await settled(gateway, DeliveryStatus.SENDING)

    assert (outcome.status, outcome.error_code) == (DeliveryStatus.QUEUED, "WHATSAPP_130429")
    assert outcome.due_at == NOON + timedelta(minutes=10)


async def test_lost_answer_is_looked_for_before_anything_is_sent_again() -> None:
    async with hanging_up() as address, httpx.AsyncClient(timeout=60) as client:
        gateway = cloud_gateway(client, address, Trace(NOON, {}, None))
        outcome = await settled(gateway, DeliveryStatus.SENDING)

    assert (outcome.status, outcome.error_code) == (DeliveryStatus.UNKNOWN, "WHATSAPP_NO_ANSWER")
    assert outcome.look_at is not None


@pytest.mark.parametrize(
    ("trace", "status", "code"),
    [
        (Trace(NOON, {}, None), DeliveryStatus.UNKNOWN, "WHATSAPP_NOT_HEARD_OF"),
        (Trace(NOON, {"wamid.1": MessageStatus.READ}, NOON), DeliveryStatus.SENT, None),
        (Trace(NOON, {}, HEARD_LATER), DeliveryStatus.QUEUED, "NOT_SENT"),
    ],
)
async def test_look_ends_as_the_webhook_told(
    trace: Trace, status: DeliveryStatus, code: str | None
) -> None:
    async with httpx.AsyncClient() as client:
        gateway = cloud_gateway(client, "http://127.0.0.1", trace)
        outcome = await settled(gateway, DeliveryStatus.UNKNOWN)

    assert (outcome.status, outcome.error_code) == (status, code)
