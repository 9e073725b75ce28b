"""How fast chats are parsed, nothing stored: messages a second and peak memory.

    python -m benchmarks.parsing FILE...

Each file is learned and read three times; the best time counts.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import deque
from pathlib import Path
from zoneinfo import ZoneInfo

from importing.formats.whatsapp import learn, read
from importing.records import Report

ROUNDS = 3


def measure(path: Path) -> tuple[float, float, Report]:
    """Seconds to learn, seconds to read, and what was read."""
    report = Report()
    with path.open("rb") as chat:
        started = time.perf_counter()
        detection = learn(chat)
        learned = time.perf_counter()
        deque(read(chat, detection, ZoneInfo("Europe/Madrid"), report=report), maxlen=0)
        return learned - started, time.perf_counter() - learned, report


def main() -> None:
    for name in sys.argv[1:]:
        path = Path(name)
        learned, took, report = min((measure(path) for _ in range(ROUNDS)), key=lambda run: run[1])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{path.name}: {path.stat().st_size / 1e6:.0f} MB, {report.messages} messages: "
            f"learned in {learned:.2f} s, read in {took:.2f} s, "
            f"{report.messages / took:,.0f} messages/s, peak {peak} MB"
        )


if __name__ == "__main__":
    main()
