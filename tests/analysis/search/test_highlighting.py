"""Where the words of a query stand in a text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.emoji import EMOJI
from analysis.search.highlighting import highlights
from analysis.search.language import parse
from analysis.search.phrases import phrase_of


def marked(body: str, query: str) -> list[str]:
    found = highlights(body, parse(query).wanted_phrases())
    return [body[each.start : each.end] for each in found]


@pytest.mark.parametrize(
    ("body", "query", "expected"),
    [
        ("Pizza tonight, pizza tomorrow", "PIZZA", ["Pizza", "pizza"]),
        ("the Café", "cafe", ["Café"]),
        ("Straße 5", "strasse", ["Straße"]),
        ("👩‍👩‍👧 hi 🙂 hi", "hi", ["hi", "hi"]),
        ("cafe\u0301 au lait", "café", ["cafe\u0301"]),
        ("a b c", '"a b" -c', ["a", "b"]),
        ("b a b", '"a b"', ["a", "b"]),
        ("snake_case word", "case", ["case"]),
        ("東京タワー", "京タワ", ["京タワ"]),
        ("ながい東", "東", ["東"]),
        ("パーティー", "ハーティー", []),
        ("日本語とภาษาไทย", "ภาษา", ["ภาษา"]),
        ("か\u3099んば", "がん", ["か\u3099ん"]),
        ("pizza pizzeria", "pizz*", ["pizza", "pizzeria"]),
        ("x OR y", "x OR y", ["x", "y"]),
        ("👍🏽 ok", "👍", ["👍🏽"]),
        ("my 👩‍👩‍👧 here", "👩", ["👩‍👩‍👧"]),
        ("hola 🇪🇸!", "🇸", ["🇪🇸"]),
        ("floor 1️⃣", "1", ["1️⃣"]),
        ("❤️‍🔥 yes", "🔥", ["❤️‍🔥"]),
    ],
)
def test_ranges_mark_the_words(body: str, query: str, expected: list[str]) -> None:
    assert marked(body, query) == expected


@given(st.text(max_size=80), st.text(max_size=20))
def test_ranges_lie_within_the_text_in_order(body: str, query: str) -> None:
    found = highlights(body, [phrase_of(query)])
    for each in found:
        assert 0 <= each.start < each.end <= len(body)
    for one, next_one in pairwise(found):
        assert one.end < next_one.start


@given(st.lists(st.sampled_from("👩👧🏽‍️❤🔥🇪🇸1⃣aé ")).map("".join))
def test_no_range_ends_within_an_emoji(body: str) -> None:
    inside = {at for found in EMOJI.finditer(body) for at in range(found.start() + 1, found.end())}
    for each in highlights(body, [phrase_of(character) for character in body]):
        assert inside.isdisjoint((each.start, each.end))


@given(st.text(min_size=1, max_size=30), st.text(max_size=10), st.text(max_size=10))
def test_a_text_contains_its_own_words(text: str, before: str, behind: str) -> None:
    phrase = phrase_of(text)
    found = highlights(f"{before} {text} {behind}", [phrase])
    assert bool(found) == bool(phrase)
