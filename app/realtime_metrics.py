"""What the bus, the hub and the groups of subscribers did, for /metrics."""

from collections.abc import Iterator, Mapping
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from app.graphql.sharing import GroupStatistics
from realtime.bus import BusStatistics
from realtime.measures import Histogram, HubStatistics


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


def group_metrics(groups: GroupStatistics) -> Iterator[Metric]:
    """What subscribers were told, how soon, and how much of it was made once for many."""
    yield GaugeMetricFamily("parley_groups", "Groups of subscribers.", value=groups.groups)
    yield GaugeMetricFamily("parley_group_members", "Their members.", value=groups.members)
    yield _count("parley_group_frames", "Results sent to members.", groups.frames)
    yield _count("parley_group_recalled", "Results sent again to those back.", groups.recalled)
    yield _count("parley_group_executions", "Executions for events.", groups.executions)
    yield _count("parley_group_executions_saved", "Executions not needed.", groups.saved)
    yield _count("parley_group_compared", "Shared results made again alone.", groups.compared)
    yield _count("parley_group_differences", "Those that were not the same.", groups.differences)
    yield _by("parley_group_members_dropped", "Members, by why.", "reason", groups.dropped)
    yield _histogram("parley_group_size", "Members served by one execution.", groups.sizes)
    yield _histogram(
        "parley_socket_lag_seconds", "From an event's recording to a socket.", groups.lag
    )


def bus_metrics(bus: BusStatistics) -> Iterator[Metric]:
    """What this process told the others, and how often it could not hear them."""
    yield _count("parley_bus_published", "Events published.", bus.published)
    yield _count("parley_bus_failures", "Failed publications.", bus.publish_failures)
    yield _count("parley_bus_looks", "Messages in place of many events.", bus.looks)
    yield _count("parley_bus_gaps", "Times when channels were not heard.", bus.gaps)


def _count(name: str, text: str, value: int) -> Metric:
    return CounterMetricFamily(name, text, value=value)


def _by(name: str, text: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def buckets_of(histogram: Histogram) -> list[tuple[str, float]]:
    """The buckets of a histogram as Prometheus has them: each counts what is below its bound."""
    bounds = [*(str(bound) for bound in histogram.bounds), "+Inf"]
    return list(zip(bounds, accumulate(histogram.counts), strict=True))


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    buckets = buckets_of(histogram)
    return HistogramMetricFamily(name, text, buckets=buckets, sum_value=histogram.total)
