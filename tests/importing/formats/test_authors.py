"""Where a name ends: separators in names, system lines with colons, unsaved senders."""

import io
from zoneinfo import ZoneInfo

import pytest

from importing.formats import authors as authors_module
from importing.formats.whatsapp import learn, read
from importing.records import ArchiveError, ErrorCode, Kind

UTC = ZoneInfo("UTC")


def read_lines(*rests: str, header: str = "13/06/2026, 21:05 - ") -> list[tuple[str | None, str]]:
    chat = io.BytesIO("".join(f"{header}{rest}\n" for rest in rests).encode())
    return [(m.author, m.body) for m in read(chat, learn(chat), UTC)]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ana - work", "Ana - work"),
        ("~ Carla", "~ Carla"),
        ("~\u202fCarla", "~ Carla"),
        ("\u202a+44\u00a07700\u00a0900123\u202c", "+44 7700 900123"),
        ("+44 7700\u2011900123", "+44 7700-900123"),
        ("\u200eAna", "Ana"),
        ('Robert "Bob" Smith', 'Robert "Bob" Smith'),
        ("Jean „Schorsch“ Meier", "Jean „Schorsch“ Meier"),
        ("王小明", "王小明"),
        ("👩\u200d👧 Mum", "👩\u200d👧 Mum"),
        ("10:30", "10:30"),
        ("<Ana>", "<Ana>"),
    ],
)
def test_names(written: str, name: str) -> None:
    assert read_lines(f"{written}: hi", "Bob: hello: you", f"{written}: bye - soon") == [
        (name, "hi"),
        ("Bob", "hello: you"),
        (name, "bye - soon"),
    ]


def test_name_with_the_separator_in_it() -> None:
    """Only the whole chat tells: everything Dr seems to write starts with `Smith: `."""
    assert read_lines(
        "Dr: Smith: one", "Ana: so: what", "Dr: Smith: two: 2", "Dr: Smith: three"
    ) == [
        ("Dr: Smith", "one"),
        ("Ana", "so: what"),
        ("Dr: Smith", "two: 2"),
        ("Dr: Smith", "three"),
    ]


def test_label_that_others_use_too_is_no_part_of_a_name() -> None:
    said = [("Ana", "todo: one"), ("Ana", "todo: two"), ("Ana", "todo: three"), ("Bob", "todo: x")]
    assert read_lines(*(f"{author}: {body}" for author, body in said)) == said


def test_label_of_one_text_only_is_no_part_of_a_name() -> None:
    assert read_lines(*["Ana: note: bring water"] * 3) == [("Ana", "note: bring water")] * 3


@pytest.mark.parametrize(
    "notice",
    [
        'Ada changed the subject to "Friday: drinks"',
        'Ada changed the subject from "Thu: tea" to "Friday: drinks"',
        "Ada changed the subject to “Friday: drinks”",
        "Ada hat den Betreff von „Do: Tee“ zu „Fr: Bier“ geändert",
        "Ada a changé l’objet de « Jeudi: thé » en « Vendredi: bière »",
        "Ada cambió el asunto de Jueves: té a Viernes: vino",
        "アダさんがグループ名を「金曜: 飲み会」に変更しました",
        "You created group “Trip: Rome”",
        "Ada added Bob",
        "Messages and calls are end-to-end encrypted. Learn more: https://example.com",
        f"{'x' * 120}: too long for a name",
    ],
)
def test_system_lines_with_colons(notice: str) -> None:
    assert read_lines("Ada: hi", notice, "Ada: bye") == [
        ("Ada", "hi"),
        (None, notice),
        ("Ada", "bye"),
    ]


def test_newer_iphones_name_the_group_as_author_of_a_notice() -> None:
    text = (
        "[13.06.26, 21:00:10] Trip: \u200eAna added you\n"
        "[13.06.26, 21:05:07] Ana: hi\n"
        "[13.06.26, 21:06:07] Ana: \u200eAna changed the group name to “Friday: drinks”\n"
    )
    chat = io.BytesIO(text.encode())
    assert [(m.author, m.body, m.kind) for m in read(chat, learn(chat), UTC)] == [
        ("Trip", "Ana added you", Kind.NOTICE),
        ("Ana", "hi", Kind.TEXT),
        ("Ana", "Ana changed the group name to “Friday: drinks”", Kind.NOTICE),
    ]


def test_empty_body_whose_space_an_editor_cut() -> None:
    assert read_lines("Ana: hi", "Ana:", "Bob: yes") == [("Ana", "hi"), ("Ana", ""), ("Bob", "yes")]


def test_message_that_starts_with_an_empty_line() -> None:
    assert read_lines("Ana: hi", "Ana: \nbelow") == [("Ana", "hi"), ("Ana", "\nbelow")]


def test_notice_of_several_lines() -> None:
    rests = "Ana: hi", "Ana changed the group description\nNew: rules\nApply: now"
    assert read_lines(*rests) == [("Ana", "hi"), (None, rests[1])]


def test_too_many_authors_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authors_module, "MAX_AUTHORS", 10)
    with pytest.raises(ArchiveError) as caught:
        read_lines(*(f"Author {number}: hi" for number in range(11)))
    assert caught.value.code is ErrorCode.TOO_MANY_AUTHORS
