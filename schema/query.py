"""The root of queries: what each noun offers."""

import strawberry

from schema.queries.api_keys import ApiKeyQueries
from schema.queries.audit import AuditQueries
from schema.queries.bookmarks import BookmarkQueries
from schema.queries.connections import ConnectionQueries
from schema.queries.contacts import ContactQueries
from schema.queries.conversations import ConversationQueries
from schema.queries.devices import DeviceQueries
from schema.queries.imports import ImportQueries
from schema.queries.labels import LabelQueries
from schema.queries.members import MemberQueries
from schema.queries.nodes import NodeQueries
from schema.queries.queue import QueueQueries
from schema.queries.schedules import ScheduleQueries
from schema.queries.search import SearchQueries
from schema.queries.statistics import StatisticsQueries
from schema.queries.templates import TemplateQueries
from schema.queries.viewer import ViewerQueries


@strawberry.type
class Query(
    ViewerQueries,
    NodeQueries,
    ConversationQueries,
    BookmarkQueries,
    LabelQueries,
    StatisticsQueries,
    SearchQueries,
    ScheduleQueries,
    MemberQueries,
    ApiKeyQueries,
    AuditQueries,
    ImportQueries,
    ConnectionQueries,
    DeviceQueries,
    QueueQueries,
    ContactQueries,
    TemplateQueries,
):
    """All that is asked for is what the viewer may see."""
