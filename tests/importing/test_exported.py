"""Our own exports import again to the same messages, with all that hangs on them."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import orjson
import pytest

from importing.export.message import exact_moment, moment
from importing.export.ndjson import NdjsonWriter
from importing.export.reading import Export
from importing.load import ImportResult
from importing.media_store import DirectoryStore
from importing.records import ArchiveError, ErrorCode, Reason
from importing.restoring import restore
from models.ids import id_at
from tests.importing.desk import START, Desk

Line = dict[str, Any]

PEOPLE = ["Ana", "Bob Smith", "~ Carla", "+44 7700 900123", "安娜", "Ana (2)"]
BODIES = [
    "",
    "hi",
    "two\nlines: and a colon",
    "👩‍👩‍👧 \u200e<Media omitted>",
    "x" * 5_000,
    '"\\ \t',
]
FILES: list[Line] = [
    {"fileName": "plan.pdf", "kind": "DOCUMENT", "mediaType": "application/pdf", "size": 12},
    {"fileName": "IMG-1.jpg", "kind": "IMAGE", "mediaType": "image/jpeg", "size": None},
    {"fileName": "ben.vcf", "kind": "CONTACT", "mediaType": "text/vcard", "size": 0},
]
DETAILS: list[Line] = [
    {"kind": "TEXT"},
    {"kind": "TEXT"},
    {"kind": "NOTICE"},
    {"kind": "MEDIA"},
    {"kind": "CONTACT"},
    {"kind": "LOCATION", "place": {"latitude": 38.7, "longitude": -9.125}},
    {"kind": "POLL", "poll": {"title": "Lunch?", "options": [{"text": "Yes", "votes": 2}]}},
]


def head(**fields: str) -> Line:
    return {
        **{"parley": "conversation", "version": 1, "title": "Friends"},
        **{"kind": "GROUP", "visibility": "TENANT", **fields},
    }


def said(at: datetime, author: str | None = "Ana", body: str = "hi", **fields: Any) -> Line:
    """A message's line, with a key of its own."""
    key = fields.pop("id", None) or id_at(at).hex
    return {
        **{"id": key, "sentAt": moment(at), "author": author},
        **{"kind": "TEXT", "body": body, **fields},
    }


