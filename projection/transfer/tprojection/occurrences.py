"""Where in the target a proposed string stands."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from projection.align.words import is_word_character
from projection.transfer.tprojection.hypotheses import without_signs

TokenRange = tuple[int, int]
"""Half-open range of tokens."""


def find_words(words: Sequence[str], text: str) -> list[TokenRange]:
    """Ranges whose words are those of the text, as the published system looks for them.

    Words are compared as they are; where the text does not occur so, in lower case and without ASCII punctuation.
    """
    asked = text.split()
    exact = _runs(words, asked)
    return exact or _runs([_plain(word) for word in words], [_plain(word) for word in asked])


def find_characters(words: Sequence[str], text: str) -> list[TokenRange]:
    """Ranges that hold the characters of the text, however either is split into words.

    Blanks never count. Where the text does not occur so, case, compatibility variants of characters and everything
    but letters, digits and their marks do not count either; such a range starts and ends with a word that has some.
    """
    return _spelled(words, text, _without_blanks) or _spelled(words, text, _letters)


def _runs(words: Sequence[str], asked: Sequence[str]) -> list[TokenRange]:
    length = len(asked)
    if not length:
        return []
    starts = range(len(words) - length + 1)
    return [(start, start + length) for start in starts if list(words[start : start + length]) == list(asked)]


def _plain(word: str) -> str:
    return without_signs(word.lower())


def _without_blanks(text: str) -> str:
    return "".join(text.split())


@lru_cache(maxsize=100_000)
def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if is_word_character(char))


def _spelled(words: Sequence[str], text: str, form: Callable[[str], str]) -> list[TokenRange]:
    asked = form(text)
    forms = [(number, form(word)) for number, word in enumerate(words)]
    forms = [(number, piece) for number, piece in forms if piece]
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    position = 0
    for number, piece in forms:
        starts[position] = number
        position += len(piece)
        ends[position] = number + 1
    whole = "".join(piece for _, piece in forms)
    found: list[TokenRange] = []
    at = whole.find(asked) if asked else -1
    while at >= 0:
        if at in starts and at + len(asked) in ends:
            found.append((starts[at], ends[at + len(asked)]))
        at = whole.find(asked, at + 1)
    return found
