"""Which target words belong to a span depends on what the span is: a name, a phrase or a clause.

Names and phrases end where the aligned words end, so words without a counterpart cost something. A clause runs through
them, takes the articles at its left along and ends with the sign that ends it in the source. With the wrong choice
most boundaries are wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from projection.align.words import is_sign

Kind = Literal["auto", "name", "phrase", "clause"]
KINDS: tuple[Kind, ...] = ("auto", "name", "phrase", "clause")

CLAUSE_WORDS = 6
"""`auto` treats spans of this many words and more as clauses, unless most of their words are capitalised."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Weights of the span score (see `projection.transfer.score`).

    Attributes:
        outside: cost of a target word in the range that is linked to words outside the span.
        unaligned: cost of a target word in the range that is linked to nothing.
        similarity: how much of the missing score a perfect string match restores, 0 to 1.
        position: share of the score that depends on the relative position in the sentence.
        sign_edge: factor for each edge that is a sign (punctuation) in the target only.
        small_edge: factor for each edge with a small letter, where both edges of the source span are capitals.
        leave_left: cost of leaving out an unlinked word before the range.
        words_per_word: longest range, in target words per source word; 0 for no limit.
        extra_words: added to the longest range.
    """

    outside: float
    unaligned: float
    similarity: float
    position: float
    sign_edge: float
    small_edge: float = 1.0
    leave_left: float = 0.0
    words_per_word: int = 2
    extra_words: int = 3

    @property
    def needs_links(self) -> bool:
        """Whether links must be there for a full score; without, the spelling is enough."""
        return self.similarity < 1.0

    def longest(self, n_src_words: int, *, n_tgt_words: int) -> int:
        """Longest range to try, in target words."""
        if not self.words_per_word:
            return n_tgt_words
        return min(n_tgt_words, self.words_per_word * n_src_words + self.extra_words)


PROFILES: dict[str, Profile] = {
    "name": Profile(outside=0.7, unaligned=0.4, similarity=0.15, position=0.05, sign_edge=0.7, small_edge=0.8),
    "phrase": Profile(outside=0.7, unaligned=0.3, similarity=0.0, position=0.05, sign_edge=0.7),
    "clause": Profile(
        outside=1.0, unaligned=0.0, similarity=0.0, position=0.0, sign_edge=1.0, leave_left=0.02, words_per_word=0
    ),
}

STRINGS_ONLY = Profile(outside=0.7, unaligned=0.4, similarity=1.0, position=0.05, sign_edge=0.7)
"""For transfer without an aligner: the string match decides."""


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
