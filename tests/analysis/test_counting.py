"""Words and emoji are told apart and counted."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.counting import Tally, TextTally, emoji, words


def test_words_are_runs_of_letters_in_lower_case() -> None:
    found = list(words("Größe, GRÖSSE! l’été; don’t rock'n'roll 12 x2y _z_ мир мир"))
    assert found == ["größe", "grösse", "l'été", "rock'n'roll", "мир", "мир"]


def test_addresses_and_common_words_are_no_words() -> None:
    found = list(words("See https://example.org/Path?q=word and www.example.org: the paper"))
    assert found == ["see", "paper"]


def test_scripts_without_spaces_have_no_words_here_and_korean_has() -> None:
    assert list(words("東京タワー สวัสดี 안녕 하세요")) == ["안녕", "하세요"]


def test_emoji_are_whole_sequences() -> None:
    text = "👍🏽 👍 👨‍👩‍👧‍👦x❤️🔥 🇪🇸🇩🇪 1️⃣ ☎️ ☎ ❤ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ⭐ 🤷🏻‍♀️ #1 © ©️"
    assert emoji(text) == [
        *("👍🏽", "👍", "👨‍👩‍👧‍👦", "❤️", "🔥", "🇪🇸", "🇩🇪", "1️⃣", "☎️", "❤"),
        *("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "⭐", "🤷🏻‍♀️", "©️"),
    ]


def test_texts_are_tallied() -> None:
    tally = TextTally()
    tally.add(["paper paper", "Paper scissors 🔥", "🔥🔥 rock"])
    assert tally.words.top(2) == [("paper", 3), ("rock", 1)]
    assert tally.emoji.top(5) == [("🔥", 3)]


def test_rare_things_are_forgotten_where_there_are_too_many() -> None:
    tally = Tally(limit=100)
    for number in range(1_000):
        tally.add(["often", f"once-{number}"])
    assert tally.top(1) == [("often", 1_000)]
    assert len(tally.top(1_000)) <= 100


@given(st.text())
def test_any_text_can_be_counted(text: str) -> None:
    tally = TextTally()
    tally.add([text])
    assert all(count > 0 for _, count in tally.words.top(100) + tally.emoji.top(100))
