"""The circuit breaker of a device: what its outlet's answers make of its state. Pure functions.

Closed (CONNECTED) it counts failures without a success between them. Open (INTERRUPTED, paused)
nothing is sent. Half open (INTERRUPTED, the pause over) one message is tried: its success closes
the breaker, its failure opens it for twice as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from gateways.protocol import Action, GatewayError
from models.devices import DeviceState

THRESHOLD = 5
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
# How long an outlet is left alone that asks for patience and does not say how long.
PATIENCE = timedelta(seconds=30)


class Kind(Enum):
    """What an answer says of the outlet, whatever it says of the message.

    WELL: it answered. FAILING: it did not, or not sensibly. SLOW: it asks for patience.
    REFUSED: it takes no message with these credentials.
    """

    WELL = auto()
    FAILING = auto()
    SLOW = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Sign:
    """One answer; `pause` is the patience that it asks for."""

    kind: Kind
    code: str | None = None
    pause: timedelta = PATIENCE


@dataclass(frozen=True, slots=True)
class Circuit:
    """A device's state as far as its outlet's answers decide it."""

    state: DeviceState
    reason: str | None = None
    paused_until: datetime | None = None
    failures: int = 0
    trips: int = 0


WELL = Sign(Kind.WELL)
_KINDS = {
    Action.RETRY: Kind.FAILING,
    Action.UNKNOWN: Kind.FAILING,
    Action.SLOW_DOWN: Kind.SLOW,
    Action.HOLD: Kind.REFUSED,
    Action.FAIL: Kind.WELL,
}


def sign_of(error: GatewayError) -> Sign:
    """What a failed call says of the outlet. One that refuses a message is well."""
    kind = Kind.WELL if error.of_recipient else _KINDS[error.action]
    return Sign(kind, error.code, error.retry_after or PATIENCE)


def after(circuit: Circuit, signs: Sequence[Sign], now: datetime) -> Circuit:
    """The circuit after the answers of a batch, whose order nobody knows.

    A device that somebody disconnected, or that is being connected, stays as it is.
    """
    if circuit.state not in {DeviceState.CONNECTED, DeviceState.INTERRUPTED}:
        return circuit
    by_kind = {kind: [sign for sign in signs if sign.kind is kind] for kind in Kind}
    if refused := by_kind[Kind.REFUSED]:
        return Circuit(DeviceState.FAILED, refused[-1].code)
    if by_kind[Kind.WELL]:
        circuit = Circuit(DeviceState.CONNECTED)
    elif failing := by_kind[Kind.FAILING]:
        circuit = _failed(circuit, failing, now)
    if slow := by_kind[Kind.SLOW]:
        until = now + max(sign.pause for sign in slow)
        circuit = replace(circuit, paused_until=max(until, circuit.paused_until or until))
    return circuit


def _failed(circuit: Circuit, failing: Sequence[Sign], now: datetime) -> Circuit:
    failures = circuit.failures + len(failing)
    if circuit.state is DeviceState.CONNECTED and failures < THRESHOLD:
        return replace(circuit, failures=failures)
    if circuit.paused_until is not None and circuit.paused_until > now and circuit.trips:
        # It was sent before the breaker opened, and says nothing new.
        return replace(circuit, failures=failures)
    pause = min(FIRST_PAUSE * (1 << min(circuit.trips, 16)), LONGEST_PAUSE)
    return Circuit(
        DeviceState.INTERRUPTED, failing[-1].code, now + pause, failures, circuit.trips + 1
    )
