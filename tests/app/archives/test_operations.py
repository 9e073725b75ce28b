"""Imports through GraphQL: previewing, importing, following, cancelling and undoing."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from models.ids import new_id
from models.tenants import Role
from schema.ids import IdType, encode_id
from tests.app.archives.conftest import Archives, Caller
from tests.importing.desk import talk
from tests.importing.gate import Gate

CHAT = ("\n".join([*talk(30), "31/02/2024, 10:00 - Ana: never"]) + "\n").encode()
LONG = ("\n".join(talk(1_000)) + "\n").encode()
NAME = "WhatsApp Chat with Ana.txt"
IMPORT = """
    mutation ($file: Upload!, $input: ImportArchiveInput) {
        importArchive(file: $file, input: $input) {
            import { id status fileName } userErrors { code field message } } }
"""
PREVIEW = """
    mutation ($file: Upload!, $input: ImportArchiveInput) {
        previewArchive(file: $file, input: $input) { userErrors { code message } preview {
            title shape dates { order decision guessed description } encoding timezone messages
            authors { name count } kinds { kind count } rejectedCount
            rejected { line text reason } ambiguousCount firstMessages { line author body }
            unreadableCharacters nulCharacters meFound
        } } }
"""
CANCEL = """
    mutation ($id: ID!) { cancelImport(input: {importId: $id}) {
        import { status } userErrors { code } } }
"""
UNDO = """
    mutation ($id: ID!) { undoImport(input: {importId: $id}) {
        import { status } userErrors { code } } }
