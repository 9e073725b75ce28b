"""`python -m benchmarks.faults`: a hundred kills under 200 readers.

`--rolling`: a redeploy. `--revoking`: members removed while they listen.
"""

import argparse
import asyncio
import sys

from benchmarks.faults.revoking import revoke
from benchmarks.faults.rig import rig
from benchmarks.faults.rolling import roll
from benchmarks.faults.run import Outcome, Plan, run


def main() -> int:
    """Run it, print what came of it, and fail when anything was lost, twice or out of order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--readers", type=int, default=150, help="of our own")
    parser.add_argument("--node-readers", type=int, default=50, help="on npm's graphql-ws")
    parser.add_argument("--rolling", action="store_true", help="restart two instances in turn")
    parser.add_argument("--sockets", type=int, default=2000, help="of the rolling restart")
    parser.add_argument("--revoking", action="store_true", help="remove members who listen")
    parser.add_argument("--members", type=int, default=50, help="of those who are removed")
    chosen = parser.parse_args()
    if chosen.revoking:
        return tell_faults(asyncio.run(revoking(chosen.members)))
    if chosen.rolling:
        outcome = asyncio.run(rolling(chosen.sockets))
    else:
        plan = Plan(readers=chosen.readers, node_readers=chosen.node_readers, kills=chosen.kills)
        outcome = asyncio.run(faults(plan))
    report(outcome)
    return tell_faults(outcome.faults)


async def faults(plan: Plan) -> Outcome:
    """The long fault run."""
    async with rig() as made:
        return await run(made, plan, print)


async def rolling(sockets: int) -> Outcome:
    """The rolling restart."""
    async with rig() as made:
        return await roll(made, sockets, print)


async def revoking(members: int) -> list[str]:
    """The removals."""
    async with rig() as made:
        return await revoke(made, members, print)


def report(outcome: Outcome) -> None:
    """Print what happened."""
    kills = ", ".join(f"{name} {times}" for name, times in sorted(outcome.killed.items()))
    worst = max(reader.worst for reader in outcome.readers)
    print(f"{outcome.killed.total()} ended ({kills}) in {outcome.seconds:.0f} s")
    print(f"readers and writers took {outcome.busy:.0f} s of a processor")
    print(f"{outcome.messages} messages; {outcome.acknowledged} acknowledged to their writers")
    print(f"{len(outcome.readers)} readers came back {outcome.reconnects} times")
    print(f"the latest message was heard {worst:.2f} s after it was sent")


def tell_faults(faults: list[str]) -> int:
    """Print what went wrong; the exit code."""
    print(f"{len(faults)} faults")
    for fault in faults[:20]:
        print(f"  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
