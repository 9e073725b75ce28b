"""Messages that were edited or deleted between two exports."""

import pytest

from models.events import EventKind
from tests.importing.desk import START, Desk, line, talk

LATER = talk(20, first=100, start=START)
EDITED = " <This message was edited>"
DELETED = "This message was deleted"


async def test_an_edited_and_a_deleted_message_change_their_rows(desk: Desk) -> None:
    said = [*talk(10), line(START.replace(hour=12), "Eve", "teh"), *LATER]
    first = await desk.bring(desk.write(said))
    before = await desk.messages(first.conversation_id)
    said[3] = line(START.replace(minute=3), "Bob", DELETED)
    said[10] = line(START.replace(hour=12), "Eve", "the" + EDITED)
    desk.bells.rung.clear()

    second = await desk.bring(desk.write(said))

    after = await desk.messages(first.conversation_id)
    assert (second.added, second.duplicates) == (0, len(said))
    assert [row["id"] for row in after] == [row["id"] for row in before]
    [edited] = [row for row in after if row["edited_at"]]
    [deleted] = [row for row in after if row["deleted_at"]]
    assert (edited["body"], edited["sender"]) == ("the", "Eve")
    assert (deleted["body"], deleted["sender"]) == ("", "Bob")
    kinds = {event.kind for event in desk.bells.rung}
    assert kinds == {EventKind.IMPORT_CHANGED, EventKind.MESSAGE_EDITED, EventKind.MESSAGE_DELETED}

    third = await desk.bring(desk.write(said))
    assert (third.added, third.duplicates) == (0, len(said))
    assert await desk.messages(first.conversation_id) == after


async def test_where_there_is_doubt_nothing_is_changed(desk: Desk) -> None:
    minute = START.replace(hour=12)
    said = [*talk(10), line(minute, "Eve", "one"), line(minute, "Eve", "two"), *LATER]
    first = await desk.bring(desk.write(said))
    said[10:12] = [line(minute, "Eve", "uno" + EDITED), line(minute, "Eve", "dos" + EDITED)]

    second = await desk.bring(desk.write(said))

    assert second.added == 2
    bodies = await desk.bodies(first.conversation_id)
    assert {"one", "two", "uno", "dos"} <= set(bodies)
    await desk.audit(first.conversation_id)


async def test_batches_that_part_an_instant_mix_up_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importing.batches.BATCH_ROWS", 1)
    monkeypatch.setattr("importing.formats.text.READ_BYTES", 50)
    said = [line(START, "Ana", f"{word}{EDITED}") for word in ("one", "two", "three")]
    await desk.bring(desk.write([said[0], *LATER]))

    second = await desk.bring(desk.write([*said, *LATER]))

    bodies = await desk.bodies(second.conversation_id)
    assert {"one", "two", "three"} <= set(bodies)
