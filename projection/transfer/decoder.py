"""Scored transfer: ranked target candidates for each source span of one segment pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from projection.text import interval_of_tokens, tokens_of_interval, trim_interval
from projection.transfer.assign import Choice, Claim, assign_ranges
from projection.transfer.memory import CorpusMemory
from projection.transfer.profiles import PROFILES, Kind, Profile, choose_kind
from projection.transfer.score import RangeScores, score_ranges
from projection.transfer.views import PairView
from projection.types import Candidate, Segment, Span

MEMORY_WORDS = 60
"""Of longer texts nothing is looked up in the memory: whatever is common would come along with every phrase."""

_N_CHOICES = 40
_LINKED_MASS = 0.1


@dataclass(frozen=True, slots=True)
class DecoderSettings:
    """How spans are transferred.

    Attributes:
        kind: `name`, `phrase`, `clause`, or `auto` to choose for each span.
        n_alternatives: candidates kept for each span, the best included.
        min_score: a span whose best range has a lower score stays unprojected.
        profile: weights to use whatever the kind is, or None.
    """

    kind: Kind = "auto"
    n_alternatives: int = 5
    min_score: float = 0.05
    profile: Profile | None = None

    def profile_of(self, words: Sequence[str]) -> Profile:
        """The weights for a source span with these words."""
        if self.profile is not None:
            return self.profile
        return PROFILES[choose_kind(words) if self.kind == "auto" else self.kind]


@dataclass(frozen=True, slots=True)
class SpanPair:
    """A segment pair whose spans are transferred.

    Attributes:
        source: tokenised source segment.
        target: tokenised target segment.
        tgt_segment: the target's index in its item.
        memory: what the other sentence pairs of the corpus say, where it is known.
    """

    source: Segment
    target: Segment
    tgt_segment: int
    memory: CorpusMemory | None = None


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
    searches = _search(pair, {key: covered for key, covered in tokens.items() if covered}, mass, settings)
    claims = {key: Claim(spans[key].layer, frozenset(tokens[key])) for key in searches}
    chosen = _assign(searches, claims, settings.min_score)
    found: list[Candidate] = []
    for key, span in spans.items():
        if key in chosen:
            rivals = [(other, claims[other]) for other in chosen if other != key]
            taken = [chosen[other] for other, claim in rivals if not claims[key].may_overlap(claim)]
            found += _ranked(pair, key, span, searches[key], chosen[key], taken, settings.n_alternatives)
        else:
            found.append(unprojected(key, _reason(searches.get(key), settings.min_score)))
    return found


@dataclass(frozen=True, slots=True)
class _SpanSearch:
    """The scored ranges of one span: all of them, and the best with their index among all."""

    profile: Profile
    n_words: int
    scores: RangeScores
    choices: list[tuple[Choice, int]]


def _search(
    pair: SpanPair,
    tokens: Mapping[str, tuple[int, ...]],
    mass: npt.NDArray[np.float32],
    settings: DecoderSettings,
) -> dict[str, _SpanSearch]:
    if not tokens:
        return {}
    src_words, tgt_words = pair.source.words, pair.target.words
    view = PairView.make(src_words, tgt_words, mass, tokens.values())
    is_long = max(len(src_words), len(tgt_words)) > MEMORY_WORDS
    memory = pair.memory.look_up(src_words, tgt_words) if pair.memory is not None and not is_long else None
    found = {}
    for key, covered in tokens.items():
        profile = settings.profile_of([src_words[token] for token in covered])
        scores = score_ranges(view, covered, profile, memory)
        found[key] = _SpanSearch(profile, len(covered), scores, _choices(scores))
    return found


def _assign(searches: Mapping[str, _SpanSearch], claims: Mapping[str, Claim], min_score: float) -> dict[str, Choice]:
    keys = list(searches)
    able = {
        number: [choice for choice, _ in searches[key].choices if choice.score >= min_score]
        for number, key in enumerate(keys)
    }
    taken = assign_ranges(able, {number: claims[key] for number, key in enumerate(keys)})
    return {keys[number]: choice for number, choice in taken.items()}


def unprojected(source_id: str, reason: str, *, score: float = 0.0) -> Candidate:
    """The candidate of a source span that has no target span."""
    return Candidate(source_id=source_id, span=None, score=score, reason=reason)


def _choices(scores: RangeScores) -> list[tuple[Choice, int]]:
    """The best ranges with their index in the scores."""
    best = scores.best(_N_CHOICES)
    rows = zip(scores.score[best].tolist(), scores.start[best].tolist(), scores.end[best].tolist(), strict=True)
    return list(zip(map(Choice._make, rows), best.tolist(), strict=True))


def _reason(search: _SpanSearch | None, min_score: float) -> str:
    """Why a span got no range; a span with hardly any link probability counts as not linked."""
    if search is None:
        return "no-tokens"
    if search.choices[0][0].score >= min_score:
        return "conflict"
    is_linked = search.scores.span_mass >= _LINKED_MASS * search.n_words
    return "low-score" if is_linked or not search.profile.needs_links else "no-link"


def _ranked(
    pair: SpanPair,
    key: str,
    span: Span,
    search: _SpanSearch,
    chosen: Choice,
    taken: Sequence[Choice],
    n_alternatives: int,
) -> list[Candidate]:
    """The chosen range, then the others by score."""
    ordered = sorted(search.choices, key=lambda found: (found[0] != chosen, -found[0].score))
    kept = _diverse(ordered, chosen, n_alternatives)
    parts = _parts_of(search, kept, taken)
    return [
        Candidate(
            source_id=key,
            span=make_span(pair, span, key, choice.start, choice.end),
            score=round(choice.score, 4),
            parts={name: values[rank] for name, values in parts.items()},
            rank=rank,
        )
        for rank, (choice, _) in enumerate(kept)
    ]


def _diverse(
    ordered: Sequence[tuple[Choice, int]], chosen: Choice, n_alternatives: int
) -> Sequence[tuple[Choice, int]]:
    """The first ranges; where all of them overlap the chosen one, the last makes way for the best of another place."""
    kept = list(ordered[:n_alternatives])
    if n_alternatives > 2 and all(_overlap(choice, chosen) for choice, _ in kept):
        kept[-1:] = [found for found in ordered if not _overlap(found[0], chosen)][:1] or kept[-1:]
    return kept


def _overlap(one: Choice, other: Choice) -> bool:
    return one.start < other.end and other.start < one.end


def _parts_of(
    search: _SpanSearch, kept: Sequence[tuple[Choice, int]], taken: Sequence[Choice]
) -> dict[str, list[float]]:
    """For each kept range: what its score is made of, and how far it is ahead of others."""
    indices = [index for _, index in kept]
    scores = search.scores.score[indices]
    elsewhere, nearby = _best_others(search.choices, kept)
    parts = {
        **{name: values[indices] for name, values in search.scores.parts.items()},
        "mass": np.full(len(kept), min(search.scores.span_mass / search.n_words, 1.0)),
        "margin_place": scores - elsewhere,
        "margin_boundary": scores - nearby,
        "rivals": np.array([sum(_overlap(choice, other) for other in taken) for choice, _ in kept], dtype=np.float64),
    }
    rounded: dict[str, list[float]] = {name: np.round(values, 4).tolist() for name, values in parts.items()}
    return rounded


def _best_others(
    choices: Sequence[tuple[Choice, int]], kept: Sequence[tuple[Choice, int]]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each kept range the best score of another place, and of another range that overlaps it; 0 without any."""
    score, start, end = np.array([choice for choice, _ in choices]).T
    _, first, last = np.array([choice for choice, _ in kept]).T[:, :, None]
    overlap = (start < last) & (first < end)
    same = (start == first) & (end == last)
    return np.where(overlap, 0.0, score).max(axis=1), np.where(overlap & ~same, score, 0.0).max(axis=1)


def make_span(pair: SpanPair, span: Span, key: str, start_token: int, end_token: int) -> Span:
    """The target span over a token range, without white space at its edges."""
    interval = interval_of_tokens(pair.target.tokens, start_token, end_token)
    trimmed = trim_interval(pair.target.text, *interval)
    return Span(label=span.label, intervals=(trimmed,), segment=pair.tgt_segment, layer=span.layer, source_id=key)
