"""The servers, started, shared, killed and stopped for real."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis.asyncio

from app.embedded import EmbeddedError, EmbeddedServers
from app.embedded.locks import is_free
from tests.places import temporary_place

CHECKOUT = Path(__file__).parents[3]
USER = """
import sys
from pathlib import Path
from app.embedded import EmbeddedServers
with EmbeddedServers(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""
SERVERS = ("postgres", "valkey")

StartUser = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def start_user() -> Iterator[StartUser]:
    """Start a process that uses the servers of a directory until its input ends."""
    users: list[subprocess.Popen[str]] = []

    def start(data_dir: Path) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", USER, str(data_dir)]
        pipe = subprocess.PIPE
        users.append(subprocess.Popen(command, cwd=CHECKOUT, stdin=pipe, stdout=pipe, text=True))
        return users[-1]

    yield start
    for user in users:
        kill(user)


@pytest.fixture(scope="module")
def shared() -> Iterator[EmbeddedServers]:
    """Servers for the tests that only look, started in a hostile environment."""
    with (
        temporary_place() as folder,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name in ("PGPORT", "PGDATA", "PGHOST"):
            environment.setenv(name, "1")
        environment.setenv("LC_ALL", "en_US.UTF-8")
        with EmbeddedServers(folder / "data") as servers:
            yield servers


def wait_until_ready(user: "subprocess.Popen[str]") -> None:
    assert user.stdout is not None
    assert user.stdout.readline() == "ready\n"


def leave(user: "subprocess.Popen[str]") -> None:
    user.communicate()
    assert user.returncode == 0


def kill(user: "subprocess.Popen[str]") -> None:
    user.kill()
    user.communicate()


def is_running(data_dir: Path, server: str) -> bool:
    return not is_free(data_dir / f"{server}.lock")


def pid_of(data_dir: Path, server: str) -> int:
    pid_files = {"postgres": "postgres/postmaster.pid", "valkey": "valkey/valkey.pid"}
    return int((data_dir / pid_files[server]).read_text().split()[0])


def pids_of(data_dir: Path) -> list[int]:
    return [pid_of(data_dir, server) for server in SERVERS]


def kill_server(data_dir: Path, server: str) -> None:
    """End a server without warning and wait until it is gone."""
    process = psutil.Process(pid_of(data_dir, server))
    process.kill()
    process.wait()


async def run_sql(servers: EmbeddedServers, *statements: str) -> None:
    connection = await asyncpg.connect(servers.database_url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_both_answer_at_their_urls(shared: EmbeddedServers) -> None:
    who = "SELECT current_user || '@' || current_database()"
    assert await fetch(shared.database_url, who) == "parley_owner@parley"
    async with redis.asyncio.from_url(shared.redis_url) as valkey:
        assert await valkey.ping()


async def test_the_environment_changes_nothing(shared: EmbeddedServers) -> None:
    assert "PGPORT" in os.environ
    assert await fetch(shared.database_url, "SHOW port") == "5432"
    assert await fetch(shared.database_url, "SHOW fsync") == "on"


async def test_the_owner_may_make_roles_and_databases_but_is_no_superuser(
    shared: EmbeddedServers,
) -> None:
    rights = "SELECT (rolsuper, rolbypassrls, rolcreaterole, rolcreatedb)::text FROM pg_roles"
    query = f"{rights} WHERE rolname = current_user"
    assert await fetch(shared.database_url, query) == "(f,f,t,t)"
    await run_sql(shared, 'CREATE ROLE "an app" LOGIN', 'CREATE DATABASE "a/b" TEMPLATE parley')
    url = shared.url_for("an app", "a/b")
    assert await fetch(url, "SELECT current_user || current_database()") == "an appa/b"


async def test_text_is_utf8_and_sorts_by_code_point(shared: EmbeddedServers) -> None:
    words = "(VALUES ('é'), ('z'), ('B'), ('a')) AS words(word)"
    query = f"SELECT string_agg(upper(word), '' ORDER BY word) FROM {words}"
    assert await fetch(shared.database_url, query) == "BAZÉ"


async def test_the_extensions_come_along(shared: EmbeddedServers) -> None:
    for extension in ("pg_trgm", "unaccent", "btree_gin"):
        await run_sql(shared, f"CREATE EXTENSION {extension}")


def test_a_second_user_adopts_them_and_the_last_stops_them(used_dir: Path) -> None:
    first, second = EmbeddedServers(used_dir), EmbeddedServers(used_dir)
    first.start()
    started = pids_of(used_dir)
    second.start()
    first.start()
    first.stop()
    first.stop()
    assert pids_of(used_dir) == started
    second.stop()
    assert [is_running(used_dir, server) for server in SERVERS] == [False, False]


def test_of_many_at_once_one_starts_them(data_dir: Path, start_user: StartUser) -> None:
    users = [start_user(data_dir) for _ in range(6)]
    for user in users:
        wait_until_ready(user)
    started = pids_of(data_dir)
    for user in users[1:]:
        leave(user)
    assert pids_of(data_dir) == started
    leave(users[0])
    assert [is_running(data_dir, server) for server in SERVERS] == [False, False]


def test_they_outlive_a_killed_user_until_the_next_has_left(
    used_dir: Path, start_user: StartUser
) -> None:
    user = start_user(used_dir)
    wait_until_ready(user)
    started = pids_of(used_dir)
    assert [os.getsid(pid) for pid in started] == started  # Out of reach of the terminal's Ctrl-C.
    kill(user)
    with EmbeddedServers(used_dir):
        assert pids_of(used_dir) == started
    assert [is_running(used_dir, server) for server in SERVERS] == [False, False]


async def test_what_was_committed_outlives_killed_servers(used_dir: Path) -> None:
    with EmbeddedServers(used_dir) as servers:
        await run_sql(servers, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (42)")
        for server in SERVERS:
            kill_server(used_dir, server)
        servers.start()
        assert await fetch(servers.database_url, "SELECT n FROM kept") == 42
        async with redis.asyncio.from_url(servers.redis_url) as valkey:
            assert await valkey.ping()


async def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(used_dir: Path) -> None:
    """As in a container, where pids start again and the account of both servers is the same."""
    with EmbeddedServers(used_dir) as servers:
        kill_server(used_dir, "postgres")
        pid_file = used_dir / "postgres" / "postmaster.pid"
        lines = pid_file.read_text().splitlines(keepends=True)
        pid_file.write_text("".join([f"{pid_of(used_dir, 'valkey')}\n", *lines[1:]]))
        with EmbeddedServers(used_dir):
            pass
        async with redis.asyncio.from_url(servers.redis_url) as valkey:
            assert await valkey.ping()
        assert await fetch(servers.database_url, "SELECT 1") == 1


def test_stopping_dead_servers_signals_nobody(used_dir: Path) -> None:
    with EmbeddedServers(used_dir):
        for server in SERVERS:
            kill_server(used_dir, server)
        (used_dir / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")


async def test_a_start_that_was_cut_short_is_made_good(data_dir: Path) -> None:
    unfinished = data_dir / "postgres.partial"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with EmbeddedServers(data_dir) as servers:
        assert await fetch(servers.database_url, "SELECT 1") == 1
        assert not unfinished.exists()


async def test_two_data_directories_live_side_by_side(used_dir: Path, data_dir: Path) -> None:
    with EmbeddedServers(used_dir) as servers, EmbeddedServers(data_dir) as others:
        await run_sql(servers, "CREATE TABLE here (n int)")
        assert await fetch(servers.database_url, "SELECT to_regclass('here')::text") == "here"
        assert await fetch(others.database_url, "SELECT to_regclass('here')::text") is None


def test_servers_that_cannot_start_leave_nothing_behind(used_dir: Path) -> None:
    control_file = used_dir / "postgres" / "global" / "pg_control"
    control_file.rename(used_dir / "pg_control")
    threads, children = set(threading.enumerate()), psutil.Process().children()
    with pytest.raises(EmbeddedError, match=r"(?s)stopped as soon .* ends:.*pg_control"):
        EmbeddedServers(used_dir).start()
    assert [is_running(used_dir, server) for server in SERVERS] == [False, False]
    for reaper in set(threading.enumerate()) - threads:
        reaper.join()
    assert psutil.Process().children() == children
    (used_dir / "pg_control").rename(control_file)


def test_a_cluster_of_another_version_is_refused(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 14"):
        EmbeddedServers(data_dir).start()
