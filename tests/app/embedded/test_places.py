"""Where the servers keep their files, and whom they trust with them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from app.embedded import EmbeddedError, EmbeddedServers, default_data_dir
from app.embedded.places import socket_dir_for

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="needs an ordinary user")


@pytest.fixture
def long_dir(data_dir: Path) -> Iterator[Path]:
    """A data directory whose path is too long for a socket and needs quoting everywhere."""
    path = data_dir / "a, b & 'ü'" / ("x" * 100)
    yield path
    shutil.rmtree(socket_dir_for(path), ignore_errors=True)


@as_root
def test_roots_data_is_where_the_servers_account_can_reach_it() -> None:
    assert default_data_dir().parent == Path("/var/lib/parley")


@not_as_root
def test_a_users_data_is_in_the_data_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data/home")
    assert default_data_dir().parent == Path("/data/home/parley")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_data_dir().parent == Path.home() / ".local/share/parley"


def test_sockets_are_in_the_data_directory_where_they_fit() -> None:
    longest = Path("/" + "d" * 84)
    assert socket_dir_for(longest) == longest / "run"
    assert socket_dir_for(Path(f"{longest}d")).parent == Path("/tmp")
    assert socket_dir_for(Path("/a b")) != socket_dir_for(Path("/a,b"))


async def test_any_path_will_do(long_dir: Path) -> None:
    with EmbeddedServers(long_dir) as servers:
        connection = await asyncpg.connect(servers.database_url)
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        async with redis.asyncio.from_url(servers.redis_url) as valkey:
            assert await valkey.ping()


def test_a_socket_folder_that_others_can_enter_is_not_trusted(long_dir: Path) -> None:
    trap = socket_dir_for(long_dir)
    trap.mkdir()
    trap.chmod(0o777)
    with pytest.raises(EmbeddedError, match=f"{trap} is not a folder that .* alone can enter"):
        EmbeddedServers(long_dir).start()


def test_a_link_in_place_of_the_socket_folder_is_not_trusted(long_dir: Path) -> None:
    trap = socket_dir_for(long_dir)
    trap.symlink_to("/tmp")
    try:
        with pytest.raises(EmbeddedError, match="cannot be trusted"):
            EmbeddedServers(long_dir).start()
    finally:
        trap.unlink()


def test_a_data_directory_that_is_a_file_is_explained(data_dir: Path) -> None:
    data_dir.touch()
    with pytest.raises(EmbeddedError, match="Choose another data directory"):
        EmbeddedServers(data_dir).start()


@as_root
def test_a_data_directory_behind_a_closed_door_is_explained(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    (data_dir / "something").touch()
    with pytest.raises(EmbeddedError, match=f"cannot enter {data_dir} .*chmod o\\+x {data_dir}"):
        EmbeddedServers(data_dir / "deeper").start()


@as_root
def test_a_folder_that_its_maker_did_not_live_to_hand_over_is_used(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    with EmbeddedServers(data_dir):
        owner = data_dir.stat().st_uid
    (data_dir / "run").rmdir()
    (data_dir / "run").mkdir(mode=0o700)
    with EmbeddedServers(data_dir):
        assert (data_dir / "run").stat().st_uid == owner != 0
