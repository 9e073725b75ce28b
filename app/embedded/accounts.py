"""The account that the servers run as: ours, or an unprivileged one where we are root."""

import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, CompletedProcess, Popen

from app.embedded.errors import EmbeddedError

# Prints the first of its arguments that the account cannot enter (a folder) or run (a file).
_FIRST_BLOCKED = 'for path; do [ -x "$path" ] || { echo "$path"; exit; }; done'


@dataclass(frozen=True)
class Account:
    """An entry of the user database; `switch` where a child has to change to it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self,
        command: Sequence[str | Path],
        cwd: Path,
        stdin: str = "",
        keep_open: Sequence[int] = (),
    ) -> "CompletedProcess[str]":
        """Run a command to its end as this account; its output and errors come back as one text."""
        with self._popen(command, cwd, PIPE, PIPE, keep_open) as child:
            output, _ = child.communicate(stdin.encode())
        return CompletedProcess(command, child.returncode, output.decode(errors="replace"))

    def spawn(
        self, command: Sequence[str | Path], cwd: Path, output: int, keep_open: Sequence[int]
    ) -> "Popen[bytes]":
        """Start a server as this account, in a session of its own so that it outlives ours."""
        return self._popen(command, cwd, DEVNULL, output, keep_open)

    def first_blocked(self, path: Path) -> Path | None:
        """The outermost part of `path` that is closed to this account; None if none is."""
        if not self.switch:
            return None
        parts = [*reversed(path.parents), path]
        answer = self.run(["/bin/sh", "-c", _FIRST_BLOCKED, "sh", *parts], cwd=Path("/"))
        blocked = answer.stdout.removesuffix("\n")
        return Path(blocked) if blocked else None

    def _popen(
        self,
        command: Sequence[str | Path],
        cwd: Path,
        stdin: int,
        output: int,
        keep_open: Sequence[int],
    ) -> "Popen[bytes]":
        return Popen(
            command,
            cwd=cwd,
            stdin=stdin,
            stdout=output,
            stderr=STDOUT,
            env=_environment(cwd),
            pass_fds=keep_open,
            umask=0o077,
            start_new_session=True,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )


def _environment(home: Path) -> dict[str, str]:
    # Written afresh: PG* variables would change what the servers do, and ours hold secrets.
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(home), **kept}


def account_for(data_dir: Path) -> Account:
    """Whom the servers of `data_dir` run as.

    Ourselves, unless we are root, whom PostgreSQL refuses: then the owner of what is there, else
    `postgres`, else `nobody`. Raises EmbeddedError where there is no such account.
    """
    if os.geteuid() != 0:
        return _entry(os.geteuid(), switch=False)
    for owned in (data_dir / "postgres", data_dir):
        if owned.exists() and owned.stat().st_uid != 0:
            return _entry(owned.stat().st_uid, switch=True)
    for name in ("postgres", "nobody"):
        try:
            return _entry(pwd.getpwnam(name).pw_uid, switch=True)
        except KeyError:
            continue
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor 'nobody'. "
        "Start Parley as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def _entry(uid: int, *, switch: bool) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise EmbeddedError(
            f"User {uid} has no entry in the user database (/etc/passwd), which PostgreSQL needs. "
            "Add one, or set DATABASE_URL and REDIS_URL."
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch)
