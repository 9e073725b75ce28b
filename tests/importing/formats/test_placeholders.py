"""Media left out, in a language that nobody has collected: a rule stands behind the phrases."""

import io
from datetime import UTC

import pytest

from importing.formats.whatsapp import learn, read
from importing.records import Kind

LRM = "\u200e"


def kinds_of(*said: tuple[str, str], header: str = "[13/06/2026, 21:05:07] ") -> list[Kind]:
    """What the bodies of a chat are, by author."""
    chat = io.BytesIO("".join(f"{header}{who}: {body}\n" for who, body in said).encode())
    return [message.kind for message in read(chat, learn(chat), UTC)]


def test_what_several_people_sent_is_media() -> None:
    said = [(who, f"{LRM}picha imeachwa") for who in ("Ana", "Bob", "Ana")]
    assert kinds_of(("Ana", "habari"), *said) == [Kind.TEXT, *[Kind.MEDIA] * 3]


@pytest.mark.parametrize(
    "said",
    [
        [("Trip", "Ana aliondoka")] * 5,
        [("Ana", "Ujumbe huu ulifutwa."), ("Bob", "Ujumbe huu ulifutwa.")] * 3,
        [("Ana", "Bob alikuongeza kwenye kikundi hiki leo"), ("Bob", "Ana alikuongeza")] * 3,
        [("Ana", "Missed voice call"), ("Bob", "Missed voice call")] * 3,
        [("Ana", "picha imeachwa"), ("Bob", "video imeachwa")],
    ],
    ids=["one author", "a sentence", "names", "a known notice", "not often"],
)
def test_notices_stay_notices(said: list[tuple[str, str]]) -> None:
    marked = [(who, f"{LRM}{body}") for who, body in said]
    assert set(kinds_of(("Ana", "habari"), *marked)) == {Kind.TEXT, Kind.NOTICE}


def test_what_people_write_stays_text() -> None:
    assert set(kinds_of(*[(who, "sawa sawa") for who in ("Ana", "Bob")] * 5)) == {Kind.TEXT}


def test_android_needs_no_evidence() -> None:
    said = [("Ana", "habari"), ("Ana", "<Picha imeachwa>")]
    assert kinds_of(*said, header="13/06/2026, 21:05 - ") == [Kind.TEXT, Kind.MEDIA]
