"""The demo chat in the repository is what its script writes, and reads back whole."""

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

from app.demo import write_family
from importing.archive import open_archive
from importing.detection import DateOrder
from importing.formats.whatsapp import learn, read
from importing.records import Kind, Report


def test_committed_file_is_what_the_script_writes() -> None:
    assert write_family.OUTPUT.read_text("utf-8") == write_family.family_chat()


def test_family_chat_reads_back_whole() -> None:
    report = Report()
    with open_archive(write_family.OUTPUT) as archive, archive.open_chat() as chat:
        assert archive.title == "Lindner family"
        detection = learn(chat)
        messages = list(read(chat, detection, ZoneInfo("Europe/Berlin"), report=report))

    lines = write_family.Writer(write_family.SEED).chat(write_family.read_scenes())
    assert detection.evidence.order is DateOrder.DAY_FIRST
    assert [(m.sent_at.replace(tzinfo=None), m.author) for m in messages] == [
        (line.sent_at.replace(second=0), line.author) for line in lines
    ]
    assert (report.rejected_count, report.ambiguous_count) == (0, 0)
    assert len(messages) == report.messages == 1899
    assert report.kinds == Counter(
        {
            Kind.TEXT: 1777,
            Kind.IMAGE: 62,
            Kind.MEDIA: 25,
            Kind.NOTICE: 10,
            Kind.LOCATION: 8,
            Kind.DELETED: 6,
            Kind.CONTACT: 6,
            Kind.DOCUMENT: 5,
        }
    )
    assert set(report.authors) == {
        "Maya",
        "Jonas",
        "Leo",
        "Oma Helga",
        "Abuela Carmen",
        "Yuki",
        "Samir",
    }


def test_no_message_is_repeated_too_often() -> None:
    texts = Counter(
        line.text
        for line in write_family.Writer(write_family.SEED).chat(write_family.read_scenes())
    )
    often = {text for text, count in texts.items() if count > 5}
    assert often <= {"<Media omitted>", "This message was deleted"}


def test_scenes_are_packaged_beside_the_script() -> None:
    assert (Path(write_family.__file__).parent / "scenes" / "slots.toml").is_file()
