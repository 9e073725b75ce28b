"""Undoing an import takes what it added, and nothing else."""

import pytest

from importing.media_store import DirectoryStore
from models.events import EventKind
from models.imports import ImportStatus
from tests.importing.desk import START, Desk, line, talk

PICTURE = b"\xff\xd8\xff\xe0" + b"picture" * 50


@pytest.fixture
def store(desk: Desk) -> DirectoryStore:
    return DirectoryStore(desk.folder / "media")


async def test_the_only_import_leaves_nothing(desk: Desk, store: DirectoryStore) -> None:
    done = await desk.bring(desk.write(talk(100)))

    assert await desk.undo(done, store) == 100

    assert await desk.count("conversations") == 0
    assert await desk.count("messages") == 0
    assert await desk.count("participants") == 0
    [row] = await desk.imports()
    assert (row["status"], row["added"]) == (ImportStatus.UNDONE, 0)
    assert row["conversation_id"] is None


async def test_what_others_added_stays(
    desk: Desk, store: DirectoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importing.undo.BATCH", 30)
    first = await desk.bring(desk.write(talk(100)))
    before = await desk.conversation(first.conversation_id)
    second = await desk.bring(
        desk.write([*talk(150), line(START.replace(day=31), "Eve", "here I am")])
    )
    assert (second.conversation_id, second.added) == (first.conversation_id, 51)

    assert await desk.undo(second, store) == 51

    assert await desk.bodies(first.conversation_id) == [f"message {n}" for n in range(100)]
    after = await desk.conversation(first.conversation_id)
    same = ("message_count", "last_message_id", "last_activity_at", "live_count")
    assert [after[name] for name in same] == [before[name] for name in same]
    names = await desk.owner.fetch(
        "SELECT name FROM participants WHERE conversation_id = $1 ORDER BY name",
        first.conversation_id,
    )
    assert [row["name"] for row in names] == ["Ana", "Bob"]
    told = [event for event in desk.bells.rung if event.kind is EventKind.MESSAGES_REMOVED]
    assert sum(event.payload["count"] for event in told) == 51
    assert len(told) > 1

    assert await desk.undo(first, store) == 100
    assert await desk.count("conversations") == 0


async def test_files_go_with_the_last_message_that_names_them(
    desk: Desk, store: DirectoryStore
) -> None:
    said = [line(START, "Ana", "IMG-20240330-WA0001.jpg (file attached)"), *talk(20)]
    media = {"IMG-20240330-WA0001.jpg": PICTURE}
    one = await desk.bring(desk.pack(said, media), store=store)
    two = await desk.bring(desk.pack(said, media, title="Ana again"), store=store)
    assert (one.media, two.media) == (1, 1)
    [row] = await desk.attachments(one.conversation_id)
    assert store.has(desk.tenant, row["sha256"].hex())

    await desk.undo(one, store)
    assert store.has(desk.tenant, row["sha256"].hex())
    await desk.undo(two, store)
    assert not store.has(desk.tenant, row["sha256"].hex())


async def test_files_that_it_brought_to_messages_of_others_are_taken_back(
    desk: Desk, store: DirectoryStore
) -> None:
    said = [line(START, "Ana", "IMG-20240330-WA0001.jpg (file attached)"), *talk(20)]
    bare = await desk.bring(desk.write(said))
    full = await desk.bring(desk.pack(said, {"IMG-20240330-WA0001.jpg": PICTURE}), store=store)
    assert (full.conversation_id, full.added, full.media) == (bare.conversation_id, 0, 1)

    await desk.undo(full, store)

    [row] = await desk.attachments(bare.conversation_id)
    assert row["sha256"] is None
    assert len(await desk.messages(bare.conversation_id)) == 21
    assert [path for path in (desk.folder / "media").rglob("*") if path.is_file()] == []


async def test_an_undone_chat_can_be_imported_again(desk: Desk, store: DirectoryStore) -> None:
    path = desk.write(talk(100))
    await desk.undo(await desk.bring(path), store)

    again = await desk.bring(path)

    assert (again.added, again.duplicates) == (100, 0)
    await desk.audit(again.conversation_id)