def conversation(seed: int, length: int) -> list[Line]:
    """A conversation with something of everything, as an export writes it."""
    random = Random(seed)
    ids = [
        id_at(START + timedelta(milliseconds=700 * (number // 3)), number)
        for number in range(length)
    ]
    lines = [head(kind=random.choice(["GROUP", "DIRECT"]))]
    for number, identifier in enumerate(ids):
        at = START + timedelta(milliseconds=700 * (number // 3))

        def later(at: datetime = at) -> str:
            return exact_moment(at + timedelta(microseconds=random.randrange(10**9)))

        line = said(at, random.choice(PEOPLE), random.choice(BODIES), id=identifier.hex)
        details = random.choice(DETAILS)
        line["kind"] = details["kind"]
        if random.random() < 0.3:
            line["replyTo"] = random.choice(ids).hex
        if random.random() < 0.2:
            line["editedAt"] = later()
        if random.random() < 0.1:
            line |= {"body": "", "deletedAt": later()}
        if random.random() < 0.3:
            line["attachments"] = random.sample(FILES, random.randint(1, 3))
        if random.random() < 0.3:
            given = {(random.choice([*PEOPLE, "Dora"]), random.choice("👍❤😂")) for _ in "123"}
            reactions = [{"author": who, "emoji": emoji, "at": later()} for who, emoji in given]
            line["reactions"] = sorted(reactions, key=lambda each: each["at"])
        lines.append(line | {name: value for name, value in details.items() if name != "kind"})
    return lines


def write(desk: Desk, lines: Sequence[object], name: str = "export.ndjson") -> Path:
    path = desk.folder / name
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return path


async def exported(desk: Desk, conversation_id: UUID | None) -> list[Line]:
    assert conversation_id is not None
    export = Export(desk.database, desk.tenant, conversation_id, NdjsonWriter())
    content = b"".join([piece async for piece in export.pieces()])
    return [orjson.loads(line) for line in content.splitlines()]


@pytest.mark.parametrize("seed", range(4))
async def test_what_was_exported_imports_again_to_the_same(
    desk: Desk, small_batches: None, seed: int
) -> None:
    lines = conversation(seed, 450)

    first = await desk.bring(write(desk, lines))

    assert (first.added, first.rejected) == (450, 0)
    assert await exported(desk, first.conversation_id) == lines
    await desk.audit(first.conversation_id)
    again = await desk.bring(write(desk, lines))
    assert (again.conversation_id, again.added, again.duplicates) == (
        first.conversation_id,
        0,
        450,
    )
    assert await exported(desk, first.conversation_id) == lines


async def test_an_import_that_was_cut_short_is_completed_by_the_next(
    desk: Desk, small_batches: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = conversation(21, 450)

    calls = count()

    async def fail(*given: Any) -> None:
        await restore(*given)
        if next(calls) == 2:
            raise RuntimeError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr("importing.storing.restore", fail)
        with pytest.raises(RuntimeError):
            await desk.bring(write(desk, lines))

    done = await desk.bring(write(desk, lines))

    assert 0 < done.added < 450
    assert await exported(desk, done.conversation_id) == lines


async def test_it_goes_on_from_tenant_to_tenant(desk: Desk) -> None:
    lines = conversation(7, 60)
    there = await desk.other_tenant()
    here = await desk.bring(write(desk, lines))

    file = write(desk, await exported(desk, here.conversation_id))
    done = await there.bring(file)

    assert await exported(there, done.conversation_id) == lines
    assert (await there.bring(file)).added == 0


async def test_messages_that_were_sent_here_are_found_by_their_ids(desk: Desk) -> None:
    first = await desk.bring(write(desk, [head(), said(START), said(START, body="ok")]))
    # As if they had been sent, and not imported.
    await desk.owner.execute(
        "UPDATE messages SET archive_key = NULL WHERE tenant_id = $1 AND body = 'ok'", desk.tenant
    )
    lines = await exported(desk, first.conversation_id)

    again = await desk.bring(write(desk, lines))

    assert (again.conversation_id, again.added) == (first.conversation_id, 0)
    assert await exported(desk, first.conversation_id) == lines


async def test_undo_takes_everything_back_and_nothing_of_others(desk: Desk) -> None:
    store = DirectoryStore(desk.folder / "media")
    liked = {"author": "Zoe", "emoji": "👍", "at": exact_moment(START)}
    old = [head(), *(said(START, body=f"old {n}", reactions=[liked]) for n in range(9))]
    kept = await desk.bring(write(desk, old))
    before = await exported(desk, kept.conversation_id)
    new = [*old, *conversation(3, 200)[1:]]
    done = await desk.bring(write(desk, new))
    assert (done.conversation_id, done.added) == (kept.conversation_id, 200)
    assert await desk.count("attachments") > 0

    assert await desk.undo(done, store) == 200

    assert await exported(desk, kept.conversation_id) == before
    assert await desk.count("attachments") == 0
    assert await desk.count("reactions") == 9
    await desk.undo(kept, store)
    assert await desk.count("conversations") == await desk.count("participants") == 0


async def test_what_was_private_comes_back_private_to_who_imports_it(desk: Desk) -> None:
    ana, bob = await desk.user("ana", "Ana"), await desk.user("bob", "Bob")
    lines = [head(visibility="PRIVATE"), *(said(START, body=f"no {n}") for n in range(3))]
    file = write(desk, lines)

    first = await desk.bring(file, user=ana)

    assert await exported(desk, first.conversation_id) == lines
    assert set(await desk.authors(first.conversation_id)) == {("Ana", ana), ("Ana", None)}
    await desk.audit(first.conversation_id)
    assert (await desk.bring(file, user=ana)).added == 0
    # Bob cannot see it, so his is another one.
    his = await desk.bring(file, user=bob)
    assert his.conversation_id != first.conversation_id
    assert await desk.authors(his.conversation_id) == [("Ana", None), ("Bob", bob)]
    await desk.undo(his, DirectoryStore(desk.folder / "media"))
    assert await desk.count("conversations") == 1


@pytest.mark.parametrize(
    ("told", "visibility"), (({}, "TENANT"), ({"visibility": "SECRET"}, "PRIVATE"))
)
async def test_who_sees_what_other_releases_exported(
    desk: Desk, told: dict[str, str], visibility: str
) -> None:
    first_line = {name: value for name, value in head().items() if name != "visibility"}
    done = await desk.bring(write(desk, [first_line | told, said(START)]))
    assert (await exported(desk, done.conversation_id))[0]["visibility"] == visibility


async def test_what_cannot_come_back_is_counted(desk: Desk) -> None:
    done = await desk.bring(
        write(
            desk,
            [head(), said(START), said(START, kind="ENCRYPTED"), said(START, body="x" * 200_000)],
        )
    )

    assert (done.added, done.rejected) == (1, 2)
    assert [remark.reason for remark in done.report.rejected] == [
        Reason.ENCRYPTED,
        Reason.BODY_TOO_LONG,
    ]


async def test_who_only_reacted_takes_part(desk: Desk) -> None:
    liked = {"author": "Zoe", "emoji": "👍", "at": exact_moment(START)}
    done = await desk.bring(write(desk, [head(), said(START, reactions=[liked])]))

    assert done.report.authors == {"Ana": 1, "Zoe": 0}
    assert [name for name, _ in await desk.authors(done.conversation_id)] == ["Ana", "Zoe"]


async def test_exports_of_before_there_were_ids_are_told_by_what_they_say(desk: Desk) -> None:
    old = [head(), *({k: v for k, v in said(START).items() if k != "id"} for _ in "12")]
    first = await desk.bring(write(desk, old))

    again = await desk.bring(write(desk, old))

    assert (first.added, again.added) == (2, 0)
    # Their export says by which keys they are known now.
    assert (await desk.bring(write(desk, await exported(desk, first.conversation_id)))).added == 0


async def test_a_line_that_was_copied_is_a_message_of_its_own(desk: Desk) -> None:
    lines = [head(), *[said(START, id=id_at(START).hex)] * 3]

    first = await desk.bring(write(desk, lines))

    assert first.added == 3
    assert (await desk.bring(write(desk, lines))).added == 0


async def test_a_time_that_was_changed_by_hand_makes_another_message(desk: Desk) -> None:
    key = id_at(START).hex
    moved = said(START + timedelta(days=1), id=key)

    done: ImportResult = await desk.bring(write(desk, [head(), said(START, id=key), moved]))

    assert done.added == 2
    await desk.audit(done.conversation_id)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.pop("sentAt"),
        lambda line: line.update(sentAt="yesterday"),
        lambda line: line.update(sentAt="2024-03-30T09:00:00"),
        lambda line: line.update(author=" "),
        lambda line: line.update(author="x" * 300),
        lambda line: line.update(body=None),
        lambda line: line.update(kind="SONG"),
        lambda line: line.update(id="12"),
        lambda line: line.update(replyTo="no hex"),
        lambda line: line.update(editedAt=17),
        lambda line: line.update(attachments=[{"fileName": "a"}]),
        lambda line: line.update(attachments=[{**FILES[0], "size": -1}]),
        lambda line: line.update(attachments=[{**FILES[0], "kind": "ENCRYPTED"}]),
        lambda line: line.update(reactions=[{"author": "Bob", "emoji": "👍"}]),
        lambda line: line.update(reactions=[{"author": "Bob", "emoji": "x" * 99, "at": "2024"}]),
        lambda line: line.update(place={"latitude": "north"}),
        lambda line: line.update(place={"latitude": 91, "longitude": 0}),
        lambda line: line.update(replyTo="f" * 32),
        lambda line: line.update(poll={"title": "?", "options": 7}),
    ],
)
async def test_a_line_that_is_none_is_counted(desk: Desk, spoil: Callable[[Line], object]) -> None:
    line = said(START)
    spoil(line)

    done = await desk.bring(write(desk, [head(), said(START), line, said(START)]))

    assert (done.added, done.rejected) == (2, 1)
    [remark] = done.report.rejected
    assert (remark.line, remark.reason) == (3, Reason.NO_MESSAGE)


async def test_whatever_stands_in_a_line_it_is_a_message_or_counted(desk: Desk) -> None:
    """Lines of a good export, each with a value of it exchanged for an odd one."""
    random = Random(5)
    odd: list[object] = [None, True, -1, 10**18, 1e300, "", "x" * 300, "\0", "2024", "f" * 32]
    odd += [[], [[]], [None], {}, {"": None}, "9999-12-31T23:59:59-12:00", "Infinity", [{}]]
    lines = conversation(11, 400)

    def spoil(value: object) -> object:
        """The value, with something in it exchanged."""
        if isinstance(value, dict) and value and random.random() < 0.9:
            name = random.choice(list(value))
            return {**value, name: spoil(value[name])}
        if isinstance(value, list) and value and random.random() < 0.8:
            return [spoil(value[0]), *value[1:]]
        return random.choice(odd)

    done = await desk.bring(write(desk, [lines[0], *(spoil(line) for line in lines[1:])]))

    assert done.added + done.rejected == 400
    assert done.added > 20
    assert done.rejected > 20
    await desk.audit(done.conversation_id)
    assert len(await exported(desk, done.conversation_id)) == done.added + 1


@pytest.mark.parametrize(
    "tail",
    [b'{"kind": "TEXT", "bo', b"[]", b"7", b"\xff\xfe\0", b'{"a": "' + b"x" * 5_000_000 + b'"}'],
    ids=["cut", "a list", "a number", "noise", "endless"],
)
async def test_a_line_that_is_no_json_is_counted(desk: Desk, tail: bytes) -> None:
    path = write(desk, [head(), said(START)])
    path.write_bytes(path.read_bytes() + tail + b"\n" + orjson.dumps(said(START)))

    done = await desk.bring(path)

    assert (done.added, done.rejected) == (2, 1)
    assert done.report.bytes_read == path.stat().st_size


@pytest.mark.parametrize("start", [b'{"parley": "contact"}', b'{"parley":', b'{"parley":7}'])
async def test_another_file_of_ours_is_refused(desk: Desk, start: bytes) -> None:
    path = desk.folder / "export.ndjson"
    path.write_bytes(start + b"\n" + orjson.dumps(said(START)))

    with pytest.raises(ArchiveError) as refused:
        await desk.bring(path)

    assert refused.value.code is ErrorCode.NOT_A_CHAT
    assert await desk.count("messages") == 0
