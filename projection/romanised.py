"""A Latin reading line for people who do not read a script.

Aligners compare words by uroman (`projection.align.romanise`), which takes seconds to load; a page needs a reading at
once, so this one goes character by character through anyascii's tables (ISC licence). It is a help for the eye, not a
transcription.
"""

from __future__ import annotations

from collections.abc import Sequence

from anyascii import anyascii

from projection.text import script_of


def is_latin(lang: str) -> bool:
    """Whether texts of a language are written in Latin letters, so that no reading is needed."""
    return script_of(lang) == "Latn"


def romanise_tokens(text: str, tokens: Sequence[tuple[int, int]]) -> list[str]:
    """One reading for each token, "" where the tables have none; the n-th belongs to the n-th token."""
    return [anyascii(text[start:end]).strip() for start, end in tokens]
