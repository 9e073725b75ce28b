"""The phrase files: each can be read, says what it should, and no two contradict."""

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable

import pytest

from importing.formats.phrasebook import phrasebook, plain
from importing.records import DayPart, Kind

FILES = sorted(
    (resources.files("importing.formats") / "phrases").iterdir(), key=lambda file: file.name
)
KEYS = {
    "language",
    "titles",
    "attached",
    "edited",
    "deleted",
    "deleted_by",
    "notices",
    "notice_parts",
    "omitted",
    "clock",
}


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_file_is_well_formed(file: Traversable) -> None:
    language = tomllib.loads(file.read_text("utf-8"))
    assert file.name.endswith(".toml")
    assert language["language"]
    assert set(language) <= KEYS
    assert all("{name}" in title for title in language.get("titles", ()))
    assert {Kind(kind.upper()) for kind in language.get("omitted", {})} <= set(Kind)
    assert {DayPart(part) for part in language.get("clock", {})} <= set(DayPart)


def test_no_phrase_means_two_things() -> None:
    phrases = phrasebook()
    deleted, notices, omitted = phrases.deleted, phrases.notices, set(phrases.omitted)
    assert not deleted & notices
    assert not deleted & omitted
    assert not notices & omitted
    assert not phrases.edited & phrases.attached


def test_phrases_are_compared_without_case_marks_and_brackets() -> None:
    assert plain("\u200e<Media\u00a0omitted>") == plain("media omitted.") == "media omitted"


def test_whole_texts_are_known_as_written() -> None:
    alone = phrasebook().alone
    assert {"This message was deleted.", "Image omitted", "image omitted", "null"} <= alone
