"""What the bus, the hub and the groups of subscribers did, for /metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from app.graphql.sharing import GroupStatistics
from app.metric_families import counter, counters, gauge, histogram
from realtime.bus import BusStatistics
from realtime.measures import HubStatistics


def hub_metrics(hub: HubStatistics) -> Iterator[Metric]:
    """What came into the hub, what it had to read, and whom it let go."""
    yield gauge("parley_feeds", "Feeds of events.", hub.feeds)
    yield gauge("parley_hub_channels", "Tenants listened to.", hub.channels)
    yield counter("parley_events", "Events told to feeds.", hub.events_in)
    yield counter("parley_events_unreadable", "What was heard and is no event.", hub.unreadable)
    yield counter("parley_holes_read", "Streams read because an event was missed.", hub.holes_read)
    yield counter("parley_feed_resets", "Feeds that could not go on.", hub.resets)
    yield counter("parley_journal_failures", "Failed reads of events.", hub.journal_failures)
    yield counters(
        "parley_feed_replays",
        "Feeds that caught up, by where from.",
        "source",
        {"memory": hub.replays_ring, "table": hub.replays_table},
    )
    yield counters("parley_feeds_dropped", "Feeds, by why.", "reason", {"slow": hub.dropped_slow})
    yield histogram("parley_event_lag_seconds", "From an event's recording to feeds.", hub.lag)


def group_metrics(groups: GroupStatistics) -> Iterator[Metric]:
    """What subscribers were told, how soon, and how much of it was made once for many."""
    yield gauge("parley_groups", "Groups of subscribers.", groups.groups)
    yield gauge("parley_group_members", "Their members.", groups.members)
    yield counter("parley_group_frames", "Results sent to members.", groups.frames)
    yield counter("parley_group_recalled", "Results sent again to those back.", groups.recalled)
    yield counter("parley_group_executions", "Executions for events.", groups.executions)
    yield counter("parley_group_executions_saved", "Executions not needed.", groups.saved)
    yield counter("parley_group_compared", "Shared results made again alone.", groups.compared)
    yield counter("parley_group_differences", "Those that were not the same.", groups.differences)
    yield counters("parley_group_members_dropped", "Members, by why.", "reason", groups.dropped)
    yield histogram("parley_group_size", "Members served by one execution.", groups.sizes)
    yield histogram(
        "parley_socket_lag_seconds", "From an event's recording to a socket.", groups.lag
    )


def bus_metrics(bus: BusStatistics) -> Iterator[Metric]:
    """What this process told the others, and how often it could not hear them."""
    yield counter("parley_bus_published", "Events published.", bus.published)
    yield counter("parley_bus_failures", "Failed publications.", bus.publish_failures)
    yield counter("parley_bus_looks", "Messages in place of many events.", bus.looks)
    yield counter("parley_bus_gaps", "Times when channels were not heard.", bus.gaps)
