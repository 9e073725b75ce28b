"""When schedules are due, and what becomes of them when they are changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.base import now
from models.tables import events
from schema.ids import IdType, decode_id
from tests.schema.scheduling import TOMORROW, change, deliveries, made, make, read, work

PREVIEW = """
    query ($input: TimingInput!, $first: Int) {
        previewOccurrences(input: $input, first: $first) { at localTime }
    }
"""
PROBLEM = """
    query ($id: ID!) { schedule(id: $id) { problem { code failures nextTryAt } } }
"""
DAY = timedelta(days=1)


def clock(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


async def test_without_a_time_it_is_sent_at_once(client: Any) -> None:
    schedule = await make(client)
    assert schedule["status"] == "ACTIVE"
    sent = await work(client, now())
    assert [message.body for message in sent] == ["good morning"]
    assert (await read(client, schedule["id"]))["status"] == "COMPLETED"


async def test_recurring_schedule_goes_on_by_the_clocks_of_its_zone(client: Any) -> None:
    schedule = await make(
        client,
        sendAt="2099-03-27T09:00:00",
        timeZone="Europe/Madrid",
        recurrence="RRULE:FREQ=DAILY;COUNT=3",
        excluded=["2099-03-28T09:00:00"],
    )
    assert schedule["recurrence"] == "FREQ=DAILY;COUNT=3"
    assert schedule["excluded"] == ["2099-03-28T09:00:00"]
    assert schedule["nextOccurrences"] == [
        {"at": "2099-03-27T08:00:00+00:00", "localTime": "2099-03-27T09:00:00+01:00"},
        {"at": "2099-03-29T07:00:00+00:00", "localTime": "2099-03-29T09:00:00+02:00"},
    ]
    assert len(await work(client, clock("2099-03-27T08:00:01Z"))) == 1
    once = await read(client, schedule["id"])
    assert (once["status"], once["occurrences"]) == ("ACTIVE", 1)
    assert once["nextAt"] == "2099-03-29T07:00:00+00:00"
    assert len(await work(client, clock("2099-03-29T07:00:01Z"))) == 1
    done = await read(client, schedule["id"])
    assert (done["status"], done["occurrences"], done["nextAt"]) == ("COMPLETED", 2, None)
    assert (await deliveries(client, schedule["id"]))["totalCount"] == 2


@pytest.mark.parametrize(
    ("rule", "grace", "sent", "skipped"),
    [
        ("SEND_LATE", None, 1, 3),
        ("SEND_LATE", 3 * 86_400, 3, 1),
        ("ONCE", None, 1, 3),
        ("SKIP", None, 0, 4),
    ],
)
async def test_missed_occurrences_are_treated_by_their_rule(
    client: Any, rule: str, grace: int | None, sent: int, skipped: int
) -> None:
    schedule = await make(
        client,
        sendAt="2099-01-01T00:00:00Z",
        recurrence="FREQ=DAILY",
        missedRule=rule,
        graceSeconds=grace,
    )
    late = clock("2099-01-04T00:30:00Z")
    assert len(await work(client, late)) == sent
    after = await read(client, schedule["id"])
    assert (after["occurrences"], after["skipped"]) == (sent, skipped)
    assert after["nextAt"] == "2099-01-05T00:00:00+00:00"


async def test_paused_schedule_waits_and_then_goes_on(client: Any) -> None:
    schedule = await make(client, sendAt="2099-01-01T00:00:00Z", recurrence="FREQ=DAILY")
    paused = await change(client, "pause", scheduleId=schedule["id"])
    assert (paused["schedule"]["status"], paused["schedule"]["revision"]) == ("PAUSED", 2)
    assert await work(client, clock("2099-01-03T00:00:00Z")) == []
    resumed = await change(client, "resume", scheduleId=schedule["id"])
    assert resumed["schedule"]["status"] == "ACTIVE"
    assert len(await work(client, clock("2099-01-03T00:10:00Z"))) == 1
    assert (await read(client, schedule["id"]))["skipped"] == 2


async def test_schedule_is_changed_from_its_next_occurrence_on(client: Any) -> None:
    schedule = await make(client, sendAt="2099-01-01T09:00:00Z", recurrence="FREQ=DAILY;COUNT=5")
    await work(client, clock("2099-01-01T09:00:00Z"))
    changed = await change(
        client,
        "update",
        scheduleId=schedule["id"],
        body="good night",
        recurrence="FREQ=WEEKLY",
        priority="LOW",
        expectedRevision=1,
    )
    assert changed["userErrors"] == []
    assert changed["schedule"]["nextAt"] == "2099-01-02T09:00:00+00:00"
    assert changed["schedule"]["revision"] == 2
    assert changed["schedule"]["priority"] == "LOW"
    again = await change(client, "update", scheduleId=schedule["id"], body="x", expectedRevision=1)
    assert again["userErrors"][0]["code"] == "CONFLICT"
    await work(client, clock("2099-01-02T09:00:00Z"))
    nodes = (await deliveries(client, schedule["id"]))["nodes"]
    assert [node["body"] for node in nodes] == ["good morning", "good night"]
    assert (await read(client, schedule["id"]))["nextAt"] == "2099-01-09T09:00:00+00:00"


async def test_change_of_the_zone_alone_keeps_the_rest_of_a_count(client: Any) -> None:
    schedule = await make(client, sendAt="2099-01-01T09:00:00Z", recurrence="FREQ=DAILY;COUNT=3")
    await work(client, clock("2099-01-01T09:00:00Z"))
    changed = await change(client, "update", scheduleId=schedule["id"], timeZone="America/New_York")
    found = changed["schedule"]
    assert found["recurrence"] == "FREQ=DAILY;COUNT=2"
    assert [one["localTime"] for one in found["nextOccurrences"]] == [
        "2099-01-02T09:00:00-05:00",
        "2099-01-03T09:00:00-05:00",
    ]


async def test_recurring_schedule_becomes_a_single_one(client: Any) -> None:
    schedule = await make(client, sendAt="2099-01-01T09:00:00Z", recurrence="FREQ=DAILY")
    changed = await change(client, "update", scheduleId=schedule["id"], recurrence=None)
    assert changed["schedule"]["recurrence"] is None
    assert len(changed["schedule"]["nextOccurrences"]) == 1


async def test_what_is_over_is_not_changed_but_copied(client: Any) -> None:
    schedule = await make(client, body="again", priority="HIGH")
    await work(client, now())
    for verb in ("update", "pause", "resume"):
        refused = await change(client, verb, scheduleId=schedule["id"])
        assert refused["userErrors"][0]["code"] == "ALREADY_DONE", verb
    copy = (await change(client, "copy", scheduleId=schedule["id"], sendAt=TOMORROW))["schedule"]
    assert copy["id"] != schedule["id"]
    assert (copy["body"], copy["priority"], copy["revision"]) == ("again", "HIGH", 1)
    assert len(await work(client, now() + 2 * DAY)) == 1


async def test_cancelled_schedule_recurs_no_more(client: Any) -> None:
    schedule = await make(client, sendAt="2099-01-01T09:00:00Z", recurrence="FREQ=DAILY")
    await work(client, clock("2099-01-01T09:00:00Z"))
    cancelled = (await change(client, "cancel", scheduleId=schedule["id"]))["schedule"]
    assert (cancelled["status"], cancelled["nextAt"]) == ("CANCELLED", None)
    assert cancelled["nextOccurrences"] == []
    assert await work(client, clock("2099-02-01T09:00:00Z")) == []


async def test_occurrences_are_previewed(client: Any) -> None:
    timing = {"sendAt": "2099-10-24T02:30:00", "timeZone": "Europe/Madrid"}
    rule = {"recurrence": "FREQ=DAILY;COUNT=2", "overlapRule": "BOTH"}
    found = (await client.data(PREVIEW, input=timing | rule, first=10))["previewOccurrences"]
    assert [one["localTime"] for one in found] == [
        "2099-10-24T02:30:00+02:00",
        "2099-10-25T02:30:00+02:00",
        "2099-10-25T02:30:00+01:00",
    ]
    assert len((await client.data(PREVIEW, input=rule))["previewOccurrences"]) >= 2
    assert await client.code(PREVIEW, input=timing, first=101) == "BAD_PAGE"
    assert await client.code(PREVIEW, input=timing | {"recurrence": "X"}) == "BAD_RECURRENCE"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"sendAt": "2001-01-01T00:00:00Z"}, "PAST_TIME", "sendAt"),
        ({"sendAt": "9999-01-01T00:00:00Z"}, "BAD_INPUT", "sendAt"),
        ({"recurrence": "FREQ=SECONDLY"}, "BAD_RECURRENCE", "recurrence"),
        ({"recurrence": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "BAD_RECURRENCE", "recurrence"),
        ({"graceSeconds": 0}, "BAD_INPUT", "graceSeconds"),
        ({"excluded": [TOMORROW] * 501}, "TOO_LONG", "excluded"),
        ({"sendAt": TOMORROW, "recurrence": "FREQ=DAILY;COUNT=1", "excluded": [TOMORROW]},
         "NO_OCCURRENCE", "sendAt"),
        ({"sendAt": "2099-03-29T02:30:00", "timeZone": "Europe/Madrid", "gapRule": "SKIP"},
         "NO_OCCURRENCE", "sendAt"),
        ({"body": "x", "templateId": "x"}, "BAD_ID", "templateId"),
        ({"variables": {"a": 1}}, "BAD_INPUT", "variables"),
        ({"deviceId": "x"}, "BAD_ID", "deviceId"),
    ],
)  # fmt: skip
async def test_bad_timings_and_texts_are_told(
    client: Any, given: dict[str, Any], code: str, field: str
) -> None:
    payload = await made(client, **given)
    assert payload["schedule"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["field"]) == (code, field)


async def test_schedule_events_tell_each_turn(client: Any) -> None:
    schedule = await make(client, sendAt="2099-01-01T00:00:00Z", recurrence="FREQ=DAILY")
    await work(client, datetime(2099, 1, 1, tzinfo=UTC))
    rows = await client.services.database.reader(client.viewer.tenant_id).all(
        _events_of(schedule["id"])
    )
    assert [(row.kind, row.payload) for row in rows] == [
        ("SCHEDULE_CREATED", "{}"),
        ("SCHEDULE_CHANGED", '{"queued": 1}'),
        ("SCHEDULE_PROGRESS", rows[2].payload),
    ]
    assert [row.seq for row in rows] == [1, 2, 3]


def _events_of(key: str) -> Any:
    e = events.c
    wanted = e.stream_id == decode_id(IdType.SCHEDULE, key)
    return select(e.seq, e.kind, e.payload).where(wanted).order_by(e.seq)


async def test_what_cannot_be_fired_says_why_and_when_it_is_tried_again(
    client: Any, owner: Any
) -> None:
    key = (await make(client, sendAt=TOMORROW))["id"]
    assert (await client.data(PROBLEM, id=key))["schedule"]["problem"] is None
    await owner.execute(
        "UPDATE schedules SET faults = 2, aside_code = 'REFUSED', aside_until = $2 WHERE id = $1",
        decode_id(IdType.SCHEDULE, key),
        datetime.fromisoformat(TOMORROW),
    )
    assert (await client.data(PROBLEM, id=key))["schedule"]["problem"] == {
        "code": "REFUSED",
        "failures": 2,
        "nextTryAt": TOMORROW,
    }
