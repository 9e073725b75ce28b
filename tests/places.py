"""Folders of a test run, cleared away however the run ends.

All that a run starts has its data below one folder. A process apart waits for the run to end, be
it killed; then it ends what is left of the run and removes the folder:

    python -m tests.places FOLDER    # when its input ends

Where that process was killed, too, the next run does its work.
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen

import psutil

from app.embedded.locks import share, try_exclusive

RUN_FOLDER = "PARLEY_TEST_RUN_FOLDER"
PREFIX = "parley-run-"
LOCK = "run.lock"
CHECKOUT = Path(__file__).parents[1]
END_SECONDS = 60


class Run:
    """A test run: its folder, and the process that clears it away."""

    def __init__(self) -> None:
        sweep()
        self.folder, lock = _make_folder()
        # Whatever else makes temporary files makes them there, too.
        os.environ[RUN_FOLDER] = os.environ["TMPDIR"] = tempfile.tempdir = str(self.folder)
        self._keeper = Popen(
            [sys.executable, "-m", "tests.places", self.folder],
            cwd=CHECKOUT,
            stdin=PIPE,
            pass_fds=[lock],
            # Out of reach of the terminal's Ctrl-C.
            start_new_session=True,
        )
        os.close(lock)

    def end(self) -> None:
        """Return when nothing is left of it."""
        self._keeper.communicate()


def run_folder() -> Path:
    """The folder of the run that this process is of."""
    return Path(os.environ[RUN_FOLDER])


@contextmanager
def temporary_place() -> Iterator[Path]:
    """A folder below the run's that everybody can enter.

    For root, pytest's own cannot be reached by the account of the embedded servers.
    """
    with tempfile.TemporaryDirectory(prefix="") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def sweep() -> None:
    """Clear away the runs whose keeper is dead."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # It may be somebody else's, or on its way out.
        with suppress(OSError), try_exclusive(folder / LOCK) as lock:
            if lock is not None:
                clear(folder)


def clear(folder: Path) -> None:
    """End the processes of a run, and remove its folder."""
    ended = list(_processes_of(folder))
    for process in ended:
        with suppress(psutil.NoSuchProcess):
            # SIGQUIT is PostgreSQL's quick end: after SIGKILL its shared memory would stay.
            process.send_signal(signal.SIGQUIT if process.name() == "postgres" else signal.SIGKILL)
    psutil.wait_procs(ended, timeout=END_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


def _make_folder() -> tuple[Path, int]:
    """A new folder and the lock in it, which is held before a sweep can find it."""
    hidden = Path(tempfile.mkdtemp(prefix="parley-new-"))
    hidden.chmod(0o755)
    lock = share(hidden / LOCK)
    return hidden.rename(hidden.with_name(hidden.name.replace("parley-new-", PREFIX))), lock


def _processes_of(folder: Path) -> Iterator[psutil.Process]:
    """Those that are in the folder, as servers are, or whose environment names it."""
    for process in psutil.process_iter():
        try:
            places = [process.cwd(), *process.environ().values()]
        except psutil.Error:
            continue  # It has ended, or is somebody else's.
        if process.pid != os.getpid() and any(
            Path(place).is_relative_to(folder) for place in places
        ):
            yield process


if __name__ == "__main__":
    sys.stdin.read()
    clear(Path(sys.argv[1]))
