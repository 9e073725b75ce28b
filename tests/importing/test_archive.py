"""Opening archives: the real one, titles, which text is the chat, and what is refused."""

import io
import random
import stat
import struct
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from importing.archive import Archive, open_archive
from importing.detection import DateOrder
from importing.formats.whatsapp import learn, read
from importing.records import (
    ArchiveError,
    ArchiveMessage,
    ErrorCode,
    Kind,
    Poll,
    PollOption,
    Report,
)
from importing.zipsafety import Limits

SAMPLE = Path(__file__).parents[1] / "samples" / "whatsapp-ios-export.zip"
ROME = ZoneInfo("Europe/Rome")
CHAT = "[13/06/2026, 21:05:07] Ana: hi\n"
PHOTO = "00000042-PHOTO-2026-06-13-21-05-07.jpg"


def make_zip(
    path: Path, *files: tuple[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED
) -> Path:
    with zipfile.ZipFile(path, "w", compression) as zipped:
        for name, content in files:
            zipped.writestr(name, content)
    return path


def refused(path: Path, limits: Limits | None = None) -> ErrorCode:
    with pytest.raises(ArchiveError) as caught:
        open_archive(path, limits)
    assert caught.value.message.endswith((".", "first."))
    return caught.value.code


def read_all(archive: Archive, report: Report | None = None) -> list[ArchiveMessage]:
    with archive.open_chat() as chat:
        return list(read(chat, learn(chat), ROME, archive.members, report))


class TestSample:
    """A real export, from the project that `tests/samples/README.md` names."""

    def test_files(self) -> None:
        with open_archive(SAMPLE) as archive:
            assert archive.members == {
                "00000001-PHOTO-2019-06-20-16-00-15.jpg": 146284,
                "00000002-VIDEO-2019-06-20-16-01-42.mp4": 64825,
                "00000003-AUDIO-2019-06-20-16-03-55.mp3": 240325,
                "00000004-whatsapp-chat-parser-example.zip": 2721,
            }
            assert archive.chat_size == 3537
            assert archive.title == "whatsapp-ios-export"
            with archive.open_member("00000001-PHOTO-2019-06-20-16-00-15.jpg") as photo:
                content = photo.read()
            assert content[:3] == b"\xff\xd8\xff"
            assert len(content) == 146284

    def test_detection(self) -> None:
        with open_archive(SAMPLE) as archive, archive.open_chat() as chat:
            detection = learn(chat)
        assert detection.evidence.order is DateOrder.DAY_FIRST
        assert detection.evidence.describe() == "day 20 at line 1"
        assert detection.describe() == "[d.mm.yy, h:mm:ss] author: text"

    def test_counts(self) -> None:
        report = Report()
        with open_archive(SAMPLE) as archive:
            read_all(archive, report)
        assert report.messages == 52
        assert report.lines == 62
        assert report.authors == Counter(Loris=29, John=12, Emily=7)
        assert report.kinds == {
            Kind.TEXT: 43,
            Kind.NOTICE: 4,
            Kind.IMAGE: 1,
            Kind.VIDEO: 1,
            Kind.AUDIO: 1,
            Kind.DOCUMENT: 1,
            Kind.POLL: 1,
        }
        assert (report.rejected_count, report.ambiguous_count, report.unreadable) == (0, 0, 0)
        assert report.first_at == datetime(2019, 6, 20, 15, 58, 47, tzinfo=ROME)
        assert report.last_at == datetime(2019, 6, 20, 16, 45, 28, tzinfo=ROME)

    def test_messages(self) -> None:
        with open_archive(SAMPLE) as archive:
            messages = {message.line: message for message in read_all(archive)}

        assert messages[2] == ArchiveMessage(
            2,
            datetime(2019, 6, 20, 15, 58, 47, tzinfo=ROME),
            None,
            "Loris created group “WhatsApp Chat Parser Example”",
            Kind.NOTICE,
        )
        assert messages[5].body == "Hey 👋"
        assert messages[16] == ArchiveMessage(
            16,
            datetime(2019, 6, 20, 16, 0, 15, tzinfo=ROME),
            "Loris",
            "",
            Kind.IMAGE,
            "00000001-PHOTO-2019-06-20-16-00-15.jpg",
        )
        assert messages[24].body == "Come on...\ndon't be so mysterious and show us!"
        assert messages[32].attachment == "00000004-whatsapp-chat-parser-example.zip"
        assert messages[32].kind is Kind.DOCUMENT
        assert messages[34].kind is Kind.TEXT
        assert "via <img>, <video> or <audio> it" in messages[34].body
        assert messages[48].details == Poll(
            "When can we meet?",
            (
                PollOption("Thursday 15 evening", 2),
                PollOption("Friday 16 afternoon", 1),
                PollOption("Friday 16 evening", 2),
                PollOption("Saturday 17 afternoon", 3),
                PollOption("Saturday 17 evening", 3),
            ),
        )
        assert messages[60].body.endswith("whatsapp-chat-parser-website")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("WhatsApp Chat with Ana García.txt", "Ana García"),
        ("WhatsApp Chat - Trip to Rome.txt", "Trip to Rome"),
        ("WhatsApp Chat with Ana (1).txt", "Ana"),
        ("WhatsApp_Chat_with_Ana_García.txt", "Ana García"),
        ("Chat de WhatsApp con Ana.txt", "Ana"),
        ("WhatsApp-Chat mit Familie Müller.txt", "Familie Müller"),
        ("Conversa do WhatsApp com Ana.txt", "Ana"),
        ("Discussion WhatsApp avec Ana.txt", "Ana"),
        ("与小明的 WhatsApp 聊天.txt", "小明"),
        ("holiday_2026.txt", "holiday 2026"),
        ("_chat.txt", "chat"),
    ],
)
def test_titles(tmp_path: Path, name: str, title: str) -> None:
    path = tmp_path / name
    path.write_text(CHAT, "utf-8")
    with open_archive(path) as archive:
        assert archive.title == title
        assert archive.members == {}
        assert archive.chat_size == len(CHAT)
        assert [m.body for m in read_all(archive)] == ["hi"]


