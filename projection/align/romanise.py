"""Latin spelling of words in other scripts, by uroman (Hermjakob, May and Knight 2018). Loaded on first use."""

from __future__ import annotations

import re
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


ABJADS = frozenset({"ARABIC", "HEBREW", "SYRIAC"})
"""Scripts that leave out most vowels."""

_ALIKE = (
    *(("sch", "s"), ("sh", "s"), ("ch", "k"), ("th", "t"), ("ph", "b"), ("gh", "g"), ("kh", "k"), ("x", "ks")),
    *(("c", "k"), ("q", "k"), ("p", "b"), ("v", "b"), ("f", "b"), ("j", "g"), ("z", "s"), ("d", "t")),
)
_VOWELS = re.compile(r"[aeiouyw'`ʼ]")
_DOUBLED = re.compile(r"(.)\1+")


def consonants(word: str) -> str:
    """The consonants of a Latin spelling, those that abjads do not tell apart as one (`putin`, `bwtyn` -> `btn`)."""
    for letters, one in _ALIKE:
        word = word.replace(letters, one)
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", word))


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
