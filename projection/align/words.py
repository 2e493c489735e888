"""How words are compared: folded forms, prefix stems and spellings that work across scripts."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from projection.align.romanise import romanise, script_of


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


def stem(word: str, *, n_letters: int) -> str:
    """The first letters of the folded word; numbers stay whole. `n_letters` 0 means the whole word."""
    folded = fold(word)
    if n_letters == 0 or any(char.isdigit() for char in folded):
        return folded
    return folded[:n_letters]


def main_script(words: Iterable[str]) -> str:
    """The commonest script among the words; alphabetical order breaks ties."""
    counts = Counter(script for script in map(script_of, words) if script)
    return min(counts, key=lambda script: (-counts[script], script), default="")


def spelling(word: str, *, other_script: str) -> str:
    """The form in which a word is compared with words of the other side.

    It is romanised only where its script is neither Latin nor the other side's (uroman is slow to load).
    """
    script = script_of(word)
    if script in ("", "LATIN", other_script):
        return fold(word)
    return romanise(word)
