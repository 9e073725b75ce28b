"""What `parley doctor` says of replicas."""

from pathlib import Path

from app.doctor import Finding, examine
from app.installation import Installation
from tests.app.replicas.standby import Standby


async def test_replicas_are_looked_at_by_number(
    database_url: str, database_name: str, redis_url: str, standby: Standby, tmp_path: Path
) -> None:
    found = Installation(database_url, None, redis_url, tmp_path / "keys.json")
    away = "postgresql://someone:secret@127.0.0.1:1/parley"

    replica = standby.url_for("parley", database_name)

    findings = await examine(found, (replica, database_url, away))

    replicas = {each.subject: each for each in findings if each.subject.startswith("replica")}
    assert replicas["replica 1"] == Finding("replica 1", True, "replays what the primary writes")
    assert not replicas["replica 2"].good
    assert "PARLEY_REPLICA_URLS" in replicas["replica 2"].detail
    assert not replicas["replica 3"].good
    assert replicas["replica 3"].detail.startswith("not reached:")
    assert "secret" not in replicas["replica 3"].detail
