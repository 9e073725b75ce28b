"""What the tests of imports share."""

from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from models.database import Database
from tests.importing.desk import Desk


@pytest.fixture
def desk(
    database: Database, owner: "asyncpg.Pool[asyncpg.Record]", tenant: UUID, tmp_path: Path
) -> Desk:
    """An import desk of a fresh tenant."""
    return Desk(database, owner, tenant, tmp_path)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of about a hundred messages, so that a small file has many."""
    monkeypatch.setattr("importing.batches.BATCH_ROWS", 100)
    monkeypatch.setattr("importing.formats.text.READ_BYTES", 2_000)
    monkeypatch.setattr("importing.formats.ndjson.BATCH", 50)
