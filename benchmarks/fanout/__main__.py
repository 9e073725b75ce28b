"""One event to many sockets: ours beside the smallest ASGI application, stock Strawberry, npm
graphql-ws and Mercurius.

    npm ci --prefix benchmarks/peers/realtime
    python -m benchmarks.fanout [--quick] [--only NAME …] [--picture docs/performance/fanout.svg]

Each server runs on core 0, all clients and all databases on core 1.
"""

import argparse
import asyncio
import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from benchmarks.fanout.measuring import Figures, Rounds, measure
from benchmarks.fanout.picture import OURS, draw
from benchmarks.fanout.processes import OTHER_CORE, Server, node, parley, peer, uvicorn

SERVERS: dict[str, Callable[[], AbstractAsyncContextManager[Server]]] = {
    "Parley": parley,
    "smallest ASGI app": lambda: peer("smallest ASGI app", uvicorn("smallest")),
    "stock Strawberry": lambda: peer("stock Strawberry", uvicorn("stock")),
    "npm graphql-ws": lambda: peer("npm graphql-ws", node("graphql-ws.mjs")),
    "Mercurius": lambda: peer("Mercurius", node("mercurius.mjs")),
}
# Those that are to hold 10,000 sockets as well.
LARGE = ("Parley", "smallest ASGI app")
FULL = (Rounds(1_000, 10, 30), Rounds(5_000, 4))
MANY = Rounds(10_000, 1)
QUICK = (Rounds(200, 2, 3),)


def main() -> None:
    """Measure, print a table, and draw the ratios where asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fanout", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 sockets, to see that it works")
    parser.add_argument("--only", nargs="+", choices=SERVERS, default=[*SERVERS])
    parser.add_argument("--picture", type=Path, help="an SVG of the ratios")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {OTHER_CORE})
    figures = asyncio.run(_run(chosen.only, quick=chosen.quick))
    _print_ratios(figures)
    if chosen.picture:
        chosen.picture.parent.mkdir(parents=True, exist_ok=True)
        chosen.picture.write_text(draw(figures), encoding="utf-8")


async def _run(names: list[str], *, quick: bool) -> list[Figures]:
    print(f"{'server':20}{'sockets':>8}{'frames/s':>10}{'µs CPU':>8}{'1 event ms':>11}{'KB':>7}")
    found = []
    for name in names:
        many = (MANY,) if name in LARGE else ()
        for rounds in QUICK if quick else (*FULL, *many):
            # Each with a process of its own: what one left behind is not the next one's.
            async with SERVERS[name]() as server:
                one = await measure(server, rounds)
            found.append(one)
            print(
                f"{one.name:20}{one.sockets:>8}{one.frames_per_second:>10.0f}"
                f"{one.cpu_per_frame:>8.1f}{one.last_of_one:>11.1f}{one.memory:>7.1f}"
                f"{f'  {one.errors} errors' if one.errors else ''}",
                flush=True,
            )
    return found


def _print_ratios(figures: list[Figures]) -> None:
    """How many times as many frames a second as each of the others."""
    for ours in (one for one in figures if one.name == OURS):
        ratios = ", ".join(
            f"{ours.frames_per_second / other.frames_per_second:.2f}× {other.name}"
            for other in figures
            if other.sockets == ours.sockets and other is not ours
        )
        if ratios:
            print(f"{OURS}, {ours.sockets:,} sockets: {ratios}")


if __name__ == "__main__":
    main()
