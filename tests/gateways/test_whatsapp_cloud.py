"""The gateway to the WhatsApp Cloud API, against a server of ours that speaks its wire."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from gateways.protocol import Action, GatewayError, Outgoing, Sent
from gateways.whatsapp_cloud import GRACE, Trace, WhatsAppCloudGateway
from gateways.whatsapp_records import MessageStatus
from gateways.whatsapp_webhook import SIGNATURE_HEADER, WebhookCode
from models.ids import new_id
from tests.gateways.cloud import (
    ACCESS_TOKEN,
    PHONE_NUMBER_ID,
    VERSION,
    Answering,
    Cloud,
    Listener,
    fault,
    signature,
)
from tests.gateways.loopback_server import hanging_up, nobody, outgoing, serving

STARTED = datetime(2026, 1, 1, tzinfo=UTC)


async def unheard(_outgoing: Outgoing) -> Trace:
    return Trace(STARTED, {}, None)


@dataclass(frozen=True)
class World:
    """A cloud on loopback, and a client whose patience is short."""

    cloud: Cloud
    address: str
    client: httpx.AsyncClient

    def gateway(self, **other: Any) -> WhatsAppCloudGateway:
        options: dict[str, Any] = {
            "client": self.client,
            "base_url": self.address,
            "version": VERSION,
            "phone_number_id": PHONE_NUMBER_ID,
            "access_token": ACCESS_TOKEN,
            "lookup": unheard,
        }
        return WhatsAppCloudGateway(**(options | other))

    async def refusal(self, message: Outgoing | None = None, **other: Any) -> GatewayError:
        """The error with which the gateway gives a message back."""
        with pytest.raises(GatewayError) as refused:
            await self.gateway(**other).send(message or outgoing())
        return refused.value


@pytest.fixture
async def world() -> AsyncIterator[World]:
    cloud = Cloud()
    async with serving(cloud.app) as address, httpx.AsyncClient(timeout=60) as client:
        yield World(cloud, address, client)


async def test_text_is_taken_with_the_delivery_as_callback_data(world: World) -> None:
    message = outgoing()

    sent = await world.gateway().send(message)

    assert sent == Sent("wamid.1")
    assert world.cloud.accepted == {
        "wamid.1": {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "972987654321",
            "type": "text",
            "text": {"body": "hello", "preview_url": False},
            "biz_opaque_callback_data": str(message.delivery_id),
        }
    }


async def test_user_without_a_phone_number_is_written_to(world: World) -> None:
    await world.gateway().send(outgoing(recipient="US.13491208655302741918"))

    assert world.cloud.accepted["wamid.1"]["recipient"] == "US.13491208655302741918"
    assert "to" not in world.cloud.accepted["wamid.1"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (outgoing(recipient="somebody"), "WHATSAPP_BAD_RECIPIENT"),
        (outgoing(body=""), "WHATSAPP_TEXT_EMPTY"),
        (outgoing(body="x" * 4097), "WHATSAPP_TEXT_TOO_LONG"),
    ],
)
async def test_what_the_cloud_would_refuse_never_leaves(
    world: World, message: Outgoing, code: str
) -> None:
    error = await world.refusal(message)

    assert (error.code, error.action) == (code, Action.FAIL)
    assert not world.cloud.accepted


async def test_wrong_token_holds_everything_back(world: World) -> None:
    error = await world.refusal(access_token="another")

    assert (error.code, error.action) == ("WHATSAPP_190", Action.HOLD)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(world: World) -> Clock:
    """The cloud's."""
    clock = Clock()
    world.cloud.limits.clock = clock
    return clock


async def test_pair_rate_is_waited_out_longer_each_time(world: World, clock: Clock) -> None:
    world.cloud.limits.pair_burst = 2
    for _ in range(2):
        await world.gateway().send(outgoing())

    errors = [await world.refusal(outgoing(attempt=attempt)) for attempt in (1, 3)]
    other = await world.gateway().send(outgoing(recipient="+34600000000"))

    assert {(error.code, error.action) for error in errors} == {("WHATSAPP_131056", Action.RETRY)}
    assert all(error.of_recipient for error in errors)
    assert [error.retry_after for error in errors] == [
        timedelta(seconds=4),
        timedelta(seconds=64),
    ]
    assert other == Sent("wamid.3")
    clock.seconds += 6
    assert await world.gateway().send(outgoing()) == Sent("wamid.4")
    await world.refusal()


async def test_throughput_slows_the_sender_down(world: World, clock: Clock) -> None:
    world.cloud.limits.a_second = 2
    for n in range(2):
        await world.gateway().send(outgoing(recipient=f"+3460000000{n}"))

    error = await world.refusal()

    assert (error.code, error.action) == ("WHATSAPP_130429", Action.SLOW_DOWN)
    assert not error.of_recipient
    clock.seconds += 1
    assert await world.gateway().send(outgoing()) == Sent("wamid.3")


