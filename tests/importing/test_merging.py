"""Two members' exports of one chat, merged."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from importing.batches import ImportOptions
from importing.media_store import DirectoryStore
from importing.records import ArchiveError, ErrorCode
from tests.importing.desk import ANA, START, Desk, line, talk

THEIRS = "WhatsApp Chat with Bobby.txt"


@pytest.fixture
async def user(desk: Desk) -> UUID:
    """A user of the desk's tenant."""
    return await desk.user("bob", "Robert")


def seen_by_bob(count: int, *, first: int = 0) -> list[str]:
    """The talk of the desk as Bob's telephone has it: with seconds, and names of his own."""
    return [
        f"[{START + timedelta(minutes=n, seconds=n % 60):%d/%m/%Y, %H:%M:%S}]"
        f" {('Ana Maria', 'Bobby')[n % 2]}: message {n}"
        for n in range(first, first + count)
    ]


async def test_the_other_members_export_adds_what_is_new(desk: Desk) -> None:
    ours = await desk.bring(desk.write(talk(50), ANA))
    path = desk.write(seen_by_bob(60, first=20), THEIRS)
    theirs = await desk.bring(path, ImportOptions(into=ours.conversation_id))
    assert theirs.conversation_id == ours.conversation_id
    assert (theirs.added, theirs.duplicates) == (30, 30)
    assert await desk.bodies(ours.conversation_id) == [f"message {n}" for n in range(80)]
    senders = [row["sender"] for row in await desk.messages(ours.conversation_id)]
    assert senders == ["Ana", "Bob"] * 40
    await desk.audit(ours.conversation_id)


async def test_merged_again_it_adds_nothing(desk: Desk, small_batches: None) -> None:
    ours = await desk.bring(desk.write(talk(150), ANA))
    options = ImportOptions(into=ours.conversation_id)
    path = desk.write(seen_by_bob(300, first=100), THEIRS)
    assert (await desk.bring(path, options)).added == 250
    again = await desk.bring(path, options)
    assert (again.added, again.duplicates) == (0, 300)
    await desk.audit(ours.conversation_id)


async def test_repeats_within_a_minute_are_kept(desk: Desk, small_batches: None) -> None:
    """Also where a batch ends between them: the file has five, the conversation had two."""
    first = talk(10)
    ours = await desk.bring(desk.write([*first, *[line(START, "Ana", "ok")] * 2], ANA))
    filler = [f"[{START:%d/%m/%Y, %H:%M:%S}] Ana Maria: filler {n} {'x' * 40}" for n in range(100)]
    ok = f"[{START:%d/%m/%Y, %H:%M:%S}] Ana Maria: ok"
    path = desk.write(
        [*seen_by_bob(1), ok, ok, *filler, ok, ok, ok, *seen_by_bob(9, first=1)], THEIRS
    )
    merged = await desk.bring(path, ImportOptions(into=ours.conversation_id))
    assert (await desk.bodies(ours.conversation_id)).count("ok") == 5
    assert merged.added == 103


async def test_notices_of_one_moment_are_one(desk: Desk) -> None:
    """Each member's export tells them from that member's side."""
    notice = f"{START:%d/%m/%Y, %H:%M} - You created group “Hike”"
    other = f"[{START:%d/%m/%Y, %H:%M:%S}] Hike: \u200eAna created group “Hike”"
    ours = await desk.bring(desk.write([notice, *talk(20)], ANA))
    path = desk.write([other, *seen_by_bob(20)], THEIRS)
    merged = await desk.bring(path, ImportOptions(into=ours.conversation_id))
    assert (merged.added, merged.duplicates) == (0, 21)


async def test_undoing_the_merge_leaves_what_was_there(desk: Desk) -> None:
    ours = await desk.bring(desk.write(talk(50), ANA))
    before = await desk.messages(ours.conversation_id)
    path = desk.write(seen_by_bob(60, first=20), THEIRS)
    merged = await desk.bring(path, ImportOptions(into=ours.conversation_id))
    assert len(await desk.messages(ours.conversation_id)) == 80
    await desk.undo(merged, DirectoryStore(desk.folder / "media"))
    assert await desk.messages(ours.conversation_id) == before


async def test_another_chat_is_refused(desk: Desk) -> None:
    ours = await desk.bring(desk.write(talk(50), ANA))
    path = desk.write(talk(50, first=500), THEIRS)
    with pytest.raises(ArchiveError) as refused:
        await desk.bring(path, ImportOptions(into=ours.conversation_id))
    assert refused.value.code == ErrorCode.ANOTHER_CHAT
    assert len(await desk.bodies(ours.conversation_id)) == 50


async def test_a_conversation_that_is_gone_is_told(desk: Desk) -> None:
    with pytest.raises(ArchiveError) as refused:
        await desk.bring(desk.write(talk(5)), ImportOptions(into=uuid4()))
    assert refused.value.code == ErrorCode.NO_CONVERSATION


async def test_my_messages_are_mine(desk: Desk, user: UUID) -> None:
    done = await desk.bring(desk.write(talk(10)), ImportOptions(me="Bob"), user=user)
    assert await desk.authors(done.conversation_id) == [("Ana", None), ("Bob", user)]
    longer = await desk.bring(desk.write(talk(14)))
    assert longer.added == 4
    assert await desk.authors(done.conversation_id) == [("Ana", None), ("Bob", user)]


async def test_who_was_a_name_becomes_a_user(desk: Desk, user: UUID) -> None:
    done = await desk.bring(desk.write(talk(10)))
    assert await desk.authors(done.conversation_id) == [("Ana", None), ("Bob", None)]
    await desk.bring(desk.write(talk(11)), ImportOptions(me="Ana"), user=user)
    assert await desk.authors(done.conversation_id) == [("Ana", user), ("Bob", None)]
    await desk.audit(done.conversation_id)


async def test_a_name_that_nobody_has_makes_nobody(desk: Desk, user: UUID) -> None:
    done = await desk.bring(desk.write(talk(10)), ImportOptions(me="Zoe"), user=user)
    assert await desk.authors(done.conversation_id) == [("Ana", None), ("Bob", None)]
