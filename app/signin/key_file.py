"""The keys that sign our tokens: a JWK set in a file that all processes share.

The first key signs; the others only verify, until the time in their member `retires_at` (Unix
seconds). A process rereads the file when it has changed, so rotation needs no restart.
"""

import os
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

RETIRES_AT = "retires_at"


class KeyFileError(OSError):
    """The file of signing keys cannot be read; the message says which and why."""


class KeyFile:
    """A file of Ed25519 keys, made with one key where there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            _write_first(path)
        self._keys = self._load()

    @property
    def signer(self) -> OKPKey:
        """The key that signs now. Rereads the file if it has changed."""
        self.reread()
        key = self._keys.keys[0]
        assert isinstance(key, OKPKey), "checked when it was read"
        return key

    @property
    def keys(self) -> KeySet:
        """All keys that verify, as they were last read."""
        return self._keys

    def knows(self, key_id: object) -> bool:
        """Whether a key with this id verifies; a new one is looked for in the file."""
        return self._has(key_id) or (self.reread() and self._has(key_id))

    def reread(self) -> bool:
        """Read the file if it is not the one that was read; whether it was read."""
        try:
            if self._stamp == _stamp(self._path):
                return False
        except FileNotFoundError:
            return False
        self._keys = self._load()
        return True

    def rotate(self, keep_seconds: int) -> str:
        """Make a new signer, and keep the others for verifying; the new key's id.

        `keep_seconds`: no token that the last signer signed is good for longer.
        """
        now = int(time.time())
        old = [
            {RETIRES_AT: now + keep_seconds, **key}
            for key in orjson.loads(self._path.read_bytes())["keys"]
            if key.get(RETIRES_AT, now + 1) > now
        ]
        new = _new_key()
        draft = _write_draft(self._path, [new, *old])
        draft.replace(self._path)
        self.reread()
        return str(new["kid"])

    def _has(self, key_id: object) -> bool:
        return any(key.kid == key_id for key in self._keys)

    def _load(self) -> KeySet:
        try:
            self._stamp = _stamp(self._path)
            found = orjson.loads(self._path.read_bytes())["keys"]
            good = [key for key in found if key.get(RETIRES_AT, time.time() + 1) > time.time()]
            keys = KeySet.import_key_set({"keys": good})
        except (OSError, JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{type(error).__name__}"
            raise KeyFileError(f"{self._path} holds no usable signing keys ({reason}).") from None
        if any(not isinstance(key, OKPKey) or key.get("crv") != "Ed25519" for key in keys):
            raise KeyFileError(f"{self._path} holds a key that is not Ed25519.")
        return keys


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_ino


def _new_key() -> dict[str, Any]:
    key = OKPKey.generate_key("Ed25519", {"kid": secrets.token_hex(8), "use": "sig"})
    return dict(key.as_dict(private=True))


def _write_draft(path: Path, keys: list[dict[str, Any]]) -> Path:
    """A file beside, for us alone. No process id names it: in containers each has the same."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps({"keys": keys}))
    return Path(name)


def _write_first(path: Path) -> None:
    """Make a key; of processes that start at once, one's key is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _write_draft(path, [_new_key()])
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
