"""A loopback gateway that misbehaves as its device's settings tell it: for tests and shows."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from gateways.loopback import Behaviour
from gateways.protocol import Action, GatewayError, Outgoing
from models.base import now

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Told:
    """What a device is told, as its settings keep it; 0 is never.

    Every so-manieth message fails before it is posted, or is posted and its answer lost.
    `delay_ms` makes each slow; with `reorder` by anything up to it, so that they come out of order.
    """

    delay_ms: int = 0
    reorder: bool = False
    fail_every: int = 0
    time_out_every: int = 0
    per_minute: int = 0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """What the settings of a device say; what is no behaviour is left out."""
        return cls(**{name: settings[name] for name in cls.__slots__ if name in settings})


class ToldBehaviour(Behaviour):
    """Counts the messages, and does to each as it was told."""

    def __init__(
        self,
        told: Told,
        *,
        clock: Callable[[], datetime] = now,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._told = told
        self._clock = clock
        self._draw = draw
        self._count = 0
        self._window = clock()
        self._in_window = 0

    async def before(self, outgoing: Outgoing) -> None:
        """Refuse, fail or wait. Raises GatewayError."""
        self._count += 1
        self._limit()
        if _is_due(self._told.fail_every, self._count):
            raise GatewayError("LOOPBACK_FAILED", Action.RETRY)
        if self._told.delay_ms:
            share = self._draw() if self._told.reorder else 1.0
            await asyncio.sleep(share * self._told.delay_ms / 1000)

    async def after(self, outgoing: Outgoing) -> None:
        """Lose the answer. Raises GatewayError."""
        if _is_due(self._told.time_out_every, self._count):
            raise GatewayError("LOOPBACK_TIMED_OUT", Action.UNKNOWN)

    def _limit(self) -> None:
        present = self._clock()
        if present - self._window >= MINUTE:
            self._window, self._in_window = present, 0
        if self._told.per_minute and self._in_window >= self._told.per_minute:
            wait = self._window + MINUTE - present
            raise GatewayError("LOOPBACK_LIMITED", Action.SLOW_DOWN, wait)
        self._in_window += 1


def _is_due(every: int, count: int) -> bool:
    return every > 0 and count % every == 0