def test_title_of_a_zip_may_be_in_the_text_inside(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "upload-77.zip", ("WhatsApp Chat with Ana.txt", CHAT))
    with open_archive(path) as archive:
        assert archive.title == "Ana"


@pytest.mark.parametrize(
    ("files", "chat"),
    [
        ({"_chat.txt": CHAT, "00000003-my chat notes.txt": CHAT * 9}, "_chat.txt"),
        ({"WhatsApp Chat with Ana.txt": CHAT, "log.txt": CHAT * 9}, "WhatsApp Chat with Ana.txt"),
        ({"chat rules.txt": "no dates", "export.txt": CHAT}, "export.txt"),
        ({"a.txt": CHAT, "b.txt": CHAT * 3}, "b.txt"),
        ({"WhatsApp Chat - Ana/_chat.txt": CHAT, "__MACOSX/._chat.txt": "x"}, "_chat.txt"),
    ],
)
def test_which_text_is_the_chat(tmp_path: Path, files: dict[str, str], chat: str) -> None:
    marked = {name: text.replace("hi", name.rpartition("/")[2]) for name, text in files.items()}
    with open_archive(make_zip(tmp_path / "a.zip", *marked.items())) as archive:
        assert {message.body for message in read_all(archive)} == {chat}


def test_members_are_called_as_in_the_chat(tmp_path: Path) -> None:
    chat = f"{CHAT}[13/06/2026, 21:06:07] Ana: <some label: 00000043-Pièce.pdf>\n"
    path = make_zip(
        tmp_path / "a.zip",
        ("WhatsApp Chat - Ana/_chat.txt", chat),
        (f"WhatsApp Chat - Ana/{PHOTO}", b"jpeg"),
        ("WhatsApp Chat - Ana/00000043-Pie\u0300ce.pdf", b"pdf"),
        ("WhatsApp Chat - Ana/.DS_Store", b"junk"),
        ("__MACOSX/WhatsApp Chat - Ana/._00000042-PHOTO-2026-06-13-21-05-07.jpg", b"junk"),
    )
    with open_archive(path) as archive:
        assert archive.members == {PHOTO: 4, "00000043-Pièce.pdf": 3}
        assert read_all(archive)[1].attachment == "00000043-Pièce.pdf"
        with archive.open_member(PHOTO) as photo:
            assert photo.read() == b"jpeg"


