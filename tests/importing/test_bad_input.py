"""Files that mean no good, through the worker: a clear error or a counted line, no half import."""

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from importing.media_store import DirectoryStore
from importing.records import ErrorCode
from importing.uploads import UploadFolder
from models.imports import ImportStatus
from tests.importing.desk import START, Desk, line, talk
from tests.importing.test_jobs import Counter

CHAT = "\n".join(talk(20)) + "\n"
PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + bytes(range(256)) * 40 + b"\xff\xd9"
"""It is called .txt."""


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], chat: str = "_chat.txt") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(chat, CHAT)
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def link() -> zipfile.ZipInfo:
    found = zipfile.ZipInfo("link.jpg")
    found.external_attr = (stat.S_IFLNK | 0o777) << 16
    return found


def encrypted() -> bytes:
    content = bytearray(packed())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return packed(("a.jpg", b"1"), ("a.jpg", b"2"))


@pytest.fixture
def counter(desk: Desk, tmp_path: Path) -> Counter:
    uploads = UploadFolder(tmp_path / "uploads", limit=500_000_000)
    return Counter(desk, uploads, DirectoryStore(tmp_path / "media"))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: packed(("../../etc/passwd", b"x")), ErrorCode.UNSAFE_NAME),
        (lambda: packed(("/etc/passwd", b"x")), ErrorCode.UNSAFE_NAME),
        (lambda: packed((link(), b"/etc/passwd")), ErrorCode.UNSAFE_NAME),
        (lambda: packed(("bomb.jpg", bytes(50_000_000))), ErrorCode.ZIP_BOMB),
        (encrypted, ErrorCode.ENCRYPTED_ZIP),
        (twice, ErrorCode.DUPLICATE_NAME),
        (lambda: packed()[:-60], ErrorCode.BROKEN_ZIP),
        (lambda: packed(chat="inner.zip"), ErrorCode.NO_CHAT_IN_ARCHIVE),
        (lambda: b"", ErrorCode.EMPTY_FILE),
        (lambda: bytes(5_000), ErrorCode.EMPTY_FILE),
        (lambda: PICTURE, ErrorCode.NOT_A_CHAT),
        (lambda: CHAT.replace("message", "mänß").encode("cp1252"), ErrorCode.BAD_ENCODING),
        (lambda: bytes(range(1, 256)) * 2_000, ErrorCode.NOT_A_CHAT),
        (lambda: b'{"parley":"conversation","version":9}', ErrorCode.NOT_A_CHAT),
    ],
    ids=[
        *("up", "absolute", "link", "bomb", "encrypted", "twice", "cut", "nested"),
        *("empty", "only NULs", "a picture", "latin", "noise", "another version"),
    ],
)
async def test_what_is_no_chat_leaves_an_error_and_nothing_else(
    counter: Counter, make: Callable[[], bytes], code: ErrorCode
) -> None:
    key = await counter.hand_in(make())

    await counter.worker().run_once()

    row = await counter.row(key)
    assert (row["status"], row["error_code"]) == (ImportStatus.FAILED, code)
    assert await counter.desk.count("messages") == 0
    assert await counter.desk.count("conversations") == 0
    assert not counter.kept(key)
    assert not list((counter.uploads.root.parent / "media").glob("**/*"))


@pytest.mark.parametrize(
    ("content", "added", "rejected"),
    [
        (CHAT.encode("utf-16"), 20, 0),
        (CHAT.encode() + b"\x00\x00", 20, 0),
        (CHAT.replace("message 3", "m\0essage 3").encode(), 20, 0),
        (CHAT.encode().replace(b"message 3", b"message \xff"), 20, 0),
        (CHAT.encode() + line(START, "Ana", "x").replace("30/03", "31/02").encode(), 20, 1),
        (("\n".join(reversed(talk(20))) + "\n").encode(), 20, 0),
        (packed(("inner.zip", packed()), ("inner/_chat.zip", b"PK")), 20, 0),
    ],
    ids=["utf-16", "nul", "nul within", "no utf-8", "31/02", "backwards", "a zip beside it"],
)
async def test_what_can_be_read_is_read(
    counter: Counter, content: bytes, added: int, rejected: int
) -> None:
    key = await counter.hand_in(content)

    await counter.worker().run_once()

    row = await counter.row(key)
    assert (row["status"], row["added"], row["rejected"]) == (
        ImportStatus.COMPLETED,
        added,
        rejected,
    )
    assert await counter.desk.count("messages") == added


async def test_one_endless_line_is_cut_or_refused(counter: Counter) -> None:
    content = CHAT.encode() + line(START, "Ana", "x" * 30_000_000).encode()
    key = await counter.hand_in(content)

    await counter.worker().run_once()

    row = await counter.row(key)
    assert row["status"] == ImportStatus.COMPLETED
    longest = await counter.desk.owner.fetchval(
        "SELECT max(length(body)) FROM messages WHERE import_id = $1", key
    )
    assert longest < 1_000_000
