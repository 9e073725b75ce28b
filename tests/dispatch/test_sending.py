"""One claim to one outcome, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.claiming import Claim
from dispatch.retry import BACKOFFS, LOOKS
from dispatch.sending import FAULT, NOT_SENT, TIMEOUT, Sender
from gateways.protocol import Action, GatewayError, Outgoing, Sent
from models.deliveries import DeliveryStatus
from models.ids import new_id
from tests.dispatch.outlets import Answer, Held, Scripted

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def claim(
    held_as: DeliveryStatus = DeliveryStatus.SENDING, *, attempt: int = 1, looks: int = 0
) -> Claim:
    outgoing = Outgoing(
        tenant_id=new_id(),
        delivery_id=new_id(),
        schedule_id=new_id(),
        conversation_id=new_id(),
        sender_id=new_id(),
        recipient="someone",
        body="hello",
        attempt=attempt,
    )
    return Claim(outgoing, held_as, NOW + timedelta(seconds=60), looks)


def sender(gateway: Scripted | Held, timeout: timedelta = timedelta(seconds=30)) -> Sender:
    return Sender(gateway, timeout, clock=lambda: NOW, jitter=lambda: 0.0)


async def test_what_the_gateway_takes_is_sent() -> None:
    outcome = await sender(Scripted(Sent("wamid.1"))).settle(claim())
    assert outcome is not None
    assert (outcome.status, outcome.external_id, outcome.error_code) == ("SENT", "wamid.1", None)


async def test_what_may_be_tried_again_is_queued_for_later() -> None:
    outcome = await sender(Scripted(GatewayError("BUSY", Action.RETRY))).settle(claim(attempt=3))
    assert outcome is not None
    assert (outcome.status, outcome.error_code) == ("QUEUED", "BUSY")
    assert outcome.due_at == NOW + BACKOFFS[Action.RETRY].wait(3)


async def test_the_last_attempt_fails() -> None:
    last = claim(attempt=BACKOFFS[Action.RETRY].tries)
    outcome = await sender(Scripted(GatewayError("BUSY", Action.RETRY))).settle(last)
    assert outcome is not None
    assert (outcome.status, outcome.error_code) == ("FAILED", "BUSY")


async def test_a_refusal_for_good_fails_at_once() -> None:
    outcome = await sender(Scripted(GatewayError("NO_SUCH_NUMBER", Action.FAIL))).settle(claim())
    assert outcome is not None
    assert (outcome.status, outcome.error_code) == ("FAILED", "NO_SUCH_NUMBER")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (GatewayError("ANSWER_LOST", Action.UNKNOWN), "ANSWER_LOST"),
        (TimeoutError(), TIMEOUT),
        (ConnectionResetError(), FAULT),
        (ValueError("a bug"), FAULT),
    ],
)
async def test_what_nobody_can_tell_is_unknown_and_looked_for(answer: Answer, code: str) -> None:
    outcome = await sender(Scripted(answer)).settle(claim())
    assert outcome is not None
    assert (outcome.status, outcome.error_code) == ("UNKNOWN", code)
    assert outcome.look_at == NOW + LOOKS.wait(1)


async def test_a_call_that_lasts_too_long_is_cut_off() -> None:
    gateway = Held()
    outcome = await sender(gateway, timedelta(milliseconds=1)).settle(claim())
    assert outcome is not None
    assert (outcome.status, outcome.error_code) == ("UNKNOWN", TIMEOUT)
    assert gateway.sent == []


async def test_a_claim_that_ran_out_is_not_begun() -> None:
    gateway = Scripted()
    late = Sender(gateway, timedelta(seconds=30), clock=lambda: NOW + timedelta(seconds=60))
    assert await late.settle(claim()) is None
    assert gateway.sent == []


async def test_an_unknown_one_that_is_found_was_sent() -> None:
    gateway = Scripted(found=Sent("wamid.2"))
    outcome = await sender(gateway).settle(claim(DeliveryStatus.UNKNOWN, looks=1))
    assert outcome is not None
    assert (outcome.status, outcome.external_id) == ("SENT", "wamid.2")
    assert gateway.sent == []


async def test_an_unknown_one_that_was_not_sent_is_queued_again() -> None:
    gateway = Scripted(found=None)
    outcome = await sender(gateway).settle(claim(DeliveryStatus.UNKNOWN, attempt=2, looks=1))
    assert outcome is not None
    assert (outcome.status, outcome.error_code) == ("QUEUED", NOT_SENT)
    assert outcome.due_at == NOW + BACKOFFS[Action.RETRY].wait(2)


@pytest.mark.parametrize("action", list(Action))
async def test_an_unknown_one_stays_so_while_the_gateway_cannot_tell(action: Action) -> None:
    gateway = Scripted(found=GatewayError("CANNOT_TELL", action))
    outcome = await sender(gateway).settle(claim(DeliveryStatus.UNKNOWN, looks=3))
    assert outcome is not None
    assert (outcome.status, outcome.error_code) == ("UNKNOWN", "CANNOT_TELL")
    assert outcome.look_at == NOW + LOOKS.wait(4)


async def test_looking_ends_and_the_delivery_stays_unknown() -> None:
    gateway = Scripted(found=TimeoutError())
    outcome = await sender(gateway).settle(claim(DeliveryStatus.UNKNOWN, looks=LOOKS.tries))
    assert outcome is not None
    assert (outcome.status, outcome.look_at) == ("UNKNOWN", None)
