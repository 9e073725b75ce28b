"""What the duties of one worker share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from dispatch.fairness import Slots
from dispatch.statistics import WorkerStatistics
from models.database import Database
from realtime.unit_of_work import Bell

# What a database that restarts, or is slow, makes of statements. It is waited for, not died of.
DATABASE_TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)

log: structlog.stdlib.BoundLogger = structlog.get_logger("dispatch")


@dataclass(frozen=True, slots=True)
class Tools:
    """Of one worker. `pause` is how long a database that refuses is left alone."""

    database: Database
    bell: Bell
    clock: Callable[[], datetime]
    slots: Slots
    statistics: WorkerStatistics
    pause: timedelta

    @contextmanager
    def weathering(self) -> Iterator[None]:
        """Weather what the database raises within."""
        try:
            yield
        except DATABASE_TROUBLE as trouble:
            self.weather(trouble)

    def weather(self, trouble: BaseException) -> None:
        """Count and log a database error that is waited out."""
        self.statistics.troubles += 1
        log.warning("database_trouble", error=repr(trouble))
