"""How plain text is split into tokens: at blanks, or by the word boundaries of Unicode."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from projection.formats.base import Sentence
from projection.text import is_unspaced
from projection.types import Interval

Tokens = Literal["auto", "blanks", "icu"]
TOKENS: tuple[Tokens, ...] = ("auto", "blanks", "icu")

_WORD = re.compile(r"\S+")
_CLAUSE_SIGN = re.compile(r"[.,;:!?](?=\s|$)")
_ATTACHED_SIGN = re.compile(r"(?<=\w)[.,;:!?](?=\s|$)")
_FEW = 0.1
_MANY = 0.5
_BLANKS_PER_CHARACTER = 0.15
_SAMPLE_TEXTS = 1000


def choose_tokens(asked: Tokens, texts: Sequence[str], *, lang: str, src_words: Iterable[Sequence[str]] = ()) -> Tokens:
    """How to split texts whose file has no tokens.

    Texts of languages written without blanks are split at blanks only where they have some (they were split already).
    `auto` splits at blanks where signs stand alone already, or where the tokens of the source keep signs attached
    (then the target is meant to be split the same way); else by the word boundaries of ICU.
    """
    if asked == "icu":
        return asked
    sample = " ".join(texts[:_SAMPLE_TEXTS])
    if is_unspaced(lang):
        return "blanks" if sample.count(" ") > _BLANKS_PER_CHARACTER * len(sample) else "icu"
    if asked == "blanks":
        return asked
    n_signs = len(_CLAUSE_SIGN.findall(sample))
    if n_signs and len(_ATTACHED_SIGN.findall(sample)) <= _FEW * n_signs:
        return "blanks"
    return "blanks" if has_attached_signs(src_words) else "icu"


def has_attached_signs(sentences: Iterable[Sequence[str]]) -> bool:
    """Whether most words before a clause sign hold it, as in text that was split at blanks only."""
    n_signs = n_attached = 0
    for words in sentences:
        n_signs += sum(1 for word in words if _CLAUSE_SIGN.search(word))
        n_attached += sum(1 for word in words if _ATTACHED_SIGN.search(word))
    return n_attached > _MANY * n_signs


def split_at_blanks(sentences: Iterable[Sentence]) -> list[Sentence]:
    """The sentences with the pieces between white space as tokens, where they have none yet."""
    return [
        sentence
        if sentence.tokens
        else replace(sentence, tokens=tuple(Interval(*match.span()) for match in _WORD.finditer(sentence.text)))
        for sentence in sentences
    ]
