"""What is measured of one server."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.fanout.client import Plan, run
from benchmarks.fanout.processes import OTHER_CORE, Server

BURST = 20
PATIENCE = 300.0
PIECE = 0.5
"""Seconds that the first events are waited for before others are sent."""


@dataclass(frozen=True)
class Rounds:
    """How much is measured: sockets at once, bursts of 20 events to them, and single events."""

    sockets: int
    bursts: int
    singles: int = 0


@dataclass
class Figures:
    """Of one server with a number of sockets. Times are medians."""

    name: str
    sockets: int
    frames_per_second: float = 0.0
    cpu_per_frame: float = 0.0
    """Microseconds."""
    last_of_one: float = 0.0
    """Milliseconds until one event has reached the last socket."""
    memory: float = 0.0
    """Kilobytes a socket, after all this."""
    errors: int = 0


class Clients:
    """The process of clients, from here."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe

    async def ready(self) -> dict[str, float]:
        """Wait until all have said what they have to say."""
        found: dict[str, float] = await asyncio.to_thread(self._pipe.recv)
        return found

    async def reset(self) -> None:
        """Count anew."""
        await self._ask("reset", 0, 0)

    def begin(self, frames: int, seconds: float = PATIENCE) -> "asyncio.Task[dict[str, float]]":
        """Read until so many frames have come, or the time is over."""
        return asyncio.create_task(self._ask("read", frames, seconds))

    async def _ask(self, name: str, frames: int, seconds: float) -> dict[str, float]:
        self._pipe.send((name, frames, seconds))
        return await self.ready()


@contextmanager
def clients(server: Server, sockets: int) -> Iterator[Clients]:
    """So many sockets that subscribe."""
    ours, theirs = multiprocessing.Pipe()
    plan = Plan(server.port, sockets, server.query, server.variables, server.tokens)
    process = multiprocessing.get_context("spawn").Process(
        target=run, args=(plan, theirs, OTHER_CORE)
    )
    process.start()
    theirs.close()
    try:
        yield Clients(ours)
        ours.send("stop")
        process.join(PATIENCE)
    finally:
        if process.is_alive():
            process.kill()
            process.join()


async def measure(server: Server, rounds: Rounds) -> Figures:
    """Hold the sockets, and tell them things."""
    figures = Figures(server.name, rounds.sockets)
    empty = server.memory()
    with clients(server, rounds.sockets) as held:
        state = await held.ready()
        await _settle(server, held, rounds.sockets)
        speeds, costs = [], []
        for _ in range(rounds.bursts):
            speed, cost = await _burst(server, held, rounds.sockets)
            speeds.append(speed)
            costs.append(cost)
        lasts = [await _single(server, held, rounds.sockets) for _ in range(rounds.singles)]
        await held.reset()
        state = await held.begin(0)
        figures.frames_per_second = median(speeds)
        figures.cpu_per_frame = median(costs)
        figures.last_of_one = median(lasts) if lasts else 0.0
        figures.memory = (server.memory() - empty) / rounds.sockets / 1_000
        figures.errors = int(state["failed"])
    return figures


async def _settle(server: Server, held: Clients, sockets: int) -> None:
    """Send single events until all sockets hear them: a subscription does not say that it began."""
    while True:
        await held.reset()
        reading = held.begin(sockets, seconds=max(PIECE, sockets / 2_000))
        await server.publish(1)
        if (await reading)["least"] >= 1:
            break
    await _quiet(held)


async def _quiet(held: Clients) -> None:
    """Read what is still on its way."""
    await held.reset()
    while (await held.begin(1, seconds=PIECE))["frames"]:
        await held.reset()


async def _burst(server: Server, held: Clients, sockets: int) -> tuple[float, float]:
    """Frames a second and microseconds of processor time a frame, of one burst."""
    frames = BURST * sockets
    await held.reset()
    reading = held.begin(frames)
    cpu = server.cpu()
    began = await server.publish(BURST)
    state = await reading
    await asyncio.sleep(PIECE)
    if state["frames"] < frames:
        raise RuntimeError(f"{server.name} sent {state['frames']} of {frames} frames")
    return frames / (state["last"] - began), (server.cpu() - cpu) / frames * 1e6


async def _single(server: Server, held: Clients, sockets: int) -> float:
    """Milliseconds until one event has reached the last socket."""
    await held.reset()
    reading = held.begin(sockets)
    began = await server.publish(1)
    state = await reading
    return (state["last"] - began) * 1e3