"""
LISTED = "{ imports(first: 5) { totalCount nodes { status added rejected } } }"


async def started(caller: Caller, content: bytes = CHAT) -> str:
    result = await caller.upload(IMPORT, content, NAME, input={"dateOrder": "DAY_FIRST"})
    payload = result["data"]["importArchive"]
    assert payload["userErrors"] == []
    assert payload["import"]["status"] == "QUEUED"
    key: str = payload["import"]["id"]
    return key


async def listed(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.data(LISTED))["imports"]["nodes"]
    return found


async def test_a_preview_shows_everything_and_keeps_nothing(caller: Caller) -> None:
    result = await caller.upload(PREVIEW, CHAT, NAME, input={"timezone": "Europe/Lisbon"})

    preview = result["data"]["previewArchive"]["preview"]
    assert (preview["title"], preview["messages"]) == ("Ana", 30)
    assert preview["dates"]["order"] == "DAY_FIRST"
    assert preview["dates"]["decision"] == "INVALID_DATES"
    assert "day 30 at line 1" in preview["dates"]["description"]
    assert preview["authors"] == [{"name": "Ana", "count": 15}, {"name": "Bob", "count": 15}]
    assert preview["rejectedCount"] == 1
    assert preview["rejected"][0]["line"] == 31
    assert preview["rejected"][0]["reason"] == "INVALID_DATE"
    assert [each["body"] for each in preview["firstMessages"]][:2] == ["message 0", "message 1"]
    assert preview["meFound"] is None
    assert preview["unreadableCharacters"] == preview["nulCharacters"] == 0
    assert await listed(caller) == []


async def test_a_preview_tells_what_is_amiss(caller: Caller) -> None:
    content = CHAT.replace(b"message 3\n", b"mess\0age \xe9\n")
    for me, found in (("Ana", True), ("Zoe", False)):
        result = await caller.upload(PREVIEW, content, NAME, input={"me": me})

        preview = result["data"]["previewArchive"]["preview"]
        assert preview["meFound"] is found
        assert (preview["unreadableCharacters"], preview["nulCharacters"]) == (1, 1)


async def test_bad_files_and_choices_are_user_errors(caller: Caller) -> None:
    bad = await caller.upload(PREVIEW, b"\xff\xd8\xff\xe0 a picture", "photo.txt")
    [error] = bad["data"]["previewArchive"]["userErrors"]
    assert error["code"] == "BAD_ARCHIVE"
    assert "NOT_A_CHAT" in error["message"]

    zone = await caller.upload(IMPORT, CHAT, NAME, input={"timezone": "Mars/Olympus"})
    [error] = zone["data"]["importArchive"]["userErrors"]
    assert (error["code"], error["field"]) == ("UNKNOWN_TIME_ZONE", "timezone")
    assert await listed(caller) == []


async def test_an_import_is_done_by_the_worker_and_can_be_undone(caller: Caller) -> None:
    key = await started(caller)
    await caller.archives.worker.run_once()
    assert await listed(caller) == [{"status": "COMPLETED", "added": 30, "rejected": 1}]

    undoing = await caller.data(UNDO, id=key)
    assert undoing["undoImport"]["import"]["status"] == "UNDOING"
    await caller.archives.worker.run_once()
    assert await listed(caller) == [{"status": "UNDONE", "added": 0, "rejected": 1}]


async def test_cancelling_what_waits_ends_it_at_once(caller: Caller) -> None:
    key = await started(caller)

    assert (await caller.data(UNDO, id=key))["undoImport"]["userErrors"] == [{"code": "CONFLICT"}]
    cancelled = await caller.data(CANCEL, id=key)
    assert cancelled["cancelImport"]["import"]["status"] == "CANCELLED"
    await caller.archives.worker.run_once()
    assert (await listed(caller))[0]["added"] == 0


async def test_cancelling_what_is_under_way_ends_it_before_its_next_batch(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    key = await started(caller, LONG)
    running = asyncio.create_task(caller.archives.worker.run_once())
    await gate.reached()

    asked = await caller.data(CANCEL, id=key)
    gate.open()
    await running

    assert asked["cancelImport"] == {"import": {"status": "RUNNING"}, "userErrors": []}
    [left] = await listed(caller)
    assert left["status"] == "CANCELLED"
    assert 0 < left["added"] < 1_000
    assert caller.archives.files("uploads") == []


async def test_what_has_ended_cannot_be_cancelled(caller: Caller) -> None:
    key = await started(caller)
    await caller.archives.worker.run_once()

    late = await caller.data(CANCEL, id=key)
    assert late["cancelImport"]["userErrors"] == [{"code": "ALREADY_DONE"}]


async def test_roles_and_tenants(caller: Caller, archives: Archives) -> None:
    key = await started(caller)
    agent = replace(
        caller, viewer=await archives.desk.make_user(caller.viewer.tenant_id, Role.AGENT)
    )
    other = replace(caller, viewer=await archives.desk.make_user(await archives.desk.make_tenant()))

    token = archives.desk.token(agent.viewer)
    assert await archives.desk.code(UNDO, token, id=key) == "FORBIDDEN"
    assert (await other.data(CANCEL, id=key))["cancelImport"]["userErrors"] == [
        {"code": "NOT_FOUND"}
    ]
    await archives.worker.run_once()


async def test_progress_is_told_until_the_end(caller: Caller, archives: Archives) -> None:
    key = await started(caller)
    async with archives.desk.socket(archives.desk.token(caller.viewer)) as socket:
        await socket.acknowledged()
        await socket.subscribe(
            f'subscription {{ importProgress(importId: "{key}") {{ status share added }} }}'
        )
        first = await socket.receive()
        assert first["payload"]["data"]["importProgress"]["status"] == "QUEUED"
        await archives.worker.run_once()
        told = []
        while (message := await socket.receive())["type"] == "next":
            told.append(message["payload"]["data"]["importProgress"])

    assert message["type"] == "complete"
    assert told[-1] == {"status": "COMPLETED", "share": 1, "added": 30}


async def test_progress_is_told_while_it_is_made(
    caller: Caller, archives: Archives, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    key = await started(caller, LONG)
    running = asyncio.create_task(archives.worker.run_once())
    await gate.reached()
    told: list[dict[str, Any]] = []
    async with archives.desk.socket(archives.desk.token(caller.viewer)) as socket:
        await socket.acknowledged()
        await socket.subscribe(
            f'subscription {{ importProgress(importId: "{key}") {{ status share added }} }}'
        )
        while (message := await socket.receive())["type"] == "next":
            told.append(message["payload"]["data"]["importProgress"])
            gate.open()
    await running

    assert told[0]["status"] == "RUNNING"
    assert 0 < told[0]["share"] < 1
    assert 0 < told[0]["added"] < 1_000
    assert told[-1] == {"status": "COMPLETED", "share": 1, "added": 1_000}
    assert [each["added"] for each in told] == sorted(each["added"] for each in told)


async def test_another_members_export_is_merged_into_a_conversation(caller: Caller) -> None:
    await started(caller)
    await caller.archives.worker.run_once()
    place = (await caller.data("{ conversations(first: 5) { nodes { id } } }"))["conversations"]
    [conversation] = place["nodes"]
    theirs = "\n".join(each.replace("Bob:", "Bobby:") for each in talk(40, first=10)).encode()

    made = await caller.upload(
        IMPORT,
        theirs,
        "WhatsApp Chat with Bobby.txt",
        input={"into": conversation["id"], "me": "Ana", "dateOrder": "DAY_FIRST"},
    )
    assert made["data"]["importArchive"]["userErrors"] == []
    await caller.archives.worker.run_once()

    [merged, _] = await listed(caller)
    assert (merged["status"], merged["added"]) == ("COMPLETED", 20)
    shown = await caller.data(
        "{ conversations(first: 5) { nodes { participants(first: 5) {"
        " nodes { name user { id } } } } } viewer { user { id } } }"
    )
    [people] = [each["participants"]["nodes"] for each in shown["conversations"]["nodes"]]
    mine = shown["viewer"]["user"]
    assert people == [{"name": "Ana", "user": mine}, {"name": "Bob", "user": None}]


async def test_a_conversation_to_merge_into_must_be_there(caller: Caller) -> None:
    made = await caller.upload(IMPORT, CHAT, NAME, input={"into": encode_id(IdType.USER, new_id())})
    assert made["errors"][0]["extensions"]["code"] == "BAD_ID"
    gone = encode_id(IdType.CONVERSATION, new_id())
    made = await caller.upload(IMPORT, CHAT, NAME, input={"into": gone})
    [error] = made["data"]["importArchive"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", "into")
    assert caller.archives.files("uploads") == []


@pytest.mark.parametrize("door", ["importArchive", "POST /imports"])
async def test_every_choice_counts_when_it_is_imported(caller: Caller, door: str) -> None:
    content = b"04/01/2026, 21:05 - Ana: hi\n05/01/2026, 21:05 - Bob: bye\n"
    chosen = {"title": "Trip", "timezone": "Europe/Madrid", "dateOrder": "MONTH_FIRST", "me": "Bob"}
    if door == "importArchive":
        await caller.upload(IMPORT, content, NAME, input=chosen)
    else:
        await caller.send("POST", "/imports", params={"name": NAME, **chosen}, content=content)
    await caller.archives.worker.run_once()

    found = await caller.data(
        "{ viewer { user { id } } conversations(first: 5) { nodes { title"
        " messages(first: 5) { nodes { sentAt sender { name user { id } } } } } } }"
    )
    [conversation] = found["conversations"]["nodes"]
    assert conversation["title"] == "Trip"
    assert conversation["messages"]["nodes"] == [
        {"sentAt": "2026-04-01T19:05:00+00:00", "sender": {"name": "Ana", "user": None}},
        {
            "sentAt": "2026-05-01T19:05:00+00:00",
            "sender": {"name": "Bob", "user": found["viewer"]["user"]},
        },
    ]
