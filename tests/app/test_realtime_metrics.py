"""The statistics of the hub and the bus as Prometheus reads them."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from app.graphql.sharing import GroupStatistics
from app.realtime_metrics import bus_metrics, group_metrics, hub_metrics
from realtime.bus import BusStatistics
from realtime.measures import HubStatistics


class Given(Collector):
    """Shows the metrics given."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def text_of(metrics: Iterable[Metric]) -> list[str]:
    registry = CollectorRegistry()
    registry.register(Given(metrics))
    return generate_latest(registry).decode().splitlines()


def test_hub_is_shown() -> None:
    statistics = HubStatistics(feeds=2, events_in=5, replays_ring=3, replays_table=1)
    for seconds in (0.0005, 0.03, 100.0):
        statistics.lag.observe(seconds)
    shown = text_of(hub_metrics(statistics))
    for line in (
        "parley_feeds 2.0",
        "parley_events_total 5.0",
        'parley_feed_replays_total{source="memory"} 3.0',
        'parley_feed_replays_total{source="table"} 1.0',
        'parley_feeds_dropped_total{reason="slow"} 0.0',
        'parley_event_lag_seconds_bucket{le="0.001"} 1.0',
        'parley_event_lag_seconds_bucket{le="0.05"} 2.0',
        'parley_event_lag_seconds_bucket{le="+Inf"} 3.0',
        "parley_event_lag_seconds_count 3.0",
        "parley_event_lag_seconds_sum 100.0305",
    ):
        assert line in shown


def test_bus_is_shown() -> None:
    shown = text_of(bus_metrics(BusStatistics(published=4, gaps=1)))
    assert {"parley_bus_published_total 4.0", "parley_bus_gaps_total 1.0"} < set(shown)


def test_groups_are_shown() -> None:
    statistics = GroupStatistics(groups=1, members=3, executions=2, saved=4, frames=6)
    statistics.dropped["hidden"] += 1
    statistics.sizes.observe(3, 2)
    statistics.lag.observe(0.02, 6)
    shown = text_of(group_metrics(statistics))
    for line in (
        "parley_group_members 3.0",
        "parley_group_executions_total 2.0",
        "parley_group_executions_saved_total 4.0",
        "parley_group_frames_total 6.0",
        'parley_group_members_dropped_total{reason="hidden"} 1.0',
        'parley_group_size_bucket{le="5.0"} 2.0',
        'parley_socket_lag_seconds_bucket{le="0.025"} 6.0',
    ):
        assert line in shown
