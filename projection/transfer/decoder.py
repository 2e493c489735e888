"""Scored transfer: ranked target candidates for each source span of one segment pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from projection.text import interval_of_tokens, tokens_of_interval, trim_interval
from projection.transfer.assign import Choice, Claim, assign_ranges
from projection.transfer.profiles import PROFILES, Kind, Profile, choose_kind
from projection.transfer.score import PairView, RangeScores, score_ranges
from projection.types import Candidate, Segment, Span

_N_CHOICES = 40
_LINKED_MASS = 0.1


@dataclass(frozen=True, slots=True)
class DecoderSettings:
    """How spans are transferred.

    Attributes:
        kind: `name`, `phrase`, `clause`, or `auto` to choose for each span.
        n_alternatives: candidates kept for each span, the best included.
        min_score: below this a range is no candidate.
        profile: weights to use whatever the kind is, or None.
    """

    kind: Kind = "auto"
    n_alternatives: int = 5
    min_score: float = 0.15
    profile: Profile | None = None

    def profile_of(self, words: Sequence[str]) -> Profile:
        """The weights for a source span with these words."""
        if self.profile is not None:
            return self.profile
        return PROFILES[choose_kind(words) if self.kind == "auto" else self.kind]


@dataclass(frozen=True, slots=True)
class SpanPair:
    """A segment pair whose spans are transferred; `tgt_segment` is the target's index in its item."""

    source: Segment
    target: Segment
    tgt_segment: int


def span_key(span: Span, number: int) -> str:
    """The id of a source span; spans without one are named by their position in `Item.spans`."""
    return span.id or f"#{number}"


def covered_tokens(segment: Segment, span: Span) -> tuple[int, ...]:
    """Tokens that any interval of the span touches, in text order."""
    tokens: set[int] = set()
    for interval in span.intervals:
        tokens.update(range(*tokens_of_interval(segment.tokens, interval)))
    return tuple(sorted(tokens))


def transfer_spans(
    pair: SpanPair,
    spans: Mapping[str, Span],
    mass: npt.NDArray[np.float32],
    *,
    settings: DecoderSettings,
) -> list[Candidate]:
    """Candidates for every source span of a segment pair.

    Args:
        pair: tokenised segments.
        spans: source spans by key; discontinuous ones count with all their tokens.
        mass: shape (n_src, n_tgt): link probabilities.
        settings: decoder settings.

    Returns:
        For each span, in the order given, up to `n_alternatives` candidates, rank 0 being the range that goes with
        those of the other spans and the rest following by score; or one candidate without a span and a reason:
        `empty-target`, `no-tokens` (the span touches no token), `no-link` (nothing is linked to it, and the profile
        needs links), `low-score` (nothing reaches `min_score`), `conflict` (other spans hold all its ranges).
    """
    if not pair.target.tokens:
        return [unprojected(key, "empty-target") for key in spans]
    tokens = {key: covered_tokens(pair.source, span) for key, span in spans.items()}
    words = pair.source.words
    view = PairView.make(words, pair.target.words, mass)
    keys = [key for key in spans if tokens[key]]
    profiles = {key: settings.profile_of([words[token] for token in tokens[key]]) for key in keys}
    scores = {key: score_ranges(view, tokens[key], profiles[key]) for key in keys}
    choices = {key: _choices(scores[key], settings.min_score) for key in keys}
    taken = assign_ranges(
        {number: [choice for choice, _ in choices[key]] for number, key in enumerate(keys)},
        {number: Claim(spans[key].layer, frozenset(tokens[key])) for number, key in enumerate(keys)},
    )
    chosen = {keys[number]: choice for number, choice in taken.items()}
    found: list[Candidate] = []
    for key, span in spans.items():
        if key in chosen:
            found += _ranked(pair, key, span, scores[key], choices[key], chosen[key], settings.n_alternatives)
        else:
            least_mass = _LINKED_MASS * len(tokens[key]) if key in scores and profiles[key].needs_links else 0.0
            found.append(unprojected(key, _reason(scores.get(key), choices.get(key, []), least_mass)))
    return found


def unprojected(source_id: str, reason: str, *, score: float = 0.0) -> Candidate:
    """The candidate of a source span that has no target span."""
    return Candidate(source_id=source_id, span=None, score=score, reason=reason)


def _choices(scores: RangeScores, min_score: float) -> list[tuple[Choice, int]]:
    """The best ranges with their index in the scores."""
    return [
        (Choice(float(scores.score[index]), int(scores.start[index]), int(scores.end[index])), int(index))
        for index in scores.best(_N_CHOICES)
        if scores.score[index] >= min_score
    ]


def _reason(scores: RangeScores | None, choices: Sequence[tuple[Choice, int]], least_mass: float) -> str:
    """Why a span got no range; with less posterior mass than `least_mass` it counts as not linked."""
    if scores is None:
        return "no-tokens"
    if choices:
        return "conflict"
    return "no-link" if scores.span_mass < least_mass else "low-score"


def _ranked(
    pair: SpanPair,
    key: str,
    span: Span,
    scores: RangeScores,
    choices: Sequence[tuple[Choice, int]],
    chosen: Choice,
    n_alternatives: int,
) -> list[Candidate]:
    ordered = sorted(choices, key=lambda found: (found[0] != chosen, -found[0].score))
    return [
        Candidate(
            source_id=key,
            span=make_span(pair, span, key, choice.start, choice.end),
            score=round(choice.score, 4),
            parts={name: round(float(values[index]), 4) for name, values in scores.parts.items()},
            rank=rank,
        )
        for rank, (choice, index) in enumerate(ordered[:n_alternatives])
    ]


def make_span(pair: SpanPair, span: Span, key: str, start_token: int, end_token: int) -> Span:
    """The target span over a token range, without white space at its edges."""
    interval = interval_of_tokens(pair.target.tokens, start_token, end_token)
    trimmed = trim_interval(pair.target.text, *interval)
    return Span(label=span.label, intervals=(trimmed,), segment=pair.tgt_segment, layer=span.layer, source_id=key)
