"""The phrase files: each can be read, says what it should, and no two contradict."""

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import pytest

from importing.detection import DayPart
from importing.formats.bodies import Body, BodyReader
from importing.formats.phrasebook import phrasebook, plain
from importing.records import Kind

FILES = sorted(
    (resources.files("importing.formats") / "phrases").iterdir(), key=lambda file: file.name
)
ONLY_CLOCKS = {"am", "mr", "pa", "sq", "ta"}
"""Languages of which nobody has collected more than the words of the clock."""
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
    language = language_of(file)
    assert file.name.endswith(".toml")
    assert language["language"]
    assert set(language) <= KEYS
    assert all("{name}" in title for title in language.get("titles", ()))
    assert {Kind(kind.upper()) for kind in language.get("omitted", {})} <= set(Kind)
    assert {DayPart(part) for part in language.get("clock", {})} <= set(DayPart)


def language_of(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_every_phrase_is_read_as_what_its_file_says(file: Traversable) -> None:
    language = language_of(file)
    android, iphone = BodyReader((), placeholders=True), BodyReader((), placeholders=False)
    for name, phrases in language.get("omitted", {}).items():
        for phrase in phrases:
            assert iphone.read(f"\u200e{phrase}").kind is Kind(name.upper()), phrase
            assert android.read(f"<{phrase}>").kind is Kind(name.upper()), phrase
    for phrase in [*language.get("deleted", ()), *language.get("deleted_by", ())]:
        assert iphone.read(f"\u200e{phrase}.") == Body("", Kind.DELETED), phrase
    for phrase in language.get("notices", ()):
        assert android.read(phrase).kind is Kind.NOTICE, phrase
    for label in language.get("attached", ()):
        file_body = Body("a caption", Kind.IMAGE, "photo.jpg")
        assert android.read(f"photo.jpg ({label})\na caption") == file_body, label
        assert iphone.read(f"a caption \u200e<{label}: photo.jpg>") == file_body, label
    for mark in language.get("edited", ()):
        assert iphone.read(f"better <{mark}>") == Body("better", edited=True), mark


def test_languages_say_all_that_matters() -> None:
    essential = {"titles", "attached", "edited", "deleted", "omitted"}
    incomplete = {file.name for file in FILES if not essential <= set(language_of(file))}
    assert incomplete == {f"{name}.toml" for name in ONLY_CLOCKS}


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