async def test_recipients_of_a_rolling_day_slow_the_sender_down(world: World, clock: Clock) -> None:
    world.cloud.limits.new_a_day = 2
    ana, ben, eve = [outgoing(recipient=f"+3460000000{n}") for n in range(3)]
    for message in (ana, ben):
        await world.gateway().send(message)
        clock.seconds += 3_600

    error = await world.refusal(eve)

    assert (error.code, error.action) == ("WHATSAPP_131048", Action.SLOW_DOWN)
    assert error.retry_after == timedelta(hours=1)
    await world.gateway().send(ben)
    clock.seconds += 21 * 3_600
    await world.refusal(eve)
    clock.seconds += 3_600
    assert await world.gateway().send(eve) == Sent("wamid.4")


@pytest.mark.parametrize(
    ("answer", "code", "action", "pause"),
    [
        (fault(131000, 500), "WHATSAPP_131000", Action.RETRY, None),
        (fault(131026), "WHATSAPP_131026", Action.FAIL, None),
        (fault(131049), "WHATSAPP_131049", Action.RETRY, 86400),
        (fault(131048), "WHATSAPP_131048", Action.SLOW_DOWN, 3600),
        (fault(4, 429, headers={"Retry-After": "90"}), "WHATSAPP_4", Action.SLOW_DOWN, 90),
        (fault(131056, headers={"Retry-After": "90"}), "WHATSAPP_131056", Action.RETRY, 90),
        (fault(100, is_transient=True), "WHATSAPP_100", Action.RETRY, None),
        (fault(2, is_transient=False), "WHATSAPP_2", Action.RETRY, None),
        (fault(999001), "WHATSAPP_999001", Action.FAIL, None),
        (fault(999001, 500), "WHATSAPP_999001", Action.RETRY, None),
        (fault(999001, 429), "WHATSAPP_999001", Action.SLOW_DOWN, None),
        (Response(status_code=503), "WHATSAPP_HTTP_503", Action.RETRY, None),
        (Response(status_code=504), "WHATSAPP_HTTP_504", Action.UNKNOWN, None),
        (
            PlainTextResponse("slow", 429, {"Retry-After": "7"}),
            "WHATSAPP_HTTP_429",
            Action.SLOW_DOWN,
            7,
        ),
        (
            Response(status_code=307, headers={"Location": "http://127.0.0.1:1/"}),
            "WHATSAPP_HTTP_307",
            Action.FAIL,
            None,
        ),
        (JSONResponse({"messages": []}), "WHATSAPP_UNREADABLE_ANSWER", Action.UNKNOWN, None),
        (PlainTextResponse("{"), "WHATSAPP_UNREADABLE_ANSWER", Action.UNKNOWN, None),
        (PlainTextResponse("x" * 200_000), "WHATSAPP_UNREADABLE_ANSWER", Action.UNKNOWN, None),
    ],
)
async def test_answers_say_what_to_do(
    world: World, answer: Response, code: str, action: Action, pause: int | None
) -> None:
    world.cloud.answers.append(answer)

    error = await world.refusal()

    assert (error.code, error.action) == (code, action)
    assert error.retry_after == (None if pause is None else timedelta(seconds=pause))


async def test_server_that_cannot_be_reached_has_sent_nothing(world: World) -> None:
    async with nobody() as address:
        error = await world.refusal(base_url=address)

    assert (error.code, error.action) == ("WHATSAPP_UNREACHABLE", Action.RETRY)


async def test_server_that_hangs_up_may_have_sent(world: World) -> None:
    async with hanging_up() as address:
        error = await world.refusal(base_url=address)

    assert (error.code, error.action) == ("WHATSAPP_NO_ANSWER", Action.UNKNOWN)


async def test_server_that_answers_too_late_may_have_sent(world: World) -> None:
    world.cloud.answering = Answering.NEVER
    world.client.timeout = httpx.Timeout(60, read=0.05)

    error = await world.refusal()

    assert (error.code, error.action) == ("WHATSAPP_NO_ANSWER", Action.UNKNOWN)


