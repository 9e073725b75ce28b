"""Everything is killed once while people write and read; `python -m benchmarks.faults` goes on."""

from benchmarks.faults.readers import NODE_FOLDER
from benchmarks.faults.rig import rig
from benchmarks.faults.run import Plan, run

KILLS = 5


async def test_nothing_is_lost_or_twice_or_out_of_order() -> None:
    npm = 2 if (NODE_FOLDER / "node_modules").exists() else 0
    plan = Plan(
        conversations=3, readers=6, node_readers=npm, every=0.3, kills=KILLS, between_kills=0.5
    )
    async with rig() as made:
        outcome = await run(made, plan, print)
    assert outcome.faults == []
    assert outcome.messages > 0
    assert outcome.killed.total() == KILLS
