"""Scores of target ranges for one source span.

The score of a range is its probability under a log-linear model: exp(weights . features) over the sum of all ranges of
the span and of "no range". Ranges for which neither links, spelling nor other sentences speak have the score 0. Weights
depend on the kind of span (`projection.transfer.profiles`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from projection.transfer.batch import SpanBatch
from projection.transfer.features import FEATURES, describe_ranges, has_evidence
from projection.transfer.memory import PairMemory
from projection.transfer.profiles import Profile
from projection.transfer.views import SPELLING_WORDS, Floats, Ints, PairView, SpanView

MAX_RANGE_WORDS = 150
"""Sentences with more target words are searched for clauses from their likeliest boundaries only."""

PARTS = ("aligned", "outside", "unaligned", "covered", "similarity", "length", "position", "seen")
"""Names of the rows of `RangeScores.parts`."""

_N_BOUNDARIES = 100
_MANY_RANGES = 300
_BATCH_RANGES = 4000
"""Ranges that are described at once, unless one span has more: few enough for the processor's cache."""
_ROW = {name: row for row, name in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True)
class RangeScores:
    """Scores of target ranges for one span.

    Attributes:
        start: shape (n_ranges,): first target token of each range.
        end: shape (n_ranges,): last target token + 1.
        score: shape (n_ranges,): 0 to 1; all ranges together at most 1.
        parts: shape (len(PARTS), n_ranges): what the score is made of.
        span_mass: link probability of the span in the whole sentence.
    """

    start: Ints
    end: Ints
    score: Floats
    parts: Floats
    span_mass: float

    def best(self, n_best: int) -> Ints:
        """Indices of the best ranges, best first; ties keep the earlier and shorter range first."""
        if len(self.score) < _MANY_RANGES:
            return np.argsort(-self.score, kind="stable")[:n_best]
        # Sorting all ranges of a clause takes longer than finding the score from which on they count.
        least = np.partition(self.score, -n_best)[-n_best]
        among = np.flatnonzero(self.score >= least)
        found: Ints = among[np.argsort(-self.score[among], kind="stable")[:n_best]]
        return found


class Query(NamedTuple):
    """A source span whose target ranges are to be scored.

    Attributes:
        view: the sentence pair, with one target word at least; it must have been made with the tokens.
        tokens: the words of the span, at least one.
        profile: weights.
        memory: the pair as the other sentence pairs of the corpus know it, where they are known.
    """

    view: PairView
    tokens: Sequence[int]
    profile: Profile
    memory: PairMemory | None = None


def score_ranges(
    view: PairView, src_tokens: Sequence[int], profile: Profile, memory: PairMemory | None = None
) -> RangeScores:
    """Score all target ranges that the profile allows for one span, see `Query`."""
    ((_, found),) = score_many([Query(view, src_tokens, profile, memory)])
    return found


def score_many(queries: Sequence[Query]) -> Iterator[tuple[int, RangeScores]]:
    """The number of each query with the scores of all target ranges that its profile allows, in any order."""
    for numbers, spans in _batches(queries):
        batch = SpanBatch(spans)
        features = describe_ranges(batch)
        profile = queries[numbers[0]].profile
        utility = np.einsum("f,fr->r", profile.weights, features)
        score = _softmax(batch, np.where(has_evidence(batch, features), utility, -np.inf), profile.null)
        parts, span_mass = _parts(batch, features), batch.span_mass.tolist()
        ends = np.cumsum([len(span.start) for span in spans]).tolist()
        for number, span, mass, first, last in zip(numbers, spans, span_mass, [0, *ends], ends, strict=False):
            own = slice(first, last)
            yield number, RangeScores(span.start, span.end, score[own], parts[:, own], mass)


def _batches(queries: Sequence[Query]) -> Iterator[tuple[list[int], list[SpanView]]]:
    """Spans of one profile and of like size together, with the numbers of their queries."""
    profiles: dict[int, int] = {}
    order = [profiles.setdefault(id(query.profile), len(profiles)) for query in queries]
    numbers = sorted(
        range(len(queries)),
        key=lambda number: (order[number], len(queries[number].tokens), queries[number].view.mass.shape[1]),
    )
    batch: tuple[list[int], list[SpanView]] = [], []
    n_ranges = 0
    for number in numbers:
        span = _view(queries[number])
        n_ranges += len(span.start)
        if batch[0] and (order[batch[0][-1]] != order[number] or n_ranges > _BATCH_RANGES):
            yield batch
            batch, n_ranges = ([], []), len(span.start)
        batch[0].append(number)
        batch[1].append(span)
    if batch[0]:
        yield batch


def _view(query: Query) -> SpanView:
    view, tokens, memory = query.view, list(query.tokens), query.memory
    longest = query.profile.longest(len(tokens), n_tgt_words=view.mass.shape[1])
    is_short = memory is not None and len(tokens) <= SPELLING_WORDS
    sightings = memory.sight(tokens, longest=longest + 1) if memory and is_short else None
    return SpanView(view, tokens, *_ranges(view, tokens, longest), sightings)


def _softmax(batch: SpanBatch, utility: Floats, null: float) -> Floats:
    """Shares of the ranges of each span, and of none, whose utility is `null`; shape (n_ranges,)."""
    first = np.searchsorted(batch.owner, np.arange(len(batch.spans)))
    top = np.maximum(np.maximum.reduceat(utility, first), null)
    odds = np.exp(utility - top[batch.owner])
    shares: Floats = odds / (np.add.reduceat(odds, first) + np.exp(null - top))[batch.owner]
    return shares


def _parts(batch: SpanBatch, features: Floats) -> Floats:
    length, n_words = batch.length, batch.n_words[batch.owner]
    return np.array(
        (
            1.0 - features[_ROW["lost"]] / batch.whole[batch.owner],
            features[_ROW["outside"]] / length,
            features[_ROW["unlinked"]] / length,
            1.0 - features[_ROW["uncovered"]],
            np.maximum(features[_ROW["spelling"]], features[_ROW["spelling_words"]]),
            np.minimum(length, n_words) / np.maximum(length, n_words),
            1.0 - features[_ROW["position"]],
            features[_ROW["seen"]],
        )
    )


def _ranges(view: PairView, tokens: list[int], longest: int) -> tuple[Ints, Ints]:
    """All ranges of at most `longest` words; in long sentences only those between likely boundaries."""
    n_words = view.mass.shape[1]
    if n_words > MAX_RANGE_WORDS and longest > MAX_RANGE_WORDS:
        return _likely_ranges(view.gain(tokens))
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
    if not (start < end).any():
        return _all_ranges(1, 1)[0], np.array([len(gain)])
    return start[start < end], end[start < end]
