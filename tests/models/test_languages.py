"""The language of a text, where it can be told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.languages import LANGUAGES, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Guten Morgen, wie geht es dir heute?", "de"),
        ("Are we still on for lunch tomorrow?", "en"),
        ("¿Vienes mañana a comer?", "es"),
        ("on arrive dans dix minutes", "fr"),
        ("bom dia, vamos almoçar amanhã", "pt"),
        ("ci vediamo domani sera", "it"),
        ("Привет", "ru"),
        ("Вітаю, як справи?", "uk"),
        ("今天我们去吃饭", "zh"),
        ("東京タワーに行く", "ja"),
        ("안녕하세요", "ko"),
        ("ภาษาไทย", "th"),
        ("مرحبا كيف حالك", "ar"),
        ("שלום מה שלומך", "he"),
        ("ok", None),
        ("haha", None),
        ("", None),
        ("12345", None),
        ("👍👍", None),
        ("https://example.org/the/way/to/the/station", None),
        ("\x01 this is what it is", None),
        ("\ud800", None),
    ],
)
def test_languages_are_told_where_the_text_is_long_enough(text: str, language: str | None) -> None:
    assert language_of(text) == language


@settings(deadline=None)
@given(st.text())
def test_any_text_has_a_known_language_or_none(text: str) -> None:
    assert language_of(text) in {None, *LANGUAGES}
