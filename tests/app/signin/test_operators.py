"""`parley tenant` and `parley keys`, as operators type them."""

import asyncio
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.app.signin.desk import Desk
from tests.tenants import slug_of


@pytest.fixture
def parley(
    database_url: str,
    owner_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> CliRunner:
    """The command, for the tests' own servers."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("PARLEY_OWNER_DATABASE_URL", owner_url)
    monkeypatch.setenv("PARLEY_SIGNING_KEY_FILE", str(tmp_path / "keys.json"))
    # The log of this process is the tests' own.
    monkeypatch.setattr("app.logging.configure", lambda *_, **__: None)
    return CliRunner()


async def run(parley: CliRunner, *arguments: str) -> tuple[int, str]:
    """Exit code and output; the command has a loop of its own, hence the thread."""
    result = await asyncio.to_thread(parley.invoke, cli, arguments)
    return result.exit_code, result.output


async def test_tenant_is_suspended_and_resumed(desk: Desk, parley: CliRunner) -> None:
    tenant = await desk.make_tenant()
    query = "SELECT suspended_at FROM tenants WHERE id = $1"
    assert (await run(parley, "tenant", "suspend", slug_of(tenant)))[0] == 0
    assert await desk.owner.fetchval(query, tenant) is not None
    assert (await run(parley, "tenant", "resume", slug_of(tenant)))[0] == 0
    assert await desk.owner.fetchval(query, tenant) is None


async def test_wallets_may_sign_up_or_not(desk: Desk, parley: CliRunner) -> None:
    tenant = await desk.make_tenant()
    query = "SELECT wallet_role FROM tenants WHERE id = $1"
    for given, kept in (("viewer", "VIEWER"), ("AGENT", "AGENT"), ("none", None)):
        assert (await run(parley, "tenant", "wallets", slug_of(tenant), given))[0] == 0
        assert await desk.owner.fetchval(query, tenant) == kept
    assert (await run(parley, "tenant", "wallets", slug_of(tenant), "OWNER"))[0] == 2


async def test_unknown_tenant_is_told(parley: CliRunner) -> None:
    code, _ = await run(parley, "tenant", "suspend", "no-such-tenant")
    assert code == 1


async def test_keys_rotate(parley: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    for count in (2, 3):
        code, output = await run(parley, "keys", "rotate")
        keys = orjson.loads(path.read_bytes())["keys"]
        assert code == 0
        assert keys[0]["kid"] in output
        assert len(keys) == count
