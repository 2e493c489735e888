"""Which target words belong to a span depends on what the span is: a name, a phrase or a clause.

Names and phrases end where the aligned words end, so words without a counterpart cost something; spelling says much
about names and little about phrases. A clause runs through unaligned words and ends with the sign that ends it in the
source. With the wrong choice most boundaries are wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from projection.align.words import is_sign
from projection.transfer.features import FEATURES
from projection.transfer.weights import KINDS as COLUMNS
from projection.transfer.weights import WEIGHTS

Kind = Literal["auto", "name", "phrase", "clause"]
KINDS: tuple[Kind, ...] = ("auto", "name", "phrase", "clause")

CLAUSE_WORDS = 6
"""`auto` treats spans of this many words and more as clauses, unless most of their words are capitalised."""

_NULL = "null"


@dataclass(frozen=True, slots=True)
class Profile:
    """How the ranges of one kind of span are weighed.

    Attributes:
        weights: shape (len(FEATURES),): weight of each feature of a range.
        null: weight of "the span has no counterpart".
        words_per_word: longest range, in target words per source word; 0 for no limit.
        extra_words: added to the longest range.
        needs_links: whether a span without links counts as not linked.
    """

    weights: npt.NDArray[np.float64]
    null: float
    words_per_word: int = 2
    extra_words: int = 3
    needs_links: bool = True

    @classmethod
    def learned(
        cls, column: str, *, words_per_word: int = 2, extra_words: int = 3, needs_links: bool = True
    ) -> Profile:
        """The profile with the learned weights of a column of `WEIGHTS`."""
        number = COLUMNS.index(column)
        weights = np.array([WEIGHTS[name][number] for name in FEATURES])
        return cls(weights, WEIGHTS[_NULL][number], words_per_word, extra_words, needs_links)

    def longest(self, n_src_words: int, *, n_tgt_words: int) -> int:
        """Longest range to try, in target words."""
        if not self.words_per_word:
            return n_tgt_words
        return min(n_tgt_words, self.words_per_word * n_src_words + self.extra_words)


PROFILES: dict[str, Profile] = {
    "name": Profile.learned("name"),
    "phrase": Profile.learned("phrase"),
    "clause": Profile.learned("clause", words_per_word=0),
}

STRINGS_ONLY = Profile.learned("strings", needs_links=False)
"""For transfer without an aligner: the spelling decides."""


def choose_kind(words: Sequence[str]) -> str:
    """`name`, `phrase` or `clause` for the words of a source span.

    Long spans are clauses. Of the others, those with a capital letter or a digit are names. In scripts without
    capitals all short spans are names.
    """
    real = [word for word in words if not is_sign(word)]
    n_capital = sum(1 for word in real if word[0] != word[0].lower())
    if len(words) >= CLAUSE_WORDS and 2 * n_capital <= len(real):
        return "clause"
    cased = any(char.lower() != char.upper() for word in real for char in word)
    if not cased or n_capital or any(char.isdigit() for word in real for char in word):
        return "name"
    return "phrase"
