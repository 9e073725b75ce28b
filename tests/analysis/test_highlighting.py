"""Where the words of a query stand in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.highlighting import highlights, wanted_words, web_query


def marked(body: str, query: str) -> list[str]:
    return [body[found.start : found.end] for found in highlights(body, wanted_words(query))]


@pytest.mark.parametrize(
    ("body", "query", "expected"),
    [
        ("Pizza tonight, pizza tomorrow", "PIZZA", ["Pizza", "pizza"]),
        ("the Café", "cafe", ["Café"]),
        ("Straße 5", "strasse", ["Straße"]),
        ("👩‍👩‍👧 hi 🙂 hi", "hi", ["hi", "hi"]),
        ("cafe\u0301 au lait", "café", ["cafe\u0301"]),
        ("a b c", '"a b" -c', ["a", "b"]),
        ("snake_case word", "case", ["case"]),
        ("nothing here", "-nothing", []),
        ("東京タワー", "東京タワー", ["東京タワー"]),
        ("or and OR", "or OR and", ["and"]),
    ],
)
def test_ranges_mark_the_words(body: str, query: str, expected: list[str]) -> None:
    assert marked(body, query) == expected


@given(st.text(max_size=80), st.text(max_size=20))
def test_ranges_lie_within_the_text_in_order(body: str, query: str) -> None:
    found = highlights(body, wanted_words(query))
    for each in found:
        assert 0 <= each.start < each.end <= len(body)
    assert [each.start for each in found] == sorted(each.start for each in found)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("INV-20231", '"INV 20231"'),
        ("-INV-20231 paid", '-"INV 20231" paid'),
        ("-word", "-word"),
        ('"a-b c"', '"a b c"'),
        ("plain words", "plain words"),
    ],
)
def test_marks_within_words_are_no_operators(query: str, expected: str) -> None:
    assert web_query(query) == expected
