"""Ids carry the time of what they name."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.ids import id_at, new_id, sql_id, time_of, to_milliseconds

MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)
)


@given(MOMENTS, st.integers(0, 4095))
def test_id_gives_its_time_back(moment: datetime, ordinal: int) -> None:
    identity = id_at(moment, ordinal)
    assert time_of(identity) == to_milliseconds(moment)
    assert (identity.version, identity.variant) == (7, "specified in RFC 4122")


@given(MOMENTS, st.integers(0, 4094))
def test_ordinals_order_ids_of_one_instant(moment: datetime, ordinal: int) -> None:
    assert id_at(moment, ordinal) < id_at(moment, ordinal + 1)


def test_ids_are_distinct_and_of_now() -> None:
    ids = {new_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert abs(time_of(new_id()) - datetime.now(UTC)) < timedelta(seconds=10)


def test_time_before_1970_is_refused() -> None:
    with pytest.raises(ValueError, match="1970"):
        id_at(datetime(1969, 12, 31, tzinfo=UTC))


async def test_ids_made_in_sql_are_in_order_and_of_their_time(
    owner: "asyncpg.Pool[asyncpg.Record]",
) -> None:
    moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
    rows = await owner.fetch(
        f"SELECT {sql_id('$1::bigint', 'n')} AS id FROM generate_series(1::bigint, 9000) AS n",
        int(moment.timestamp() * 1_000),
    )
    ids = [row["id"] for row in rows]
    assert ids == sorted(set(ids))
    assert {(each.version, each.variant) for each in ids} == {(7, "specified in RFC 4122")}
    assert (time_of(ids[0]), time_of(ids[-1]) - moment) == (moment, timedelta(milliseconds=2))