def test_names_in_utf_8_that_a_mac_does_not_declare(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as zipped:
        zipped.writestr("_chat.txt", CHAT)
        zipped.writestr("00000043-Übung.pdf", b"pdf")
    # Clear the flag that says UTF-8, in the file's own header and in the directory.
    raw = bytearray(data.getvalue())
    local = raw.rindex(b"PK\x03\x04")
    listed = raw.rindex(b"PK\x01\x02")
    raw[local + 7] = raw[listed + 9] = 0
    path = tmp_path / "a.zip"
    path.write_bytes(raw)
    with open_archive(path) as archive:
        assert list(archive.members) == ["00000043-Übung.pdf"]


def test_stream_can_be_opened_twice_and_rewound(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT * 9000))
    with open_archive(path) as archive, archive.open_chat() as one, archive.open_chat() as two:
        content = one.read()
        assert two.read(10) == content[:10]
        assert one.seek(0) == 0
        assert one.read() == content == (CHAT * 9000).encode()


def test_a_member_that_is_not_there(tmp_path: Path) -> None:
    for path in (make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT)), tmp_path / "a.txt"):
        path.exists() or path.write_text(CHAT)
        with open_archive(path) as archive, pytest.raises(ArchiveError) as caught:
            archive.open_member(PHOTO)
        assert caught.value.code is ErrorCode.NO_SUCH_MEMBER


class TestRefused:
    def test_empty_file(self, tmp_path: Path) -> None:
        path = tmp_path / "chat.txt"
        path.touch()
        assert refused(path) is ErrorCode.EMPTY_FILE

    def test_zip_in_name_only(self, tmp_path: Path) -> None:
        path = tmp_path / "chat.zip"
        path.write_text(CHAT)
        assert refused(path) is ErrorCode.BROKEN_ZIP

    def test_too_large_a_text(self, tmp_path: Path) -> None:
        path = tmp_path / "chat.txt"
        path.write_text(CHAT)
        assert refused(path, Limits(chat_bytes=5)) is ErrorCode.TOO_LARGE

    @pytest.mark.parametrize("keep", [4, 30, 1000, -1, -23])
    def test_truncated_zip(self, tmp_path: Path, keep: int) -> None:
        path = tmp_path / "chat.zip"
        path.write_bytes(SAMPLE.read_bytes()[:keep])
        assert refused(path) is ErrorCode.BROKEN_ZIP

    def test_zip_without_a_text(self, tmp_path: Path) -> None:
        path = make_zip(tmp_path / "a.zip", (PHOTO, b"jpeg"))
        assert refused(path) is ErrorCode.NO_CHAT_IN_ARCHIVE

    def test_empty_zip(self, tmp_path: Path) -> None:
        assert refused(make_zip(tmp_path / "a.zip")) is ErrorCode.NO_CHAT_IN_ARCHIVE

    def test_zip_in_a_zip_is_not_opened(self, tmp_path: Path) -> None:
        inner = make_zip(tmp_path / "inner.zip", ("_chat.txt", CHAT)).read_bytes()
        path = make_zip(tmp_path / "a.zip", ("WhatsApp Chat - Ana.zip", inner))
        assert refused(path) is ErrorCode.NO_CHAT_IN_ARCHIVE

    @pytest.mark.parametrize(
        "name",
        [
            "../evil.txt",
            "a/../../evil.txt",
            "/etc/passwd",
            "C:/evil.txt",
            "c:evil.txt",
            "a\\..\\evil.txt",
            "line\nbreak.txt",
            "..",
        ],
    )
    def test_unsafe_name(self, tmp_path: Path, name: str) -> None:
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT), (name, "x"))
        assert refused(path) is ErrorCode.UNSAFE_NAME

    @pytest.mark.parametrize("name", [b"a.jpg\0.txt", b"\0.jpgX.txt"])
    def test_nul_in_a_name(self, tmp_path: Path, name: bytes) -> None:
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT), ("a.jpgX.txt", "x"))
        path.write_bytes(path.read_bytes().replace(b"a.jpgX.txt", name))
        assert refused(path) is ErrorCode.UNSAFE_NAME

    def test_dots_in_a_name_are_safe(self, tmp_path: Path) -> None:
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT), ("00000001-what....pdf", "x"))
        with open_archive(path) as archive:
            assert "00000001-what....pdf" in archive.members

    def test_symbolic_link(self, tmp_path: Path) -> None:
        link = zipfile.ZipInfo("00000001-PHOTO.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.writestr("_chat.txt", CHAT)
            zipped.writestr(link, "/etc/passwd")
        assert refused(path) is ErrorCode.UNSAFE_NAME

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_duplicate_names(self, tmp_path: Path) -> None:
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT), ("a.jpg", "x"), ("a.jpg", "y"))
        assert refused(path) is ErrorCode.DUPLICATE_NAME

    def test_encrypted_zip(self, tmp_path: Path) -> None:
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT))
        raw = bytearray(path.read_bytes())
        raw[6] |= 1
        raw[raw.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(raw)
        assert refused(path) is ErrorCode.ENCRYPTED_ZIP

    def test_uncommon_compression(self, tmp_path: Path) -> None:
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT), compression=zipfile.ZIP_LZMA)
        assert refused(path) is ErrorCode.UNSUPPORTED_ZIP

    def test_one_file_packed_like_a_bomb(self, tmp_path: Path) -> None:
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT), ("a.jpg", bytes(4 << 20)))
        assert refused(path) is ErrorCode.ZIP_BOMB

    def test_files_that_share_their_bytes(self, tmp_path: Path) -> None:
        """A directory may list the same packed bytes again and again."""
        path = tmp_path / "a.zip"
        random_bytes = random.Random(1).randbytes(900_000)
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as zipped:
            zipped.writestr("_chat.txt", CHAT)
            zipped.writestr("a0000.jpg", random_bytes)
        raw = data.getvalue()
        entry = raw[raw.rindex(b"PK\x01\x02") : raw.index(b"PK\x05\x06")]
        start, end = raw[: raw.index(b"PK\x05\x06")], bytearray(raw[raw.index(b"PK\x05\x06") :])
        copies = [entry.replace(b"a0000", f"a{number:04}".encode()) for number in range(1, 150)]
        added = b"".join(copies)
        struct.pack_into(
            "<HHI", end, 8, 151, 151, struct.unpack_from("<I", end, 12)[0] + len(added)
        )
        path.write_bytes(start + added + end)
        assert refused(path) is ErrorCode.ZIP_BOMB

    def test_too_many_files(self, tmp_path: Path) -> None:
        files = [(f"{number}.jpg", b"") for number in range(20)]
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT), *files)
        assert refused(path, Limits(members=20)) is ErrorCode.ZIP_BOMB

    def test_too_much_in_all(self, tmp_path: Path) -> None:
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT), (PHOTO, b"x" * 99))
        assert refused(path, Limits(total_bytes=99)) is ErrorCode.ZIP_BOMB
        assert refused(path, Limits(chat_bytes=9)) is ErrorCode.ZIP_BOMB

    def test_directory_that_would_fill_the_memory(self, tmp_path: Path) -> None:
        path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT))
        raw = bytearray(path.read_bytes())
        struct.pack_into("<I", raw, raw.index(b"PK\x05\x06") + 12, 1 << 30)
        path.write_bytes(raw)
        assert refused(path) is ErrorCode.ZIP_BOMB


