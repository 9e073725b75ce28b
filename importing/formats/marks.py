"""Characters that nobody sees: direction marks, byte order marks, kinds of spaces.

WhatsApp sets them around headers, names and numbers; they would hide equal names and
words from each other. U+200C and U+200D are *not* among them: Persian words and composed
emoji need them.
"""

from __future__ import annotations

import re

LEFT_TO_RIGHT = "\u200e"
"""Stands before what the telephone wrote itself, on an iPhone."""

_INVISIBLE = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
INVISIBLE = f"[{_INVISIBLE}]"
"""One invisible mark, as a regular expression."""
SPACE = "[ \u00a0\u2009\u202f]"
"""One space of any kind that stands in headers, as a regular expression."""

find_mark = re.compile(INVISIBLE).search
_remove_marks = re.compile(f"{INVISIBLE}+").sub
_space = re.compile("[\u00a0\u2009\u202f\t]").sub
_hyphens = str.maketrans({"\u2010": "-", "\u2011": "-"})


def strip_marks(text: str) -> str:
    """The text without its invisible marks."""
    if text.isascii():
        return text
    return _remove_marks("", text)


def plain_spaces(text: str) -> str:
    """The text with U+0020 for every kind of space that headers use; as long as before."""
    return text if text.isascii() else _space(" ", text)


def plain_name(text: str) -> str:
    """A name as people compare it: no marks, plain spaces and hyphens, nothing around it."""
    if text.isascii():
        return text.strip()
    return plain_spaces(strip_marks(text)).translate(_hyphens).strip()
