"""What a server is told of the database, of the viewer, and of how it is to run."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.embedded import EmbeddedServers
from app.signin.tokens import Tokens
from benchmarks.peers.dataset import Dataset
from models.base import now

POOL = 8


def describe(servers: EmbeddedServers, folder: str, dataset: Dataset) -> dict[str, Any]:
    """The world of the servers, as JSON: they read it from their environment."""
    tokens = Tokens.from_file(Path(folder) / "signing-keys.json")
    url = servers.url_for("parley")
    return {
        "folder": folder,
        "databaseUrl": url,
        "redisUrl": servers.redis_url,
        "socketDir": parse_qs(urlsplit(url).query)["host"][0],
        "databasePort": 5432,
        # A connection is scoped to the tenant when it is made: nothing is spent on it later.
        "connection": {
            "parley.tenant_id": str(dataset.viewer.tenant_id),
            "plan_cache_mode": "force_generic_plan",
        },
        "pool": POOL,
        "tenantId": str(dataset.viewer.tenant_id),
        "userId": str(dataset.viewer.user_id),
        "token": tokens.issue(dataset.viewer, now(), timedelta(hours=1)),
    }
