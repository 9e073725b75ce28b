"""Families of metrics as Prometheus' client wants them, of one sample or one a label."""

from collections.abc import Mapping
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from realtime.measures import Histogram


def gauge(name: str, text: str, value: float) -> Metric:
    """A gauge without labels."""
    return GaugeMetricFamily(name, text, value=value)


def counter(name: str, text: str, value: float) -> Metric:
    """A counter without labels; Prometheus adds `_total` to its name."""
    return CounterMetricFamily(name, text, value=value)


def counters(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    """A counter for each value of a label."""
    family = CounterMetricFamily(name, text, labels=[label])
    for labelled, value in values.items():
        family.add_metric([labelled], value)
    return family


def histogram(name: str, text: str, seen: Histogram) -> Metric:
    """A histogram without labels."""
    return HistogramMetricFamily(name, text, buckets=buckets_of(seen), sum_value=seen.total)


def buckets_of(seen: Histogram) -> list[tuple[str, float]]:
    """The buckets of a histogram as Prometheus has them: each counts what is below its bound."""
    bounds = [*(str(bound) for bound in seen.bounds), "+Inf"]
    return list(zip(bounds, accumulate(seen.counts), strict=True))