def test_damage_inside_shows_when_it_is_read(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT * 20_000), (PHOTO, b"jpeg" * 999))
    raw = bytearray(path.read_bytes())
    raw[900:910] = b"\xff" * 10
    path.write_bytes(raw)
    with pytest.raises(ArchiveError) as caught, open_archive(path) as archive:
        read_all(archive)
    assert caught.value.code is ErrorCode.BROKEN_ZIP


def test_size_that_lies_does_not_read_on(tmp_path: Path) -> None:
    """The directory says 31 bytes; the packed data holds a megabyte."""
    path = make_zip(tmp_path / "a.zip", ("_chat.txt", CHAT * 30_000))
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.index(b"PK\x01\x02") + 24, len(CHAT))
    path.write_bytes(raw)
    with pytest.raises(ArchiveError) as caught, open_archive(path) as archive:
        read_all(archive)
    assert caught.value.code is ErrorCode.BROKEN_ZIP


def test_damaged_zips_never_raise_anything_else(tmp_path: Path) -> None:
    original = make_zip(
        tmp_path / "a.zip", ("_chat.txt", CHAT * 50), (PHOTO, b"x" * 50)
    ).read_bytes()
    source = random.Random(7)
    path = tmp_path / "b.zip"
    for _ in range(400):
        raw = bytearray(original)
        for _ in range(source.randint(1, 6)):
            raw[source.randrange(4, len(raw))] = source.randrange(256)
        path.write_bytes(raw)
        try:
            with open_archive(path) as archive:
                read_all(archive)
                for name in archive.members:
                    with archive.open_member(name) as member:
                        member.read()
        except ArchiveError as error:
            assert error.code in ErrorCode
