"""Scores of target ranges for one source span.

The core is a soft Dice coefficient (cf. the candidate matching of García-Ferrero et al. 2025, arXiv 2501.18750):
twice the posterior mass inside the range over the span's whole mass plus the cost of the range's words, where words
linked to the span cost 1, words linked elsewhere and words linked to nothing what the profile says. A string match
restores part of what is missing to 1. All ranges of a sentence are scored at once with prefix sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import Indel

from projection.align.words import is_sign, main_script, spelling
from projection.transfer.profiles import Profile

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MAX_RANGE_WORDS = 150
"""Sentences with more target words are searched for clauses from their likeliest boundaries only."""

_N_BOUNDARIES = 100
_SIMILARITY_WORDS = 8
_SIMILARITY_THRESHOLD = 0.5
_MIN_MASS_PER_WORD = 0.5


@dataclass(frozen=True, slots=True)
class PairView:
    """One sentence pair as the scores see it.

    Attributes:
        mass: shape (n_src, n_tgt): mean link probability of both directions.
        src: source words as they are compared with target words.
        tgt: target words as they are compared with source words.
        src_signs: shape (n_src,): whether the token is a sign.
        tgt_signs: shape (n_tgt,): the same for target tokens.
        src_capitals: shape (n_src,): whether the token begins with a capital letter.
        tgt_smalls: shape (n_tgt,): whether the token begins with a small letter (of a script that has capitals).
    """

    mass: Floats
    src: list[str]
    tgt: list[str]
    src_signs: Flags
    tgt_signs: Flags
    src_capitals: Flags
    tgt_smalls: Flags

    @classmethod
    def make(cls, src_words: Sequence[str], tgt_words: Sequence[str], mass: npt.NDArray[np.float32]) -> PairView:
        src_script, tgt_script = main_script(src_words), main_script(tgt_words)
        return cls(
            mass=mass.astype(np.float64),
            src=[spelling(word, own_script=src_script, other_script=tgt_script) for word in src_words],
            tgt=[spelling(word, own_script=tgt_script, other_script=src_script) for word in tgt_words],
            src_signs=np.array([is_sign(word) for word in src_words], dtype=bool),
            tgt_signs=np.array([is_sign(word) for word in tgt_words], dtype=bool),
            src_capitals=np.array([word[:1] != word[:1].lower() for word in src_words], dtype=bool),
            tgt_smalls=np.array([word[:1] != word[:1].upper() for word in tgt_words], dtype=bool),
        )


@dataclass(frozen=True, slots=True)
class RangeScores:
    """Scores of target ranges for one span; all arrays have shape (n_ranges,).

    Attributes:
        start: first target token of each range.
        end: last target token + 1.
        score: 0 to 1.
        parts: what the score is made of, by name.
        span_mass: posterior mass of the span in the whole sentence.
    """

    start: Ints
    end: Ints
    score: Floats
    parts: dict[str, Floats]
    span_mass: float

    def best(self, n_best: int) -> Ints:
        """Indices of the best ranges, best first; ties keep the earlier and shorter range first."""
        return np.argsort(-self.score, kind="stable")[:n_best]


def score_ranges(view: PairView, src_tokens: Sequence[int], profile: Profile) -> RangeScores:
    """Score all target ranges that the profile allows for the source tokens of one span (at least one)."""
    span = view.mass[list(src_tokens)].sum(axis=0)
    inside = np.minimum(span, 1.0)
    outside = np.clip(view.mass.sum(axis=0) - span, 0.0, 1.0)
    unaligned = np.clip(1.0 - inside - outside, 0.0, 1.0)
    longest = profile.longest(len(src_tokens), n_tgt_words=len(view.tgt))
    start, end = _ranges(inside - outside, longest)
    in_range, out_of_span, unlinked = (_sum_ranges(values, start, end) for values in (inside, outside, unaligned))
    whole = max(float(inside.sum()), _MIN_MASS_PER_WORD * len(src_tokens))
    cost = in_range + profile.outside * out_of_span + profile.unaligned * unlinked
    dice = 2.0 * in_range / (whole + cost)
    similarity = _similarity(view, src_tokens, start, end, profile)
    position = 1.0 - np.abs(_middle(src_tokens, len(view.src)) - (start + end) / 2 / len(view.tgt))
    score = 1.0 - (1.0 - dice) * (1.0 - profile.similarity * similarity)
    score = score * (1.0 - profile.position * (1.0 - position)) * _edges(view, src_tokens, start, end, profile)
    before = np.append(0.0, np.where(view.tgt_signs, 0.0, unaligned))
    score = score - profile.leave_left * before[start]
    length = (end - start).astype(np.float64)
    parts = {
        "aligned": in_range / whole,
        "outside": out_of_span / length,
        "unaligned": unlinked / length,
        "similarity": similarity,
        "length": np.minimum(length, len(src_tokens)) / np.maximum(length, len(src_tokens)),
        "position": position,
    }
    return RangeScores(start, end, np.clip(score, 0.0, 1.0), parts, float(span.sum()))


def _ranges(gain: Floats, longest: int) -> tuple[Ints, Ints]:
    """All ranges of at most `longest` words; in long sentences only those between likely boundaries."""
    n_words = len(gain)
    if n_words > MAX_RANGE_WORDS and longest > MAX_RANGE_WORDS:
        return _likely_ranges(gain)
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


def _sum_ranges(values: Floats, start: Ints, end: Ints) -> Floats:
    total = np.append(0.0, np.cumsum(values))
    sums: Floats = np.maximum(total[end] - total[start], 0.0)
    return sums


def _middle(src_tokens: Sequence[int], n_src: int) -> float:
    return (src_tokens[0] + src_tokens[-1] + 1) / 2 / n_src


def _similarity(view: PairView, src_tokens: Sequence[int], start: Ints, end: Ints, profile: Profile) -> Floats:
    """Likeness of the strings above a threshold, 0 to 1; 0 for long spans, where it says little."""
    if not profile.similarity or len(src_tokens) > _SIMILARITY_WORDS:
        return np.zeros(len(start))
    query = " ".join(view.src[token] for token in src_tokens)
    texts = [" ".join(view.tgt[first:last]) for first, last in zip(start.tolist(), end.tolist(), strict=True)]
    likeness = process.cdist([query], texts, scorer=Indel.normalized_similarity, dtype=np.float64)[0]
    scaled: Floats = np.clip((likeness - _SIMILARITY_THRESHOLD) / (1.0 - _SIMILARITY_THRESHOLD), 0.0, 1.0)
    return scaled


def _edges(view: PairView, src_tokens: Sequence[int], start: Ints, end: Ints, profile: Profile) -> Floats:
    """Factors for each edge that is a sign, or a small letter, in the target only."""
    first, last = src_tokens[0], src_tokens[-1]
    factor = np.ones(len(start))
    factor[view.tgt_signs[start] & ~view.src_signs[first]] *= profile.sign_edge
    factor[view.tgt_signs[end - 1] & ~view.src_signs[last]] *= profile.sign_edge
    # The capital of a lone first word says nothing.
    if last > 0 and view.src_capitals[first] and view.src_capitals[last]:
        factor[view.tgt_smalls[start]] *= profile.small_edge
        factor[view.tgt_smalls[end - 1]] *= profile.small_edge
    return factor