async def test_lost_answer_is_reconciled_by_a_status(world: World) -> None:
    """The whole way: taken, not answered, unknown, told by webhook, found."""
    listener = Listener(attempted_at=STARTED, clock=STARTED)
    gateway = world.gateway(lookup=listener.lookup)
    message = outgoing()
    world.cloud.answering = Answering.BROKEN_OFF
    async with serving(listener.app) as address:
        url = f"{address}/webhook"
        assert await world.cloud.subscribe(world.client, url)

        with pytest.raises(GatewayError) as lost:
            await gateway.send(message)
        with pytest.raises(GatewayError) as untold:
            await gateway.find(message)
        told = await world.cloud.tell(world.client, url, "wamid.1", MessageStatus.DELIVERED)
        again = await world.cloud.tell(world.client, url, "wamid.1", MessageStatus.SENT)
        found = await gateway.find(message)

    assert (lost.value.code, lost.value.action) == ("WHATSAPP_NO_ANSWER", Action.UNKNOWN)
    assert untold.value.code == "WHATSAPP_NOT_HEARD_OF"
    assert (told, again) == (200, 200)
    assert found == Sent("wamid.1")
    assert listener.statuses[str(message.delivery_id)] == {"wamid.1": MessageStatus.DELIVERED}


async def test_forged_webhook_is_not_believed(world: World) -> None:
    listener = Listener(attempted_at=STARTED, clock=STARTED)
    body = b'{"object": "whatsapp_business_account", "entry": []}'
    async with serving(listener.app) as address:
        url = f"{address}/webhook"
        for forged in ({}, {SIGNATURE_HEADER: signature(body, "guessed")}):
            answer = await world.client.post(url, content=body, headers=forged)
            assert answer.status_code == 401

    assert listener.refused == [WebhookCode.BAD_SIGNATURE] * 2
    assert listener.heard_at is None


@pytest.mark.parametrize(
    ("statuses", "heard_after", "found"),
    [
        ({"wamid.1": MessageStatus.SENT}, None, Sent("wamid.1")),
        ({"wamid.1": MessageStatus.FAILED, "wamid.2": MessageStatus.READ}, None, Sent("wamid.2")),
        ({}, GRACE, None),
        ({"wamid.1": MessageStatus.FAILED}, GRACE, None),
        ({}, None, "WHATSAPP_NOT_HEARD_OF"),
        ({}, GRACE - timedelta(seconds=1), "WHATSAPP_NOT_HEARD_OF"),
        ({"wamid.1": MessageStatus.FAILED}, None, "WHATSAPP_NOT_HEARD_OF"),
    ],
)
async def test_silence_is_believed_when_the_webhook_was_heard_after_the_grace(
    world: World,
    statuses: dict[str, MessageStatus],
    heard_after: timedelta | None,
    found: Sent | str | None,
) -> None:
    heard_at = None if heard_after is None else STARTED + heard_after
    asked: list[UUID] = []

    async def lookup(looked_for: Outgoing) -> Trace:
        asked.append(looked_for.delivery_id)
        return Trace(STARTED, statuses, heard_at)

    message = outgoing(new_id())
    try:
        answer: Sent | str | None = await world.gateway(lookup=lookup).find(message)
    except GatewayError as error:
        assert error.action is Action.UNKNOWN
        answer = error.code

    assert answer == found
    assert asked == [message.delivery_id]


async def test_many_messages_at_once_each_get_their_own_answer(world: World) -> None:
    gateway = world.gateway()

    sent = await asyncio.gather(*(gateway.send(outgoing()) for _ in range(40)))

    assert {answer.external_id for answer in sent} == set(world.cloud.accepted)
    assert len(world.cloud.accepted) == 40


async def test_token_is_shown_nowhere(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = world.gateway()
    world.cloud.answers += [fault(100), Response(status_code=504)]
    shown = [repr(gateway), repr(vars(gateway))]
    async with nobody() as lost, hanging_up() as rude:
        for address in (world.address, world.address, lost, rude):
            refusal = await world.refusal(base_url=address)
            # What led to it can hold the bytes of the request: it depends on where that broke off.
            assert (refusal.__context__, refusal.__cause__) == (None, None)
            shown.append(everything_of(refusal))
    await gateway.send(outgoing())
    await world.client.aclose()
    with pytest.raises(RuntimeError) as closed:
        await gateway.send(outgoing())
    shown.append(everything_of(closed.value))

    assert ACCESS_TOKEN not in "".join(shown)
    assert "HTTP Request" in caplog.text
    assert ACCESS_TOKEN not in caplog.text


def everything_of(error: BaseException) -> str:
    """The error with all that led to it, and the variables of every function on the way."""
    found = traceback.TracebackException.from_exception(error, capture_locals=True)
    inner = error.__context__ or error.__cause__
    return "".join(found.format()) + (everything_of(inner) if inner else "")


@pytest.mark.parametrize("token", ["", "with space", "line\n", "naïve"])
def test_bad_token_is_refused_without_showing_it(world: World, token: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as refused:
        world.gateway(access_token=token)

    assert not token or token not in str(refused.value)


def test_bad_phone_number_id_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="digits"):
        world.gateway(phone_number_id="1/../2")
