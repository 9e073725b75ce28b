"""Archives become conversations."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from importing.batches import ImportOptions
from importing.detection import DateOrder
from importing.formats.text import MAX_BODY
from models.conversations import ConversationKind
from models.events import EventKind, Stream
from models.imports import ImportStatus
from models.messages import MessageKind
from tests.importing.desk import START, Desk, line, talk

DEMO = Path(__file__).parents[2] / "app/demo/WhatsApp Chat with Lindner family.txt"
SAMPLE = Path(__file__).parents[2].parent / "shared/samples/whatsapp-ios-export.zip"


async def test_messages_keep_their_words_times_and_senders(desk: Desk) -> None:
    path = desk.write(
        [
            "30/03/2024, 09:00 - Bob created group",
            "30/03/2024, 09:01 - Ana: hello",
            "and a second line",
            "30/03/2024, 09:02 - Bob: hi <This message was edited>",
            "30/03/2024, 09:03 - Bob: This message was deleted",
            "30/03/2024, 09:04 - Ana: <Media omitted>",
        ]
    )

    result = await desk.bring(path)

    rows = await desk.messages(result.conversation_id)
    assert [(row["sender"], row["kind"], row["body"]) for row in rows] == [
        (None, "NOTICE", "Bob created group"),
        ("Ana", "TEXT", "hello\nand a second line"),
        ("Bob", "TEXT", "hi"),
        ("Bob", "TEXT", ""),
        ("Ana", "MEDIA", ""),
    ]
    minutes = [START + timedelta(minutes=n) for n in range(5)]
    assert [row["sent_at"] for row in rows] == minutes
    assert [row["edited_at"] for row in rows] == [None, None, minutes[2], None, None]
    assert [row["deleted_at"] for row in rows] == [None, None, None, minutes[3], None]
    assert {row["import_id"] for row in rows} == {result.import_id}
    assert (result.added, result.duplicates, result.rejected) == (5, 0, 0)
    await desk.audit(result.conversation_id)


async def test_a_conversation_is_named_after_the_file(desk: Desk) -> None:
    result = await desk.bring(desk.write(talk(3)))

    conversation = await desk.conversation(result.conversation_id)
    assert conversation["title"] == "Ana"
    assert conversation["kind"] == ConversationKind.DIRECT
    assert conversation["live_count"] == 0, "nobody has to read an archive"


async def test_three_who_write_are_a_group(desk: Desk) -> None:
    path = desk.write(talk(9, authors=["Ana", "Bob", "Eve"]), "WhatsApp Chat with Trip.txt")

    result = await desk.bring(path)

    conversation = await desk.conversation(result.conversation_id)
    assert conversation["kind"] == ConversationKind.GROUP
    assert await desk.count("participants") == 3


async def test_a_group_that_writes_notices_is_no_participant(desk: Desk) -> None:
    path = desk.pack(
        [
            "[30/03/2024, 09:00:00] Trip: \u200eAna added you",
            "[30/03/2024, 09:00:05] Ana: welcome",
            "[30/03/2024, 09:00:09] Ana: \u200eMissed voice call",
        ],
        {},
        title="Trip",
    )

    result = await desk.bring(path)

    rows = await desk.messages(result.conversation_id)
    assert [(row["sender"], row["kind"]) for row in rows] == [
        (None, "NOTICE"),
        ("Ana", "TEXT"),
        ("Ana", "NOTICE"),
    ]


async def test_options_overrule_the_file(desk: Desk) -> None:
    path = desk.write(["01/02/2024, 09:00 - Ana: is it winter?"])
    options = ImportOptions(
        title="Seasons", timezone="Europe/Madrid", date_order=DateOrder.MONTH_FIRST
    )

    result = await desk.bring(path, options)

    [row] = await desk.messages(result.conversation_id)
    assert row["sent_at"] == datetime(2024, 1, 2, 8, tzinfo=UTC)
    assert (await desk.conversation(result.conversation_id))["title"] == "Seasons"


async def test_attachments_have_the_size_that_the_archive_says(desk: Desk) -> None:
    path = desk.pack(
        [
            "[30/03/2024, 09:00:00] Ana: \u200e<attached: 00000001-PHOTO-2024-03-30-09-00-00.jpg>",
            "[30/03/2024, 09:01:00] Bob: \u200e<attached: 00000002-AUDIO-2024-03-30-09-01-00.opus>",
        ],
        {"00000001-PHOTO-2024-03-30-09-00-00.jpg": b"\xff\xd8\xff" * 100},
    )

    result = await desk.bring(path)

    messages = await desk.messages(result.conversation_id)
    photo, audio = await desk.attachments(result.conversation_id)
    assert [photo["message_id"], audio["message_id"]] == [row["id"] for row in messages]
    assert (photo["kind"], photo["media_type"], photo["size"]) == ("IMAGE", "image/jpeg", 300)
    assert (audio["kind"], audio["media_type"], audio["size"]) == ("AUDIO", "audio/ogg", None)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample export is not beside the checkout")
async def test_a_real_export_of_an_iphone(desk: Desk) -> None:
    result = await desk.bring(SAMPLE)

    assert (result.added, result.duplicates, result.rejected) == (52, 0, 0)
    kinds = [row["kind"] for row in await desk.messages(result.conversation_id)]
    assert {kind: kinds.count(kind) for kind in set(kinds) - {"TEXT", "NOTICE"}} == {
        "IMAGE": 1,
        "VIDEO": 1,
        "AUDIO": 1,
        "DOCUMENT": 1,
        "POLL": 1,
    }
    sizes = [row["size"] for row in await desk.attachments(result.conversation_id)]
    assert sizes == [146_284, 64_825, 240_325, 2_721]
    await desk.audit(result.conversation_id)


async def test_the_demo_is_a_family_over_a_year(desk: Desk) -> None:
    result = await desk.bring(DEMO)

    conversation = await desk.conversation(result.conversation_id)
    rows = await desk.messages(result.conversation_id)
    assert (conversation["title"], conversation["kind"]) == ("Lindner family", "GROUP")
    assert result.added == len(rows) > 1_800
    assert (result.duplicates, result.rejected) == (0, 0)
    assert rows[-1]["sent_at"] - rows[0]["sent_at"] > timedelta(days=330)
    await desk.audit(result.conversation_id)


async def test_thousands_in_one_minute_keep_the_order_of_the_file(desk: Desk) -> None:
    path = desk.write(talk(5_000, every=timedelta(0)))

    result = await desk.bring(path)

    assert await desk.bodies(result.conversation_id) == [f"message {n}" for n in range(5_000)]
    await desk.audit(result.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_a_minute_that_spans_batches_keeps_its_order(desk: Desk) -> None:
    path = desk.write(talk(450, every=timedelta(0)))

    result = await desk.bring(path)

    assert await desk.bodies(result.conversation_id) == [f"message {n}" for n in range(450)]
    assert len(desk.progress) > 3


@pytest.mark.usefixtures("small_batches")
async def test_each_batch_is_an_event_that_is_rung_after_its_commit(desk: Desk) -> None:
    result = await desk.bring(desk.write(talk(450)))

    batches = [e for e in desk.bells.rung if e.kind is EventKind.MESSAGES_IMPORTED]
    rows = await desk.messages(result.conversation_id)
    told = [e for e in desk.bells.rung if e.stream is Stream.CONVERSATION]
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert sum(event.payload["count"] for event in batches) == 450
    for event in batches:
        mine = [row["id"] for row in rows if row["seq"] == event.seq]
        assert event.payload["count"] == len(mine)
        assert event.id_of("first_message_id") == mine[0]
        assert event.id_of("last_message_id") == mine[-1]
        assert event.id_of("import_id") == result.import_id
    await desk.audit(result.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_progress_and_the_imports_row_say_what_was_done(desk: Desk) -> None:
    result = await desk.bring(desk.write(["before any message", *talk(450)]))

    assert [p.added for p in desk.progress] == sorted(p.added for p in desk.progress)
    assert desk.progress[0].share < desk.progress[-1].share == 1.0
    assert {p.conversation_id for p in desk.progress} == {result.conversation_id}
    [row] = await desk.imports()
    assert row["status"] == ImportStatus.COMPLETED
    assert (row["added"], row["duplicates"], row["rejected"]) == (450, 0, 1)
    assert row["conversation_id"] == result.conversation_id
    assert row["file_name"] == "WhatsApp Chat with Ana.txt"
    assert row["finished_at"] >= row["created_at"]


async def test_times_that_no_partition_can_hold_are_rejected(desk: Desk) -> None:
    ahead = datetime.now(UTC) + timedelta(days=3600)
    path = desk.write(
        [
            line(datetime(1999, 12, 31, 9, tzinfo=UTC), "Ana", "too early"),
            line(datetime(2000, 1, 1, tzinfo=UTC), "Ana", "just in time"),
            line(ahead, "Ana", "a clock that runs fast"),
            line(ahead + timedelta(days=100), "Bob", "too late"),
            line(datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "Bob", "much too late"),
        ]
    )

    result = await desk.bring(path, ImportOptions(timezone="America/Lima"))

    assert await desk.bodies(result.conversation_id) == ["just in time", "a clock that runs fast"]
    assert (result.added, result.rejected) == (2, 3)


async def test_a_file_whose_every_message_is_rejected_makes_no_conversation(desk: Desk) -> None:
    path = desk.write(talk(3, start=datetime(1998, 1, 1, tzinfo=UTC)))

    result = await desk.bring(path)

    assert result.conversation_id is None
    assert (result.added, result.rejected) == (0, 3)
    assert await desk.count("conversations") == 0


async def test_only_months_with_messages_get_a_partition(desk: Desk) -> None:
    path = desk.write(
        [
            line(datetime(2003, 5, 31, 23, 30, tzinfo=UTC), "Ana", "spring"),
            line(datetime(2003, 8, 1, tzinfo=UTC), "Bob", "summer"),
        ]
    )

    await desk.bring(path)

    assert await _partitions(desk.owner, "messages_y2003m%") == [
        "messages_y2003m05",
        "messages_y2003m08",
    ]


async def test_the_longest_message_there_can_be_is_searchable(desk: Desk) -> None:
    words = " ".join(f"{n:x}" for n in range(30_000))[: MAX_BODY - 10]
    result = await desk.bring(desk.write([line(START, "Ana", words)]))

    found = await desk.owner.fetchval(
        "SELECT count(*) FROM messages WHERE conversation_id = $1"
        " AND search @@ to_tsquery('simple', '7fff | 5a5a')",
        result.conversation_id,
    )
    assert (result.added, found) == (1, 1)


async def test_every_kind_of_the_archive_is_a_kind_of_message(desk: Desk) -> None:
    path = desk.write(
        [
            line(START, "Ana", "POLL:\nWhere?\nOPTION: sea (2 votes)\nOPTION: hills (1 vote)"),
            line(START, "Ana", "location: https://maps.google.com/?q=40.4168,-3.7038"),
            line(START, "Bob", "IMG-20240330-WA0001.jpg (file attached)\na caption"),
            line(START, "Bob", "VID-20240330-WA0002.mp4 (file attached)"),
            line(START, "Bob", "PTT-20240330-WA0003.opus (file attached)"),
            line(START, "Bob", "STK-20240330-WA0004.webp (file attached)"),
            line(START, "Bob", "Eve.vcf (file attached)"),
            line(START, "Bob", "plan.pdf (file attached)"),
        ]
    )

    result = await desk.bring(path)

    kinds = [row["kind"] for row in await desk.messages(result.conversation_id)]
    assert kinds == [
        *(MessageKind.POLL, MessageKind.LOCATION, MessageKind.IMAGE, MessageKind.VIDEO),
        *(MessageKind.AUDIO, MessageKind.STICKER, MessageKind.CONTACT, MessageKind.DOCUMENT),
    ]
    assert await desk.count("attachments") == 6


async def _partitions(owner: "asyncpg.Pool[asyncpg.Record]", like: str) -> Sequence[str]:
    rows = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE $1 ORDER BY 1", like
    )
    return [row["relname"] for row in rows]
