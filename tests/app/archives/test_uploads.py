"""`/imports`: whole files, pieces, broken pieces, and what is refused."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from models.tenants import Role
from tests.app.archives.conftest import LIMIT, Archives, Caller
from tests.importing.desk import talk

CHAT = ("\n".join(talk(30)) + "\n").encode()
NAME = {"name": "WhatsApp Chat with Ana.txt", "dateOrder": "DAY_FIRST"}
IMPORT = """
    query ($id: ID!) { node(id: $id) { ... on Import {
        status added duplicates rejected share fileName errorCode errorMessage detected
        conversation { title messages(first: 1) { totalCount } } createdBy { handle } } } }
"""


async def found(caller: Caller, key: str) -> Any:
    return (await caller.data(IMPORT, id=key))["node"]


async def test_a_body_is_a_whole_import(caller: Caller) -> None:
    made = await caller.send("POST", "/imports", params=NAME, content=CHAT)

    assert made.status_code == 201
    key = made.json()["id"]
    assert made.headers["location"] == f"/imports/{key}"
    assert (await found(caller, key))["status"] == "QUEUED"
    await caller.archives.worker.run_once()
    done = await found(caller, key)
    assert (done["status"], done["added"], done["share"]) == ("COMPLETED", 30, 1)
    assert done["conversation"] == {"title": "Ana", "messages": {"totalCount": 30}}
    assert caller.archives.files("uploads") == []


async def test_an_upload_goes_on_where_it_stopped(caller: Caller) -> None:
    length = {"upload-length": str(len(CHAT))}
    made = await caller.send("POST", "/imports", params=NAME, headers=length)
    place = made.headers["location"]
    first = await caller.send("PATCH", place, headers={"upload-offset": "0"}, content=CHAT[:500])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "500")

    wrong = await caller.send("PATCH", place, headers={"upload-offset": "0"}, content=CHAT)
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "500")
    shown = await caller.send("HEAD", place)
    assert shown.headers["upload-offset"] == "500"
    assert shown.headers["upload-length"] == str(len(CHAT))

    await caller.send("PATCH", place, headers={"upload-offset": "500"}, content=CHAT[500:])
    await caller.archives.worker.run_once()
    done = await found(caller, made.json()["id"])
    assert (done["status"], done["added"]) == ("COMPLETED", 30)
    late = await caller.send("PATCH", place, headers={"upload-offset": "500"}, content=b"more")
    assert late.status_code == 409


async def test_what_came_before_a_broken_connection_stays(caller: Caller) -> None:
    content = CHAT * (1_500_000 // len(CHAT))
    length = {"upload-length": str(len(content))}
    made = await caller.send("POST", "/imports", params=NAME, headers=length)
    place = made.headers["location"]
    host, port = caller.archives.desk.address.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"PATCH {place} HTTP/1.1\r\nHost: x\r\nUpload-Offset: 0\r\nAuthorization: "
        f"{caller.headers['authorization']}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content[:1_200_000])
    await writer.drain()

    async with asyncio.timeout(60):
        while (offset := await standing(caller, place)) < 1_000_000:
            pass
        writer.close()
        await writer.wait_closed()
        # As long as the server has not noticed, the upload is somebody else's.
        while True:
            rest = content[offset:]
            sent = await caller.send(
                "PATCH", place, headers={"upload-offset": str(offset)}, content=rest
            )
            offset = int(sent.headers["upload-offset"])
            if sent.status_code == 204:
                break

    assert offset == len(content)
    [kept] = [path for path in caller.archives.files("uploads") if path.read_bytes() == content]
    assert kept.name == NAME["name"]


async def standing(caller: Caller, place: str) -> int:
    """How far an upload is."""
    return int((await caller.send("HEAD", place)).headers["upload-offset"])


async def test_more_than_announced_is_refused_and_what_was_announced_is_kept(
    caller: Caller,
) -> None:
    made = await caller.send("POST", "/imports", params=NAME, headers={"upload-length": "100"})
    place = made.headers["location"]

    more = await caller.send("PATCH", place, headers={"upload-offset": "0"}, content=CHAT)

    assert (more.status_code, more.json()["errors"][0]["extensions"]["code"]) == (413, "TOO_LONG")
    assert (await caller.send("HEAD", place)).headers["upload-offset"] == "100"


async def test_an_upload_that_is_given_up_gives_its_place_back(caller: Caller) -> None:
    length = {"upload-length": str(len(CHAT))}
    made = await caller.send("POST", "/imports", params=NAME, headers=length)
    place = made.headers["location"]
    await caller.send("PATCH", place, headers={"upload-offset": "0"}, content=CHAT[:500])
    assert len(caller.archives.files("uploads")) >= 1

    assert (await caller.send("DELETE", place)).status_code == 204

    assert (await found(caller, made.json()["id"]))["status"] == "CANCELLED"
    folders = {path.parent.name for path in caller.archives.files("uploads")}
    row = await caller.archives.desk.owner.fetchrow(
        "SELECT id FROM imports WHERE tenant_id = $1", caller.viewer.tenant_id
    )
    assert row is not None
    assert row["id"].hex not in folders


@pytest.mark.parametrize(
    ("params", "headers", "content", "expected"),
    [
        ({}, {"upload-length": str(LIMIT + 1)}, b"", (413, "TOO_LONG")),
        ({}, {"upload-length": "many"}, b"", (400, "BAD_INPUT")),
        ({}, {}, b"x" * (LIMIT + 1), (413, "TOO_LONG")),
        ({"timezone": "Mars/Olympus"}, {}, CHAT, (400, "UNKNOWN_TIME_ZONE")),
        ({"dateOrder": "SIDEWAYS"}, {}, CHAT, (400, "BAD_INPUT")),
        ({"name": "x" * 300}, {}, CHAT, (413, "TOO_LONG")),
    ],
)
async def test_what_is_refused_leaves_nothing(
    caller: Caller,
    params: dict[str, str],
    headers: dict[str, str],
    content: bytes,
    expected: tuple[int, str],
) -> None:
    before = caller.archives.files("uploads")

    refused = await caller.send("POST", "/imports", params=params, headers=headers, content=content)

    code = refused.json()["errors"][0]["extensions"]["code"]
    assert (refused.status_code, code) == expected
    assert caller.archives.files("uploads") == before


async def test_strangers_viewers_and_other_tenants_are_refused(
    caller: Caller, archives: Archives
) -> None:
    made = await caller.send("POST", "/imports", params=NAME, headers={"upload-length": "10"})
    place = made.headers["location"]
    elsewhere = await archives.desk.make_tenant()
    other = replace(caller, viewer=await archives.desk.make_user(elsewhere))
    reader = replace(
        caller, viewer=await archives.desk.make_user(caller.viewer.tenant_id, Role.VIEWER)
    )

    assert (await archives.desk.http.post("/imports", content=CHAT)).status_code == 401
    assert (await reader.send("POST", "/imports", content=CHAT)).status_code == 403
    assert (await other.send("HEAD", place)).status_code == 404
    piece = await other.send("PATCH", place, headers={"upload-offset": "0"}, content=b"x")
    assert piece.status_code == 404


async def test_a_file_name_leads_nowhere_else(caller: Caller) -> None:
    for name in ("../../../etc/passwd", "..", "a/b\\c.txt", "\x00.txt", "𝒳" * 80 + ".txt"):
        made = await caller.send("POST", "/imports", params={"name": name}, content=CHAT)
        assert made.status_code == (400 if "\x00" in name else 201), name
    root = caller.archives.store / "uploads"
    kept = [path.relative_to(root) for path in caller.archives.files("uploads")]
    assert {"passwd", "export", "c.txt"} <= {path.name for path in kept}
    assert all(len(path.parts) == 2 for path in kept)
    await caller.archives.worker.run_once()
