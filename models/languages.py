"""In which language a text is written, as far as its words tell."""

import re

import pycld2  # type: ignore[import-untyped]

_SPELLED = {"iw": "he", "jw": "jv", "zh-Hant": "zh"}
"""Codes of the detector that ISO 639 has otherwise."""
_ISO = {
    code: _SPELLED.get(code, code)
    for name, code in pycld2.LANGUAGES
    # Neither `un`, which is unknown, nor a mere script, such as `xx-Ogam`.
    if name in pycld2.DETECTED_LANGUAGES and code != "un" and not code.startswith("xx-")
}
LANGUAGES = frozenset(_ISO.values())
"""The ISO 639 codes of all languages that can be told."""
LOOKED_AT = 2_000
"""So many code points of a text tell its language."""
LEAST = 6
"""A shorter text in plain letters, such as `ok` or `haha`, is in any language."""

# Addresses, file names and mentions are in no language.
_NO_WORDS = re.compile(r"\S*[^\s.][./@_]\S+|@\S+")
_MAY_BE_NO_WORD = re.compile(r"[./@_]\S")
_SHARED_SCRIPT = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u4e00-\u9fff]")


def language_of(text: str) -> str | None:
    """The ISO 639 code of the language of a text; None where it is too short to tell, or mixed.

    Latin letters and Chinese characters serve many languages, so there the detector must be sure.
    Other scripts serve few, and its best guess is good.
    """
    words = text[:LOOKED_AT]
    if _MAY_BE_NO_WORD.search(words):
        words = _NO_WORDS.sub(" ", words)
    if words.isascii() and len(words.strip()) < LEAST:
        return None
    try:
        # Named arguments cost a tenth of the whole: they are given where they are needed.
        found = (
            pycld2.detect(words)
            if _SHARED_SCRIPT.search(words)
            else pycld2.detect(words, bestEffort=True)
        )
    except (pycld2.error, UnicodeEncodeError):
        # It takes no control characters.
        return None
    return _ISO.get(found[2][0][1])
