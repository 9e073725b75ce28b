"""Where the embedded servers keep their files, and how those files are opened."""

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from app.embedded.accounts import Account
from app.embedded.errors import EmbeddedError

# `sockaddr_un.sun_path` holds 108 bytes on Linux and 104 on macOS, the final zero included.
_SOCKET_PATH_BYTES = 103
_LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
# What needs no quoting in a PostgreSQL setting, in Valkey's arguments and in a URL.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")


def default_data_dir() -> Path:
    """The data directory of this checkout: no two checkouts share one.

    Root's is under /var/lib, which the servers' account can enter; root's home it cannot.
    """
    checkout = Path(__file__).resolve().parents[2]
    root = Path("/var/lib") if os.geteuid() == 0 else _user_data_home()
    return root / "parley" / _digest(checkout)


def socket_dir_for(data_dir: Path) -> Path:
    """The folder of the servers' sockets: inside `data_dir`, or under /tmp where that is too long.

    It follows from `data_dir` alone, so every process that shares the servers finds them.
    """
    inside = data_dir / "run"
    longest = f"{inside}/{_LONGEST_SOCKET_NAME}"
    if len(os.fsencode(longest)) <= _SOCKET_PATH_BYTES and _PLAIN_PATH.fullmatch(longest):
        return inside
    return Path("/tmp") / f"parley-{_digest(data_dir)}"


def make_data_dir(path: Path, account: Account) -> None:
    """Make `path`, or check that `account` can use it; an empty folder of root's is handed over.

    Raises EmbeddedError where the folder is somebody else's or behind a closed door.
    """
    for missing in [parent for parent in reversed(path.parents) if not parent.exists()]:
        missing.mkdir(exist_ok=True)
        if account.switch:
            missing.chmod(0o755)
    path.mkdir(mode=0o700, exist_ok=True)
    _hand_over(path, account)
    if not account.switch and path.stat().st_uid != account.uid:
        raise EmbeddedError(
            f"The data directory {path} belongs to another user. Start Parley as that user, "
            "choose another data directory, or set DATABASE_URL and REDIS_URL."
        )
    blocked = account.first_blocked(path)
    if blocked is not None:
        raise EmbeddedError(
            f"The servers run as the user {account.name}, who cannot enter {blocked} and so cannot "
            f"use the data directory {path}. Choose one elsewhere (as root, /var/lib/parley), or "
            f"let others enter: chmod o+x {blocked}"
        )


def make_private_dir(path: Path, account: Account) -> None:
    """Make `path` a folder that `account` alone can enter, or check that it is one.

    Raises EmbeddedError where something else is already there: under /tmp it may be a trap.
    """
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    _hand_over(path, account)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise EmbeddedError(
            f"{path} is not a folder that {account.name} alone can enter, so it cannot be "
            "trusted. Remove it, or choose another data directory."
        )


def open_private_file(path: Path, flags: int) -> int:
    """Open or make a file that belongs to whoever owns its folder; links are not followed.

    Root opens files in a folder of the servers' account, which must not lead it elsewhere.
    """
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


def _hand_over(path: Path, account: Account) -> None:
    """Give an empty folder of root's to the servers' account.

    Not only one that was just made: its maker may have died, or be about to do the same.
    """
    found = path.lstat()
    of_root = account.switch and found.st_uid == 0 and stat.S_ISDIR(found.st_mode)
    if of_root and not any(path.iterdir()):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _user_data_home() -> Path:
    # The XDG base directory specification says that a relative path is to be ignored.
    configured = os.environ.get("XDG_DATA_HOME", "")
    if configured.startswith("/"):
        return Path(configured)
    try:
        return Path.home() / ".local" / "share"
    except RuntimeError as error:
        raise EmbeddedError("This user has no home directory: name a data directory.") from error


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
