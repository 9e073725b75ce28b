"""Parley itself, as `parley serve` runs it, but for the worker: nothing is to be sent."""

import atexit
import os
import signal
from pathlib import Path

import orjson

from app.installation import Installation
from app.server import serve
from app.settings import Settings
from benchmarks.peers.sampler import Sampler


def main() -> None:
    """Serve until the process is ended."""
    world = orjson.loads(os.environ["PEER"])
    if "profile" in world:
        profile_into(Path(world["profile"]))
    key_file = Path(world["folder"]) / "signing-keys.json"
    installation = Installation(world["databaseUrl"], None, world["redisUrl"], key_file)
    settings = Settings(
        worker=False,
        log_level="WARNING",
        pool_min=world["pool"],
        pool_max=world["pool"],
        # As much work as ever, but never refused.
        viewer_cost_per_minute=10**12,
        tenant_cost_per_minute=10**12,
        address_cost_per_minute=10**12,
        store_dir=Path(world["folder"]) / "store",
    )
    serve(
        installation,
        settings,
        host="127.0.0.1",
        port=world["port"],
        workers=1,
        ready=lambda _address: None,
    )


def profile_into(path: Path) -> None:
    """Sample from SIGUSR1 on, and write the profile when the process ends."""
    sampler = Sampler()
    signal.signal(signal.SIGUSR1, lambda _signal, _frame: sampler.start())
    atexit.register(lambda: path.write_text(sampler.text(), encoding="utf-8"))


if __name__ == "__main__":
    main()
