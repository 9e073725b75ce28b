"""What the bus and the hub did, for /metrics."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from realtime.bus import BusStatistics
from realtime.measures import LAG_BOUNDS, Histogram, HubStatistics


def hub_metrics(hub: HubStatistics) -> Iterator[Metric]:
    """What came into the hub, what it had to read, and whom it let go."""
    yield GaugeMetricFamily("parley_feeds", "Feeds of events.", value=hub.feeds)
    yield GaugeMetricFamily("parley_hub_channels", "Tenants listened to.", value=hub.channels)
    yield _count("parley_events", "Events told to feeds.", hub.events_in)
    yield _count("parley_events_unreadable", "What was heard and is no event.", hub.unreadable)
    yield _count("parley_holes_read", "Streams read because an event was missed.", hub.holes_read)
    yield _count("parley_feed_resets", "Feeds that could not go on.", hub.resets)
    yield _count("parley_journal_failures", "Failed reads of events.", hub.journal_failures)
    yield _by(
        "parley_feed_replays",
        "Feeds that caught up, by where from.",
        "source",
        {"memory": hub.replays_ring, "table": hub.replays_table},
    )
    yield _by("parley_feeds_dropped", "Feeds, by why.", "reason", {"slow": hub.dropped_slow})
    yield _histogram("parley_event_lag_seconds", "From an event's recording to feeds.", hub.lag)


def bus_metrics(bus: BusStatistics) -> Iterator[Metric]:
    """What this process told the others, and how often it could not hear them."""
    yield _count("parley_bus_published", "Events published.", bus.published)
    yield _count("parley_bus_failures", "Failed publications.", bus.publish_failures)
    yield _count("parley_bus_looks", "Messages in place of many events.", bus.looks)
    yield _count("parley_bus_gaps", "Times when channels were not heard.", bus.gaps)


def _count(name: str, text: str, value: int) -> Metric:
    return CounterMetricFamily(name, text, value=value)


def _by(name: str, text: str, label: str, counts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    bounds = [*(str(bound) for bound in LAG_BOUNDS), "+Inf"]
    buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=histogram.total)
