"""How fast messages may leave a device: its own limits, and those of its kind for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from models.devices import DeviceKind

TIERS = (200, 100, 60, 30)
"""Messages a minute by priority, the most urgent first, unless a setting says otherwise."""


@dataclass(frozen=True, slots=True)
class DeviceLimits:
    """Numbers of messages; 0: no limit.

    `critical` to `low` are those a minute of each priority, `pair_per_minute` those to one
    recipient, of which `pair_burst` may go at once. `at_once` bounds the calls under way, those of
    all workers together.
    """

    critical: int = 0
    high: int = 0
    normal: int = 0
    low: int = 0
    per_hour: int = 0
    at_once: int = 0
    pair_per_minute: int = 0
    pair_burst: int = 1

    @property
    def tiers(self) -> tuple[int, int, int, int]:
        """Messages a minute by priority, the most urgent first."""
        return self.critical, self.high, self.normal, self.low

    @property
    def unlimited(self) -> bool:
        """Whether there is no limit at all."""
        return not any((*self.tiers, self.per_hour, self.at_once, self.pair_per_minute))


def default_limits(kind: DeviceKind, tiers: tuple[int, ...] = TIERS) -> DeviceLimits:
    """What devices of a kind have unless they are told otherwise.

    WhatsApp takes one message to a recipient per 6 s, with some credit; that of a whole number,
    80 a second, is beyond the tiers.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
    """
    tiered = DeviceLimits(*tiers)
    match kind:
        case DeviceKind.LOOPBACK:
            return DeviceLimits()
        case DeviceKind.WHATSAPP_CLOUD:
            return replace(tiered, at_once=10, pair_per_minute=10, pair_burst=5)
        case DeviceKind.HTTP:
            return replace(tiered, at_once=10, per_hour=1_000)


def limits_of(
    kind: DeviceKind, own: Mapping[str, int], tiers: tuple[int, ...] = TIERS
) -> DeviceLimits:
    """The limits of a device, of which `own` has those that differ from its kind's."""
    return replace(default_limits(kind, tiers), **own)
