"""The pools of connections and the replicas, as Prometheus' metrics."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from app.metric_families import counter
from models.database import Database
from models.replicas import Replicas, ReplicaState

# Each with the field of `PoolUse` that it shows.
GAUGES = (
    ("parley_pool_connections", "Open connections.", "size"),
    ("parley_pool_in_use", "Connections in use.", "in_use"),
    ("parley_pool_waiting", "Who waits for a connection.", "waiting"),
    ("parley_pool_most", "Most connections that there may be.", "most"),
)


def pool_metrics(database: Database) -> Iterator[Metric]:
    """How each pool is used, and how far each replica is."""
    uses = database.pool_uses()
    for name, text, field in GAUGES:
        gauge = GaugeMetricFamily(name, text, labels=["pool"])
        for pool, use in uses.items():
            gauge.add_metric([pool], getattr(use, field))
        yield gauge
    yield from _replica_metrics(database.replicas)


def _replica_metrics(replicas: Replicas | None) -> Iterator[Metric]:
    lag = GaugeMetricFamily("parley_replica_lag_seconds", "Behind the primary.", labels=["replica"])
    used = GaugeMetricFamily("parley_replica_used", "1: it is read.", labels=["replica"])
    for replica in replicas.all if replicas else ():
        number = str(replica.number)
        lag.add_metric([number], replica.lag)
        used.add_metric([number], replica.state is ReplicaState.OK)
    yield lag
    yield used
    yield counter(
        "parley_replica_fallbacks",
        "Reads of the primary for want of a replica.",
        replicas.fallbacks if replicas else 0,
    )
