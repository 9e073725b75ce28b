"""Batches that go on where a conversation ends are inserted two at a time."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from importing import running
from importing.appending import Tail, insert_ahead
from importing.batches import Batch
from importing.rows import Row
from models.conversations import ConversationKind
from models.ids import new_id
from realtime.posting import lock_conversation, post_message
from realtime.unit_of_work import UnitOfWork, unit_of_work
from tests.importing.desk import START, Desk, talk
from tests.importing.test_copying import EMPTY

MINUTE = timedelta(minutes=1)


class Ahead:
    """Stands between an import and `insert_ahead`, and counts the batches."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.inserted = 0
        self.second = asyncio.Event()
        monkeypatch.setattr(running, "insert_ahead", self.insert)

    async def insert(self, work: UnitOfWork, import_id: UUID, batch: Batch, tail: Tail) -> None:
        await insert_ahead(work, import_id, batch, tail)
        self.inserted += 1
        if self.inserted == 2:
            self.second.set()
        await self.look(tail)

    async def look(self, tail: Tail) -> None:
        """What is done before a batch goes on to its commit."""


def row(minutes: int, sender: str | None = "Ana", kind: str = "TEXT") -> Row:
    return EMPTY._replace(sent_at=START + minutes * MINUTE, sender=sender, kind=kind)


@pytest.mark.parametrize(
    ("rows", "held_until", "goes_on"),
    [
        ([row(1), row(2)], -5, True),
        ([row(1), row(2)], None, True),
        # The file's last minute goes on; the conversation's own might hold these messages.
        ([row(0)], -5, True),
        ([row(0)], 0, False),
        ([row(2), row(-1)], -5, False),
        ([row(1, "Eve")], -5, False),
        ([row(1, "The group", "NOTICE"), row(1, None)], -5, True),
        ([row(1, "Me", "NOTICE")], -5, False),
        ([], -5, False),
    ],
)
def test_what_goes_on_is_new_and_lets_nobody_in(
    rows: list[Row], held_until: int | None, goes_on: bool
) -> None:
    held = None if held_until is None else START + held_until * MINUTE
    tail = Tail(new_id(), 7, START, held, frozenset({"Ana", None}))

    assert tail.goes_on(rows, "Me") is goes_on


@pytest.mark.usefixtures("small_batches")
async def test_a_batch_is_inserted_while_the_one_before_is_not_committed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class First(Ahead):
        async def look(self, tail: Tail) -> None:
            async with asyncio.timeout(60):
                await self.second.wait()

    First(monkeypatch)
    done = await desk.bring(desk.write(talk(1_000)))

    assert await desk.bodies(done.conversation_id) == [f"message {n}" for n in range(1_000)]
    assert [progress.added for progress in desk.progress] == sorted(
        progress.added for progress in desk.progress
    )
    await desk.audit(done.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_a_message_that_is_sent_meanwhile_makes_batches_wait_for_each_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the `seq` that was foreseen for a batch."""

    class Busy(Ahead):
        async def look(self, tail: Tail) -> None:
            if self.inserted == 1:
                async with unit_of_work(desk.database, desk.bells, desk.tenant) as work:
                    conversation = await lock_conversation(work, tail.conversation_id)
                    assert conversation is not None
                    await post_message(work, conversation, None, "live")

    Busy(monkeypatch)
    done = await desk.bring(desk.write(talk(1_000)))

    bodies = await desk.bodies(done.conversation_id)
    assert (done.added, done.duplicates) == (1_000, 0)
    assert bodies == [*(f"message {n}" for n in range(1_000)), "live"]
    await desk.audit(done.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_who_writes_first_in_the_middle_of_a_file_joins(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = Ahead(monkeypatch)
    lines = [*talk(500), *talk(500, first=500, authors=("Ana", "Eve"))]

    done = await desk.bring(desk.write(lines))

    messages = await desk.messages(done.conversation_id)
    conversation = await desk.conversation(done.conversation_id)
    assert ahead.inserted > 1
    assert [message["sender"] for message in messages[498:502]] == ["Ana", "Bob", "Ana", "Eve"]
    assert conversation["kind"] == ConversationKind.GROUP
    await desk.audit(done.conversation_id)


@pytest.mark.usefixtures("small_batches")
async def test_files_of_batches_that_went_ahead_are_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = Ahead(monkeypatch)
    lines = talk(600)
    lines[450] = lines[450].replace("message 450", "plan.pdf (file attached)")

    done = await desk.bring(desk.write(lines))

    [attachment] = await desk.attachments(done.conversation_id)
    messages = await desk.messages(done.conversation_id)
    assert ahead.inserted > 1
    assert attachment["message_id"] == messages[450]["id"]
    await desk.audit(done.conversation_id)
