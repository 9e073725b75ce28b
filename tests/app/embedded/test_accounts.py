"""Whom the servers run as."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app.embedded import EmbeddedServers

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change accounts")

CHECKOUT = Path(__file__).parents[3]
# The interpreter itself may be out of the ordinary user's reach: all is imported before.
AS_NOBODY = """
import os, pwd, sys
from pathlib import Path
from app.embedded import EmbeddedServers, default_data_dir
nobody = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
os.environ["XDG_DATA_HOME"] = sys.argv[1]
with EmbeddedServers(default_data_dir()):
    print((default_data_dir() / "postgres" / "postmaster.pid").stat().st_uid == nobody.pw_uid)
"""


def test_the_servers_do_not_run_as_root_and_keep_their_account(data_dir: Path) -> None:
    with EmbeddedServers(data_dir):
        owner = data_dir.stat().st_uid
        postmaster = int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
        valkey = int((data_dir / "valkey" / "valkey.pid").read_text())
        assert owner != 0
        assert {psutil.Process(pid).uids().effective for pid in (postmaster, valkey)} == {owner}


def test_a_directory_of_another_user_is_served_by_that_user(data_dir: Path) -> None:
    data_dir.mkdir()
    os.chown(data_dir, 1, 1)
    with EmbeddedServers(data_dir):
        assert (data_dir / "postgres" / "postmaster.pid").stat().st_uid == 1


def test_an_ordinary_user_runs_them_in_the_data_home(data_dir: Path) -> None:
    data_dir.mkdir()
    data_dir.chmod(0o777)
    command = [sys.executable, "-c", AS_NOBODY, str(data_dir)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if "was not found" in done.stderr:
        pytest.skip("the wheels are in a directory that nobody but root can enter")
    assert (done.stdout, done.stderr) == ("True\n", "")
