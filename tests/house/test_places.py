"""A run that is killed leaves no process and no folder behind."""

import fcntl
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE, Popen

import psutil
import pytest

from tests.places import CHECKOUT, LOCK, PREFIX, sweep, temporary_place

# A run with servers, told on its output and waiting to be killed.
RUN = """
import subprocess, sys
from tests.places import Run, temporary_place
run = Run()
with temporary_place() as place:
    servers = [
        subprocess.Popen(["sleep", "3600"], env={"HOME": str(place)}),
        subprocess.Popen(["sleep", "3600"], env={}, cwd=place),
    ]
    print(run.folder, *(server.pid for server in servers), flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_run_started_is_ended_and_its_folder_removed() -> None:
    command = [sys.executable, "-c", RUN]
    with Popen(command, cwd=CHECKOUT, stdin=PIPE, stdout=PIPE, text=True) as run:
        assert run.stdout is not None
        folder, *pids = run.stdout.readline().split()
        servers = [psutil.Process(int(pid)) for pid in pids]
        with (Path(folder) / LOCK).open() as lock:
            run.kill()
            # The keeper holds it until it has done its work.
            fcntl.flock(lock, fcntl.LOCK_EX)

    assert not Path(folder).exists()
    for server in servers:
        with suppress(psutil.NoSuchProcess):
            assert server.status() == psutil.STATUS_ZOMBIE


def test_a_folder_that_nobody_keeps_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_place() as place:
        monkeypatch.setattr(tempfile, "tempdir", str(place))
        left, kept = place / f"{PREFIX}left", place / f"{PREFIX}kept"
        for folder in (left, kept):
            folder.mkdir()
        with (kept / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            sweep()

        assert list(place.iterdir()) == [kept]
