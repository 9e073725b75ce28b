"""The words of a text are the same in Python and in the index."""

from collections import defaultdict

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.search.tokens import tokens

PIECES = [
    *("a", "B", "é", "É", "e\u0301", "ß", "Ø", "İ", "ı", "Σ", "ς", "ﬁ", "½", "ё", "Й"),
    *("ｶﾞ", "か\u3099", "か", "\u3099", "東", "京", "タ", "ー", "々", "ก", "ำ", "ั", "ខ"),
    *("한", "글", "\u1112", "\u1161", "\u11ab", "𝒳", "\U00020000", "ह", "ि", "न्", "।"),
    *("0", "1", "e", "E", "12e3x", "2e31e6", "0x1f", "007", "ش", "َ", "ـ", "؟", "ש", "ׁ"),
    *(" ", "-", "_", "'", "’", "…", "\t", "\u00a0"),
    # What PostgreSQL's parser takes for hosts, paths, tags and the like.
    *(".", "/", "@", ":", "&", "~", "+", "<b>", "http://a.b/c?d=e", "&amp;", "-1.5", ",", "%"),
    *("\u200b", "\u200d", "\ufe0f", "\u00ad", "\u202e"),
    *("🎉", "👍🏽", "👩‍👩‍👧", "🇪🇸", "→", "1️⃣", "❤️"),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(
    st.characters(exclude_categories=("Cs", "Cn"), exclude_characters="\0"), max_size=40
)
SQL = "SELECT lexeme, positions FROM unnest(parley_words($1))"


def words(text: str) -> list[str]:
    return [token.word for token in tokens(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pizza tonight!", ["pizza", "tonight"]),
        ("İNV-20231 Straße", ["inv", "20231", "strasse"]),
        ("Cafe\u0301 ΟΔΟΣ", ["cafe", "οδοσ"]),
        ("東京塔", ["東", "東京", "京塔", "塔"]),
        ("go 東 go", ["go", "東", "東", "go"]),
        ("👍🏽🎉", ["👍", "🎉"]),
        ("می‌خواهم", ["میخواهم"]),
        ("snake_case", ["snake", "case"]),
        ("2e31e6", ["2e31", "e6"]),
    ],
)
def test_texts_are_folded_and_cut(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.lists(TEXTS, min_size=20, max_size=40))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_python_and_the_index_cut_alike(
    owner: "asyncpg.Pool[asyncpg.Record]", texts: list[str]
) -> None:
    for text in texts:
        indexed = {row[0]: list(row[1]) for row in await owner.fetch(SQL, text)}
        ours: defaultdict[str, list[int]] = defaultdict(list)
        for token in tokens(text):
            ours[token.word].append(token.position)
        assert indexed == ours, ascii(text)


@given(TEXTS)
def test_words_stand_within_the_text_in_order(text: str) -> None:
    found = tokens(text)
    for token in found:
        assert 0 <= token.start < token.end <= len(text)
    assert [token.start for token in found] == sorted(token.start for token in found)
    assert [token.position for token in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    "text",
    [
        "".join(chr(0x20000 + n % 40_000) for n in range(131_072)),
        "﷽" * 131_072,
        " ".join(f"{n:x}é" for n in range(26_000)),
        "x" * 131_072,
        "가" * 131_072,
    ],
    ids=["pairs", "ligatures", "words", "one word", "hangul"],
)
async def test_the_longest_texts_have_room_in_the_index(
    owner: "asyncpg.Pool[asyncpg.Record]", text: str
) -> None:
    count = await owner.fetchval("SELECT length(parley_words($1))", text)
    assert count == len(set(words(text)))
