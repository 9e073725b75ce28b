"""Due times follow the zones' data, whoever worked them out before."""

from datetime import timedelta
from uuid import UUID

from dispatch.reckoning import PIECE, reckon_again
from tests.dispatch.house import House

HOUR = timedelta(hours=1)


async def on_clocks(house: House, recurrence: str | None = None) -> UUID:
    """A schedule of tomorrow, on the clocks of a zone."""
    schedule = await house.schedule(days=1)
    await house.owner.execute(
        "UPDATE schedules SET time_zone = 'Asia/Kolkata', recurrence = $2,"
        " wall_start = date_trunc('second', send_at) AT TIME ZONE 'Asia/Kolkata',"
        " next_wall = date_trunc('second', send_at) AT TIME ZONE 'Asia/Kolkata',"
        " next_at = date_trunc('second', send_at) WHERE id = $1",
        schedule,
        recurrence,
    )
    return schedule


async def test_what_older_data_said_is_put_right_and_told(house: House) -> None:
    right = await on_clocks(house)
    wrong = [await on_clocks(house), await on_clocks(house, "FREQ=DAILY")]
    moment = await house.schedule(days=1)
    before = dict(await house.owner.fetch("SELECT id, next_at FROM schedules"))
    await house.owner.execute(
        "UPDATE schedules SET next_at = next_at + interval '1 hour' WHERE id = ANY ($1)", wrong
    )
    assert await reckon_again(house.database, house.bells) == 2
    assert dict(await house.owner.fetch("SELECT id, next_at FROM schedules")) == before
    assert [house.bells.of(key) for key in wrong] == [[("SCHEDULE_CHANGED", {})]] * 2
    assert house.bells.of(right) == house.bells.of(moment) == []
    assert await reckon_again(house.database, house.bells) == 0


async def test_every_schedule_of_every_tenant_is_met(house: House) -> None:
    neighbour = await house.neighbour()
    for _ in range(PIECE + 5):
        await on_clocks(house)
    await on_clocks(neighbour)
    await house.owner.execute("UPDATE schedules SET next_at = next_at + interval '1 hour'")
    assert await reckon_again(house.database, house.bells) == PIECE + 6
