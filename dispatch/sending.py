"""One claim to one outcome: the gateway is asked, and its answer says the delivery's next step.

No database here: a claim comes in, an outcome goes out.
"""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from dispatch.breaker import WELL, sign_of
from dispatch.claiming import Claim
from dispatch.outcomes import Outcome
from dispatch.patience import Patience
from dispatch.retry import Jitter, next_attempt, next_look
from gateways.protocol import Action, Gateway, GatewayError
from models.base import now as present
from models.deliveries import DeliveryStatus

TIMEOUT = "GATEWAY_TIMEOUT"
FAULT = "GATEWAY_FAULT"
NOT_SENT = "NOT_SENT"

Answer = TypeVar("Answer")

log: structlog.stdlib.BoundLogger = structlog.get_logger("dispatch")


class Sender:
    """Sends and looks for messages. `timeout` bounds each call of the gateway."""

    def __init__(
        self,
        gateway: Gateway,
        timeout: timedelta,
        clock: Callable[[], datetime] = present,
        jitter: Jitter = random.random,
    ) -> None:
        self._gateway = gateway
        self._patience = Patience(timeout)
        self._clock = clock
        self._jitter = jitter

    async def settle(self, claim: Claim) -> Outcome | None:
        """Send what is to be sent, look for what is to be looked for; raises nothing.

        None when the claim ran out before it could be begun: another worker has it by now.
        """
        if self._clock() >= claim.held_until:
            return None
        if claim.held_as is DeliveryStatus.SENDING:
            return await self._send(claim)
        return await self._look(claim)

    async def _send(self, claim: Claim) -> Outcome:
        try:
            sent = await self._answer(self._gateway.send(claim.outgoing))
        except GatewayError as error:
            outcome = outcome_of(claim, error, self._clock(), self._jitter)
            return outcome._replace(sign=sign_of(error))
        return Outcome(claim, DeliveryStatus.SENT, external_id=sent.external_id, sign=WELL)

    async def _look(self, claim: Claim) -> Outcome:
        try:
            sent = await self._answer(self._gateway.find(claim.outgoing))
        except GatewayError as error:
            # Whatever kept the gateway from telling, the message is as unknown as before.
            unclear = GatewayError(error.code, Action.UNKNOWN)
            return outcome_of(claim, unclear, self._clock(), self._jitter)
        if sent is None:
            missing = GatewayError(NOT_SENT, Action.RETRY)
            return outcome_of(claim, missing, self._clock(), self._jitter)
        return Outcome(claim, DeliveryStatus.SENT, external_id=sent.external_id)

    async def _answer(self, call: Awaitable[Answer]) -> Answer:
        """What the gateway answers in time. Raises GatewayError and nothing else."""
        try:
            return await self._patience.wait(call)
        except GatewayError:
            raise
        except TimeoutError:
            raise GatewayError(TIMEOUT, Action.UNKNOWN) from None
        except Exception as fault:
            log.exception("gateway_fault")
            raise GatewayError(FAULT, Action.UNKNOWN) from fault


def outcome_of(claim: Claim, error: GatewayError, now: datetime, jitter: Jitter) -> Outcome:
    """The step after an error: wait and send again, wait and look, or give the delivery up."""
    if error.action is Action.UNKNOWN:
        looks = claim.looks if claim.held_as is DeliveryStatus.UNKNOWN else 0
        look_at = next_look(now, looks, jitter)
        return Outcome(claim, DeliveryStatus.UNKNOWN, error.code, look_at=look_at)
    if error.action is Action.HOLD:
        return Outcome(claim, DeliveryStatus.QUEUED, error.code, due_at=now)
    due_at = next_attempt(now, claim.outgoing.attempt, error, jitter)
    if due_at is None:
        return Outcome(claim, DeliveryStatus.FAILED, error.code)
    return Outcome(claim, DeliveryStatus.QUEUED, error.code, due_at=due_at)
