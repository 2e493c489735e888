"""Latin spelling of words in other scripts, by uroman (Hermjakob, May and Knight 2018). Loaded on first use."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Any


@cache
def _uroman() -> Any:
    from uroman import Uroman  # noqa: PLC0415 - its tables take seconds to load; Latin pairs never need them

    return Uroman()


@lru_cache(maxsize=200_000)
def romanise(word: str) -> str:
    """The word in Latin letters, case folded (`Москва` -> `moskva`)."""
    return str(_uroman().romanize_string(word)).casefold()


@lru_cache(maxsize=65_536)
def script_of_letter(letter: str) -> str:
    """Script name of one character as its Unicode name begins (`LATIN`, `CYRILLIC`, `CJK`), or "" if not a letter."""
    if not letter.isalpha():
        return ""
    return unicodedata.name(letter, "").partition(" ")[0]


@lru_cache(maxsize=200_000)
def script_of(word: str) -> str:
    """Script of the first letter of a word, or "" where it has none."""
    return next((script for script in map(script_of_letter, word) if script), "")
