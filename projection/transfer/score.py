"""Scores of target ranges for one source span.

The score of a range is its probability under a log-linear model: exp(weights . features) over the sum of all ranges of
the span and of "no range". Ranges for which neither links, spelling nor other sentences speak have the score 0. Weights
depend on the kind of span (`projection.transfer.profiles`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from projection.transfer.features import FEATURES, describe_ranges, has_evidence
from projection.transfer.memory import PairMemory
from projection.transfer.profiles import Profile
from projection.transfer.views import SPELLING_WORDS, Floats, Ints, PairView, SpanView, split_mass

MAX_RANGE_WORDS = 150
"""Sentences with more target words are searched for clauses from their likeliest boundaries only."""

_N_BOUNDARIES = 100
_ROW = {name: row for row, name in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True)
class RangeScores:
    """Scores of target ranges for one span; all arrays have shape (n_ranges,).

    Attributes:
        start: first target token of each range.
        end: last target token + 1.
        score: 0 to 1; all ranges together at most 1.
        parts: what the score is made of, by name.
        span_mass: link probability of the span in the whole sentence.
    """

    start: Ints
    end: Ints
    score: Floats
    parts: dict[str, Floats]
    span_mass: float

    def best(self, n_best: int) -> Ints:
        """Indices of the best ranges, best first; ties keep the earlier and shorter range first."""
        return np.argsort(-self.score, kind="stable")[:n_best]


def score_ranges(
    view: PairView, src_tokens: Sequence[int], profile: Profile, memory: PairMemory | None = None
) -> RangeScores:
    """Score all target ranges that the profile allows for the source tokens of one span (at least one).

    Args:
        view: the sentence pair; it must have been made with these tokens.
        src_tokens: the words of the span.
        profile: weights.
        memory: the pair as the other sentence pairs of the corpus know it, where they are known.
    """
    longest = profile.longest(len(src_tokens), n_tgt_words=view.mass.shape[1])
    inside, outside, _ = split_mass(view, src_tokens)
    start, end = _ranges(inside - outside, longest)
    span = SpanView.make(view, src_tokens, start, end)
    is_short = memory is not None and len(src_tokens) <= SPELLING_WORDS
    features = describe_ranges(span, memory.sight(src_tokens, longest=longest + 1) if memory and is_short else None)
    utility = np.where(has_evidence(span, features), np.einsum("f,fr->r", profile.weights, features), -np.inf)
    score = _softmax(utility, profile.null)
    return RangeScores(start, end, score, _parts(span, features), float(inside.sum()))


def _softmax(utility: Floats, null: float) -> Floats:
    top = max(float(utility.max(initial=null)), null)
    odds = np.exp(utility - top)
    shares: Floats = odds / (odds.sum() + np.exp(null - top))
    return shares


def _parts(span: SpanView, features: Floats) -> dict[str, Floats]:
    length = (span.end - span.start).astype(np.float64)
    n_words = len(span.tokens)
    return {
        "aligned": 1.0 - features[_ROW["lost"]] / span.whole,
        "outside": features[_ROW["outside"]] / length,
        "unaligned": features[_ROW["unlinked"]] / length,
        "covered": 1.0 - features[_ROW["uncovered"]],
        "similarity": np.maximum(features[_ROW["spelling"]], features[_ROW["spelling_words"]]),
        "length": np.minimum(length, n_words) / np.maximum(length, n_words),
        "position": 1.0 - features[_ROW["position"]],
        "seen": features[_ROW["seen"]],
    }


def _ranges(gain: Floats, longest: int) -> tuple[Ints, Ints]:
    """All ranges of at most `longest` words; in long sentences only those between likely boundaries."""
    n_words = len(gain)
    if n_words > MAX_RANGE_WORDS and longest > MAX_RANGE_WORDS:
        return _likely_ranges(gain)
    return _all_ranges(n_words, longest)


@lru_cache(maxsize=256)
def _all_ranges(n_words: int, longest: int) -> tuple[Ints, Ints]:
    start = np.repeat(np.arange(n_words), longest)
    end = start + 1 + np.tile(np.arange(longest), n_words)
    fits = end <= n_words
    return start[fits], end[fits]


def _likely_ranges(gain: Floats) -> tuple[Ints, Ints]:
    rise = np.diff(gain, prepend=0.0)
    fall = -np.diff(gain, append=0.0)
    starts = np.sort(np.argsort(-rise, kind="stable")[:_N_BOUNDARIES])
    ends = np.sort(np.argsort(-fall, kind="stable")[:_N_BOUNDARIES]) + 1
    start, end = np.repeat(starts, len(ends)), np.tile(ends, len(starts))
    return start[start < end], end[start < end]
