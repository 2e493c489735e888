"""How words are compared: folded forms, prefix stems and spellings that work across scripts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from projection.align.romanise import ABJADS, consonants, romanise, script_of

_MIN_CONSONANTS = 3
_ASCII_DIGIT = re.compile("[0-9]")


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """The word without case and without marks on Latin letters (`Déjà` -> `deja`); never empty."""
    folded = word.casefold()
    if folded.isascii():
        return folded
    if script_of(folded) != "LATIN":
        return folded
    plain = "".join(char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char))
    return plain or folded


@lru_cache(maxsize=200_000)
def bare(word: str) -> str:
    """The folded word without signs at its edges (`"Sushi."` -> `sushi`); a word of signs only stays as it is."""
    folded = fold(word)
    if folded.isalnum():
        return folded
    start, end = 0, len(folded)
    while start < end and not is_word_character(folded[start]):
        start += 1
    while start < end and not is_word_character(folded[end - 1]):
        end -= 1
    return folded[start:end] or folded


def is_word_character(char: str) -> bool:
    """Whether a character is a letter, a digit or a mark that belongs to a letter."""
    return char.isalnum() or unicodedata.category(char)[0] == "M"


@lru_cache(maxsize=100_000)
def is_sign(word: str) -> bool:
    """Whether a token has no letter and no digit (punctuation, symbols)."""
    return not (word[:1].isalnum() or any(char.isalnum() for char in word))


def has_digit(word: str) -> bool:
    """Whether a token has a digit."""
    if word.isalpha():
        return False
    if word.isascii():
        return _ASCII_DIGIT.search(word) is not None
    return any(char.isdigit() for char in word)


@lru_cache(maxsize=100_000)
def stem(word: str, *, n_letters: int) -> str:
    """The first letters of the bare word; numbers stay whole. `n_letters` 0 means the whole word."""
    folded = bare(word)
    if n_letters == 0 or has_digit(folded):
        return folded
    return folded[:n_letters]


def main_script(words: Iterable[str]) -> str:
    """The commonest script among the words; alphabetical order breaks ties."""
    counts = Counter(map(script_of, words))
    counts.pop("", None)
    return min(counts, key=lambda script: (-counts[script], script), default="")


def spellings(words: Iterable[str], *, own_script: str, other_script: str) -> list[str]:
    """The `spelling` of each word."""
    if own_script == other_script:
        return list(map(bare, words))
    return [spelling(word, own_script=own_script, other_script=other_script) for word in words]


@lru_cache(maxsize=100_000)
def spelling(word: str, *, own_script: str, other_script: str) -> str:
    """The form in which a word is compared with words of the other side.

    It is romanised only where the two sides have different main scripts and the word's script is neither Latin nor
    the other side's (uroman is slow to load). Where one of the scripts leaves out vowels, so does the form of words
    with three consonants or more.
    """
    if own_script == other_script:
        return bare(word)
    form = bare(word) if script_of(word) in ("", "LATIN", other_script) else romanise(bare(word))
    if ABJADS.isdisjoint((own_script, other_script)) or not form.isalpha():
        return form
    skeleton = consonants(form)
    return skeleton if len(skeleton) >= _MIN_CONSONANTS else form
