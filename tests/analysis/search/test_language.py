"""The query language: what is understood, and where errors point."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.search.language import MAX_TERMS, QueryError, parse
from analysis.search.query import (
    Condition,
    Kinds,
    Place,
    Sender,
    Sent,
    Step,
    Term,
    Trait,
    Words,
)
from models.messages import MessageKind


def word(text: str, *, prefix: bool = False) -> Words:
    return Words((Step(text, prefix=prefix),))


def terms(query: str) -> list[list[Term]]:
    return [[condition.term for condition in clause] for clause in parse(query).clauses]


def day(year: int, month: int = 1, number: int = 1) -> datetime:
    return datetime(year, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Lunch café", [[word("lunch")], [word("cafe")]]),
        ('"no lunch"', [[Words((Step("no"), Step("lunch")))]]),
        ("“no lunch”", [[Words((Step("no"), Step("lunch")))]]),
        ("a OR b OR c d", [[word("a"), word("b"), word("c")], [word("d")]]),
        ("or and OR x", [[word("or")], [word("and"), word("x")]]),
        ("piz*", [[word("piz", prefix=True)]]),
        ('"big piz"*', [[Words((Step("big"), Step("piz", prefix=True)))]]),
        ("INV-20231", [[Words((Step("inv"), Step("20231")))]]),
        ("10:30", [[Words((Step("10"), Step("30")))]]),
        ("https://a.org", [[Words((Step("https"), Step("a"), Step("org")))]]),
        ("note:milk", [[Words((Step("note"), Step("milk")))]]),
        ("from:ana", [[Sender((Step("ana"),))]]),
        ("FROM:me", [[Sender(None)]]),
        ('from:"me"', [[Sender((Step("me"),))]]),
        ('in:"Summer trip"', [[Place((Step("summer"), Step("trip")))]]),
        ("on:2024-02-29", [[Sent(day(2024, 2, 29), day(2024, 3, 1))]]),
        ("on:2024-12", [[Sent(day(2024, 12), day(2025))]]),
        ("before:2024", [[Sent(None, day(2024))]]),
        ("after:2024", [[Sent(day(2025), None)]]),
        ("has:link", [[Trait.LINK]]),
        ("has:image", [[Kinds(frozenset({MessageKind.IMAGE}))]]),
        ("has:video", [[Kinds(frozenset({MessageKind.VIDEO}))]]),
        ("has:audio", [[Kinds(frozenset({MessageKind.AUDIO}))]]),
        ("HAS:Document", [[Kinds(frozenset({MessageKind.DOCUMENT}))]]),
        ("has:location", [[Kinds(frozenset({MessageKind.LOCATION}))]]),
        ("kind:poll is:edited", [[Kinds(frozenset({MessageKind.POLL}))], [Trait.EDITED]]),
        ("is:bookmarked has:reaction", [[Trait.BOOKMARKED], [Trait.REACTION]]),
        ("東", [[word("東", prefix=True)]]),
        ("東京塔", [[Words((Step("東京"), Step("京塔")))]]),
        ('"go 東京 go"', [[Words((Step("go"), Step("東"), Step("東京"), Step("京"), Step("go")))]]),
        ('"東京 go"', [[Words((Step("東京"), Step("京"), Step("go")))]]),
        ("🎉", [[word("🎉")]]),
    ],
)
def test_queries_are_understood(query: str, expected: list[list[Term]]) -> None:
    assert terms(query) == expected


def test_conditions_tell_what_is_negated_and_where_they_stand() -> None:
    (first,), (second,) = parse("🎉 -from:ana").clauses
    assert first == Condition(word("🎉"), negated=False, start=0)
    assert second == Condition(Sender((Step("ana"),)), negated=True, start=2)


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("", 0),
        ("*", 0),
        ("-only -these", 0),
        ("((( !!!", 0),
        ('lunch "open', 6),
        ("OR a", 0),
        ("a OR", 2),
        ("a OR OR b", 5),
        ("🎉 has:nothing", 6),
        ("a on:yesterday", 5),
        ("a on:2024-13", 5),
        ("a on:2024-02-30", 5),
        ("a before:0000", 9),
        ("x from:!!!", 7),
        ("x from: ana", 2),
        ("x lang:english", 7),
        ("a\0b", 1),
        ("ab \ud800", 3),
        (" ".join("a" * (MAX_TERMS + 1)), 2 * MAX_TERMS),
        (" OR ".join(["ab"] * 1_000), 6 * MAX_TERMS),
        ("a-" * 300, 0),
    ],
)
def test_errors_point_at_the_character(query: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.position == position


OPERATORS = [*"-*\"':()&|!<>\\%_ \t“”", "OR", "from:", "in:", "on:", "has:", "-from:", "2024-01"]
BAIT = ["(a+)+$", "[", "\\1", ".*.*.*x", "\u202eabc", "ab\u200f", "\ud800", "東", "é", "a", "'; --"]
QUERIES = st.lists(st.sampled_from(OPERATORS + BAIT) | st.text(max_size=5), max_size=60).map(
    "".join
)


@given(QUERIES)
def test_any_text_is_parsed_or_told_what_is_wrong(query: str) -> None:
    try:
        found = parse(query)
    except QueryError as error:
        assert 0 <= error.position <= len(query)
    else:
        assert any(not each.negated for clause in found.clauses for each in clause)


@pytest.mark.parametrize("piece", OPERATORS + BAIT)
def test_ten_thousand_characters_of_anything_come_to_an_end(piece: str) -> None:
    query = (piece * 10_000)[:10_000]
    try:
        assert parse(query).clauses
    except QueryError as error:
        assert error.message
