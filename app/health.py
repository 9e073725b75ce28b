"""Whether the process lives, and whether it should be given requests."""

import asyncio
from dataclasses import asdict, dataclass

import asyncpg
import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.migrate import is_current
from dispatch.worker import Worker
from models.database import Database
from models.replicas import Replicas, ReplicaState
from realtime.bus import Bus

CHECK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """What /health/ready answers. `status`: ok, degraded (it serves all the same), unavailable."""

    status: str
    database: str
    migrations: str
    redis: str
    worker: str
    replicas: str
    draining: bool


class Health:
    """Answers the questions of a load balancer."""

    def __init__(self, database: Database, bus: Bus, worker: Worker | None = None) -> None:
        self._database = database
        self._bus = bus
        self._worker = worker
        self.draining = False

    async def live(self, _request: Request) -> Response:
        """200 as long as the event loop turns."""
        return _json({"status": "ok"}, 200)

    async def ready(self, _request: Request) -> Response:
        """200 when requests are welcome: also while Redis is away, which is told."""
        found = await self.readiness()
        return _json(asdict(found), 503 if found.status == "unavailable" else 200)

    async def readiness(self) -> Readiness:
        """Look at each thing that serving needs."""
        database, revision = "ok", None
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                revision = await self._database.revision()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            database = "unreachable"
        migrations = "ok" if is_current(revision) else "missing"
        redis = "ok" if self._bus.listening else "unreachable"
        worker = "none" if self._worker is None else "ok" if self._worker.alive else "stopped"
        replicas = _standing(self._database.replicas)
        usable = database == "ok" and migrations == "ok" and not self.draining
        whole = redis == "ok" and worker != "stopped" and replicas in {"ok", "none"}
        status = "unavailable" if not usable else "ok" if whole else "degraded"
        return Readiness(status, database, migrations, redis, worker, replicas, self.draining)


def _standing(replicas: Replicas | None) -> str:
    """ "ok", "none" where there are none, or what is wrong with which of them."""
    if replicas is None:
        return "none"
    wrong = [one for one in replicas.all if one.state is not ReplicaState.OK]
    return ", ".join(f"{one.number} {one.state.value}" for one in wrong) or "ok"


def _json(body: object, status: int) -> Response:
    return Response(
        orjson.dumps(body),
        status,
        {"Cache-Control": "no-store"},
        media_type="application/json",
    )
