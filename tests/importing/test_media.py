"""Files beside a chat: told by their content, kept once, given back when something breaks."""

import io
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from importing.images import MAX_PIXELS, measure, thumbnail
from importing.media import UNKNOWN, media_type_of, sniff
from importing.media_store import DirectoryStore
from tests.importing.desk import START, Desk, line, talk


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 400)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form)
    return out.getvalue()


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b"\xff\xd8\xff\xe0JFIF", "a.txt", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "a.jpg", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "STK-1.webp", "image/webp"),
        (b"XXXX\x00\x00\x00\x00WEBPVP8 ", "STK-1.webp", UNKNOWN),
        (b"OggS\x00\x02", "PTT-1.opus", "audio/ogg"),
        (b"\x00\x00\x00\x18ftypmp42", "VID-1.mp4", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "AUD-1.m4a", "audio/mp4"),
        (b"%PDF-1.7", "plan", "application/pdf"),
        (b"PK\x03\x04", "a.docx", media_type_of("a.docx")),
        (b"PK\x03\x04", "a.jpg", "application/zip"),
        (b"<html><script>", "a.jpg", UNKNOWN),
        (b"<svg xmlns=", "a.svg", UNKNOWN),
        (b"hello", "a.txt", "text/plain"),
        (b"", "a.png", UNKNOWN),
    ],
)
def test_type_is_told_by_the_content(head: bytes, name: str, expected: str) -> None:
    assert sniff(head, name) == expected


def test_pictures_are_measured_and_made_small() -> None:
    for form in ("JPEG", "PNG", "GIF", "WEBP"):
        assert measure(io.BytesIO(picture(form))) == (640, 400)
        small = thumbnail(io.BytesIO(picture(form)))
        assert small is not None
        assert measure(io.BytesIO(small)) == (320, 200)


def test_a_bomb_and_a_broken_picture_have_no_thumbnail() -> None:
    side = int(MAX_PIXELS**0.5) + 10
    bomb = io.BytesIO()
    Image.new("1", (side, side)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 1_000_000
    assert thumbnail(bomb) is None
    assert thumbnail(io.BytesIO(picture()[:200])) is None
    assert measure(io.BytesIO(b"no picture")) is None


def test_one_content_is_kept_once(tmp_path: Path) -> None:
    store, tenant = DirectoryStore(tmp_path), uuid4()
    one = store.add(tenant, io.BytesIO(b"the same"))
    two = store.add(tenant, io.BytesIO(b"the same"))

    assert one == two
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    store.remove(tenant, one.digest.hex())
    store.remove(tenant, one.digest.hex())
    with pytest.raises(FileNotFoundError):
        store.open(tenant, one.digest.hex())


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        DirectoryStore(tmp_path).add(uuid4(), Broken())
    assert list(tmp_path.iterdir()) == []


async def test_an_import_keeps_the_files_that_its_messages_name(desk: Desk) -> None:
    store = DirectoryStore(desk.folder / "media")
    said = [
        line(START, "Ana", "IMG-20240330-WA0001.jpg (file attached)"),
        line(START, "Bob", "virus.jpg (file attached)"),
        line(START, "Bob", "gone.jpg (file attached)"),
        *talk(10),
    ]
    media = {
        "IMG-20240330-WA0001.jpg": picture(),
        "virus.jpg": b"<html><script>alert(1)</script>",
        "nobody-names-me.jpg": picture("PNG"),
    }

    done = await desk.bring(desk.pack(said, media), store=store)

    rows = {row["file_name"]: row for row in await desk.attachments(done.conversation_id)}
    assert done.media == 2
    image = rows["IMG-20240330-WA0001.jpg"]
    assert (image["media_type"], image["width"], image["height"]) == ("image/jpeg", 640, 400)
    assert image["size"] == len(picture())
    assert rows["virus.jpg"]["media_type"] == UNKNOWN
    assert rows["gone.jpg"]["sha256"] is None
    kept = [path for path in (desk.folder / "media").rglob("*") if path.is_file()]
    assert {path.name for path in kept} == {
        rows[name]["sha256"].hex() for name in ("IMG-20240330-WA0001.jpg", "virus.jpg")
    }
    assert desk.progress[-1].share == pytest.approx(1)


async def test_a_store_that_fails_leaves_no_files_without_a_row(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryStore(desk.folder / "media")
    said = [line(START, "Ana", "IMG-20240330-WA0001.jpg (file attached)"), *talk(10)]
    monkeypatch.setattr("importing.fetching._NAME", "SELECT 1/0")

    with pytest.raises(Exception, match=r"division|argument"):
        await desk.bring(desk.pack(said, {"IMG-20240330-WA0001.jpg": picture()}), store=store)

    assert [path for path in (desk.folder / "media").rglob("*") if path.is_file()] == []
    assert await desk.count("messages") == 11


async def test_a_damaged_file_is_counted_and_the_others_are_kept(desk: Desk) -> None:
    store = DirectoryStore(desk.folder / "media")
    names = ["IMG-20240330-WA0001.jpg", "IMG-20240330-WA0002.jpg"]
    said = [line(START, "Ana", f"{name} (file attached)") for name in names]
    path = desk.pack([*said, *talk(10)], {names[0]: picture(size=(50, 50)), names[1]: picture()})
    content = bytearray(path.read_bytes())
    at = content.index(names[0].encode()) + len(names[0]) + 5
    content[at : at + 20] = bytes(20)
    path.write_bytes(content)

    done = await desk.bring(path, store=store)

    assert (done.media, done.rejected) == (1, 1)
