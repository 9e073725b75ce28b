"""`/media`: whole files, ranges, thumbnails, and nothing for those who may not see the message."""

import io
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from models.ids import new_id
from models.tenants import Role
from schema.ids import IdType, decode_id
from tests.app.archives.conftest import Archives, Caller
from tests.importing.desk import START, line, talk

PAGE = b"<html><script>alert(document.domain)</script></html>"
LISTED = """
    { conversations(first: 1) { nodes { id messages(first: 3) { nodes {
        id attachments { fileName mediaType size width height path thumbnailPath } } } } } }
"""


def picture() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((640, 400), 50).convert("RGB").save(out, "JPEG")
    return out.getvalue()


PICTURE = picture()


@dataclass(frozen=True)
class Album:
    """A chat with a picture and a page that calls itself one."""

    caller: Caller
    image: dict[str, Any]
    page: dict[str, Any]


@pytest.fixture
async def album(caller: Caller) -> Album:
    said = [
        line(START, "Ana", "IMG-20240330-WA0001.jpg (file attached)"),
        line(START, "Ana", "pretty.html (file attached)"),
        *talk(10),
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("_chat.txt", "\n".join(said) + "\n")
        archive.writestr("IMG-20240330-WA0001.jpg", PICTURE)
        archive.writestr("pretty.html", PAGE)
    params = {"name": "WhatsApp Chat - Album.zip", "dateOrder": "DAY_FIRST"}
    await caller.send("POST", "/imports", params=params, content=packed.getvalue())
    await caller.archives.worker.run_once()
    [conversation] = (await caller.data(LISTED))["conversations"]["nodes"]
    image, page = (node["attachments"][0] for node in conversation["messages"]["nodes"][:2])
    return Album(caller, image, page)


async def test_a_picture_shows_and_a_page_is_only_saved(album: Album) -> None:
    assert album.image["mediaType"] == "image/jpeg"
    assert (album.image["width"], album.image["height"]) == (640, 400)
    image = await album.caller.send("GET", album.image["path"])
    page = await album.caller.send("GET", album.page["path"])

    assert (image.status_code, image.content) == (200, PICTURE)
    assert image.headers["content-type"] == "image/jpeg"
    assert image.headers["content-disposition"].startswith("inline")
    assert page.content == PAGE
    assert page.headers["content-disposition"].startswith("attachment")
    assert album.page["thumbnailPath"] is None
    for response in (image, page):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in response.headers["content-security-policy"]
        assert response.headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, len(PICTURE)),
        ("bytes=-5", len(PICTURE) - 5, len(PICTURE)),
        ("bytes=10-99999999", 10, len(PICTURE)),
    ],
)
async def test_a_range_is_a_part(album: Album, asked: str, start: int, stop: int) -> None:
    part = await album.caller.send("GET", album.image["path"], headers={"range": asked})

    assert part.status_code == 206
    assert part.content == PICTURE[start:stop]
    assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(PICTURE)}"


async def test_ranges_that_are_none_and_tags(album: Album) -> None:
    send, path = album.caller.send, album.image["path"]
    for asked in ("bytes=-", "lines=1-2", "bytes=0-1,3-4", "bytes=x"):
        assert (await send("GET", path, headers={"range": asked})).content == PICTURE
    for beyond in (f"bytes={len(PICTURE)}-", "bytes=9-3", "bytes=-0"):
        refused = await send("GET", path, headers={"range": beyond})
        assert refused.status_code == 416
        assert refused.headers["content-range"] == f"bytes */{len(PICTURE)}"
    tag = (await send("GET", path)).headers["etag"]
    assert (await send("GET", path, headers={"if-none-match": tag})).status_code == 304
    stale = await send("GET", path, headers={"range": "bytes=0-1", "if-range": '"old"'})
    assert stale.content == PICTURE


async def test_a_thumbnail_is_made_once(album: Album) -> None:
    small = await album.caller.send("GET", album.image["thumbnailPath"])
    again = await album.caller.send("GET", album.image["thumbnailPath"])

    assert small.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(small.content)).size == (320, 200)
    assert again.content == small.content
    assert (await album.caller.send("GET", f"{album.page['path']}/thumbnail")).status_code == 404


async def test_nobody_else_sees_it(album: Album, archives: Archives) -> None:
    path, owner = album.image["path"], archives.desk.owner
    colleague = replace(
        album.caller,
        viewer=await archives.desk.make_user(album.caller.viewer.tenant_id, Role.VIEWER),
    )
    stranger = replace(
        album.caller, viewer=await archives.desk.make_user(await archives.desk.make_tenant())
    )
    assert (await archives.desk.http.get(path)).status_code == 401
    assert (await stranger.send("GET", path)).status_code == 404
    assert (await colleague.send("GET", path)).status_code == 200

    await owner.execute(
        "UPDATE conversations SET visibility = 'PRIVATE' WHERE tenant_id = $1",
        album.caller.viewer.tenant_id,
    )
    for hidden in (path, album.image["thumbnailPath"]):
        assert (await colleague.send("GET", hidden)).status_code == 404


async def test_a_deleted_message_shows_nothing(album: Album, archives: Archives) -> None:
    await archives.desk.owner.execute(
        "UPDATE messages SET deleted_at = now() WHERE tenant_id = $1",
        album.caller.viewer.tenant_id,
    )
    assert (await album.caller.send("GET", album.image["path"])).status_code == 404


DEVICE = """
    INSERT INTO devices (tenant_id, id, created_at, name, kind, state, state_since, settings,
        limits, revision, failures, trips, last_seq)
    VALUES ($1, $2, now(), 'desk', 'WHATSAPP_CLOUD', 'CONNECTED', now(), '{}', '{}', 1, 0, 0, 0)
"""
THREAD = """
    INSERT INTO device_threads (tenant_id, device_id, address, conversation_id, participant_id,
        contact_id)
    SELECT $1, $2, '+34612000001', c.id, (SELECT p.id FROM participants p
        WHERE p.conversation_id = c.id LIMIT 1), $3
    FROM conversations c WHERE c.tenant_id = $1
"""
MAKE = """
    mutation { createContact(input: {name: "Ana"}) { contact { id } } }
"""
ERASE = """
    mutation ($id: ID!) { eraseContact(input: {contactId: $id}) { userErrors { code } } }
"""


async def test_files_of_somebody_who_is_erased_leave_the_store(
    album: Album, archives: Archives
) -> None:
    tenant = album.caller.viewer.tenant_id
    owner = replace(album.caller, viewer=await archives.desk.make_user(tenant, Role.OWNER))
    key = (await owner.data(MAKE))["createContact"]["contact"]["id"]
    device = new_id()
    await archives.desk.owner.execute(DEVICE, tenant, device)
    contact = decode_id(IdType.CONTACT, key)
    await archives.desk.owner.execute(THREAD, tenant, device, contact)

    held = await owner.send("GET", f"/exports/contacts/{key}")
    assert held.headers["content-type"] == "application/x-ndjson"
    assert b"IMG-20240330-WA0001.jpg" in held.content
    assert (await album.caller.send("GET", f"/exports/contacts/{key}")).status_code == 403

    def kept() -> list[Path]:
        return [path for path in archives.files("media") if tenant.hex in str(path)]

    assert kept()
    assert (await owner.data(ERASE, id=key))["eraseContact"] == {"userErrors": []}
    assert kept() == []
    assert (await owner.send("GET", album.image["path"])).status_code == 404
