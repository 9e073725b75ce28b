"""One replica for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from app.embedded import EmbeddedServers
from tests.app.replicas.standby import Standby
from tests.places import temporary_place


@pytest.fixture(scope="package")
async def shared_standby(servers: EmbeddedServers, database_name: str) -> AsyncIterator[Standby]:
    # The worker's database is there by now, and will be in the replica.
    with temporary_place() as home:
        standby = Standby(servers, home)
        try:
            standby.copy()
            await standby.start()
            yield standby
        finally:
            standby.stop()


@pytest.fixture
async def standby(shared_standby: Standby) -> AsyncIterator[Standby]:
    """A replica that runs, and replays what comes."""
    yield shared_standby
    await shared_standby.resume()
