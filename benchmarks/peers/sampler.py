"""A sampling profiler: a timer of the process's CPU time notes the Python stack."""

import re
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

INTERVAL = 0.001
ROWS = 60
HERE = Path.cwd()
LIBRARY = re.compile(r".*/(site-packages|lib/python3\.\d+)/")


class Sampler:
    """Counts the functions on the stack, at each tick of the process's CPU clock."""

    def __init__(self) -> None:
        self.ticks = 0
        self.total: Counter[str] = Counter()
        self.own: Counter[str] = Counter()

    def start(self) -> None:
        """Sample from now on."""
        signal.signal(signal.SIGPROF, self._tick)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)

    def _tick(self, _signal: int, frame: FrameType | None) -> None:
        self.ticks += 1
        if frame is not None:
            self.own[_name(frame)] += 1
        seen = set()
        while frame is not None:
            seen.add(_name(frame))
            frame = frame.f_back
        self.total.update(seen)

    def text(self) -> str:
        """The table, most time first; nothing is sampled any more."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        lines = [f"{self.ticks} samples"]
        for title, counts in (("own time", self.own), ("with what it calls", self.total)):
            lines += ["", f"  share  {title}"]
            lines += [
                f"{count / self.ticks:7.1%}  {name}" for name, count in counts.most_common(ROWS)
            ]
        return "\n".join(lines) + "\n"


def _name(frame: FrameType) -> str:
    code = frame.f_code
    path = LIBRARY.sub("", code.co_filename.removeprefix(f"{HERE}/"))
    return f"{path} {code.co_qualname}"
