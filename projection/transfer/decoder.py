"""Scored transfer: ranked target candidates for each source span of one segment pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from projection.text import interval_of_tokens, tokens_of_interval, trim_interval
from projection.transfer.assign import Choice, Claim, assign_ranges, collide_anywhere
from projection.transfer.memory import CorpusMemory
from projection.transfer.profiles import PROFILES, Kind, Profile, choose_kind
from projection.transfer.score import PARTS, Query, RangeScores, score_many
from projection.transfer.views import Floats, Ints, PairView
from projection.types import Candidate, Segment, Span

MEMORY_WORDS = 60
"""Of longer texts nothing is looked up in the memory: whatever is common would come along with every phrase."""

_N_CHOICES = 40
_LINKED_MASS = 0.1
_PARTS = (*PARTS, "mass", "margin_place", "margin_boundary", "rivals")


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


class SpanJob(NamedTuple):
    """The spans of one segment pair.

    Attributes:
        pair: tokenised segments.
        spans: source spans by key; discontinuous ones count with all their tokens.
        mass: shape (n_src, n_tgt): link probabilities.
    """

    pair: SpanPair
    spans: Mapping[str, Span]
    mass: npt.NDArray[np.float32]


def transfer_spans(
    pair: SpanPair,
    spans: Mapping[str, Span],
    mass: npt.NDArray[np.float32],
    *,
    settings: DecoderSettings,
) -> list[Candidate]:
    """Candidates for every source span of one segment pair, see `transfer_many`."""
    return transfer_many([SpanJob(pair, spans, mass)], settings=settings)[0]


def transfer_many(jobs: Sequence[SpanJob], *, settings: DecoderSettings) -> list[list[Candidate]]:
    """Candidates for every source span of many segment pairs; the pairs do not depend on each other.

    Returns:
        For each span, in the order given, up to `n_alternatives` candidates, rank 0 being the range that goes with
        those of the other spans and the rest following by score; or one candidate without a span and a reason:
        `empty-target`, `no-tokens` (the span touches no token), `no-link` (nothing is linked to it, and the profile
        needs links), `low-score` (nothing reaches `min_score`), `conflict` (other spans hold all its ranges).
    """
    searches = _search(jobs, settings)
    kept = [_choose(job, found, settings) for job, found in zip(jobs, searches, strict=True)]
    ranges = iter(_describe([one for of_job in kept for one in of_job.values()]))
    return [
        [
            candidate
            for key, span in job.spans.items()
            for candidate in (
                _ranked(job.pair, key, span, next(ranges))
                if key in chosen
                else [unprojected(key, _reason(job.pair, found.get(key), settings.min_score))]
            )
        ]
        for job, found, chosen in zip(jobs, searches, kept, strict=True)
    ]


class _SpanSearch(NamedTuple):
    """The best ranges of one span, best first.

    Attributes:
        profile: how they were weighed.
        claim: what the span claims.
        mass: link probability of each of its words, on average.
        ranges: shape (3, n_ranges): their scores, starts and ends.
        parts: shape (len(PARTS), n_ranges): what the scores are made of.
    """

    profile: Profile
    claim: Claim
    mass: float
    ranges: Floats
    parts: Floats

    def choices(self, n_best: int = _N_CHOICES) -> list[Choice]:
        """The first ranges."""
        rows = self.ranges[:, :n_best].T.tolist()
        return [Choice(score, int(start), int(end)) for score, start, end in rows]


class _Kept(NamedTuple):
    """The ranges of one span that become candidates, as places in the search, and what its rivals took."""

    search: _SpanSearch
    places: list[int]
    taken: list[Choice]


def _search(jobs: Sequence[SpanJob], settings: DecoderSettings) -> list[dict[str, _SpanSearch]]:
    """The searches of the spans of each job that have tokens."""
    found: list[dict[str, _SpanSearch]] = [{} for _ in jobs]
    queries: list[Query] = []
    owners: list[tuple[int, str]] = []
    for number, job in enumerate(jobs):
        for key, query in _queries(job, settings):
            queries.append(query)
            owners.append((number, key))
    for place, scores in score_many(queries):
        number, key = owners[place]
        claim = Claim(jobs[number].spans[key].layer, frozenset(queries[place].tokens))
        found[number][key] = _best_of(scores, queries[place].profile, claim)
    return found


def _queries(job: SpanJob, settings: DecoderSettings) -> Iterator[tuple[str, Query]]:
    """What is asked about each span that has tokens."""
    pair, spans, mass = job
    tokens = {key: covered_tokens(pair.source, span) for key, span in spans.items()} if pair.target.tokens else {}
    tokens = {key: covered for key, covered in tokens.items() if covered}
    if not tokens:
        return
    src_words, tgt_words = pair.source.words, pair.target.words
    view = PairView.make(src_words, tgt_words, mass, tokens.values())
    is_long = max(len(src_words), len(tgt_words)) > MEMORY_WORDS
    memory = pair.memory.look_up(src_words, tgt_words) if pair.memory is not None and not is_long else None
    for key, covered in tokens.items():
        yield key, Query(view, covered, settings.profile_of([src_words[token] for token in covered]), memory)


def _best_of(scores: RangeScores, profile: Profile, claim: Claim) -> _SpanSearch:
    best = scores.best(_N_CHOICES)
    ranges: Floats = np.array((scores.score[best], scores.start[best], scores.end[best]))
    return _SpanSearch(profile, claim, scores.span_mass / len(claim.src_tokens), ranges, scores.parts[:, best])


def _choose(job: SpanJob, searches: Mapping[str, _SpanSearch], settings: DecoderSettings) -> dict[str, _Kept]:
    """What is kept of each span that gets a range, in the order of the spans."""
    keys = [key for key in job.spans if key in searches]
    claims = {number: searches[key].claim for number, key in enumerate(keys)}
    best = {number: searches[key].choices(1)[0] for number, key in enumerate(keys)}
    taken = {number: choice for number, choice in best.items() if choice.score >= settings.min_score}
    if collide_anywhere(taken, claims):
        taken = assign_ranges({number: _able(searches[keys[number]], settings.min_score) for number in taken}, claims)
    kept = {}
    for number, choice in taken.items():
        rivals = [other for other in taken if other != number and not claims[number].may_overlap(claims[other])]
        search = searches[keys[number]]
        places = _keep(search, choice, settings.n_alternatives)
        kept[keys[number]] = _Kept(search, places, [taken[other] for other in rivals])
    return kept


def _able(search: _SpanSearch, min_score: float) -> list[Choice]:
    return [choice for choice in search.choices() if choice.score >= min_score]


def _keep(search: _SpanSearch, chosen: Choice, n_alternatives: int) -> list[int]:
    """Places of the chosen range and of the best others.

    Where all of them overlap the chosen one, the last makes way for the best of another place.
    """
    _, start, end = search.ranges
    first = int(np.argmax((start == chosen.start) & (end == chosen.end)))
    places = [first, *range(first), *range(first + 1, len(start))][:n_alternatives]
    apart = (end <= chosen.start) | (chosen.end <= start)
    if n_alternatives > 2 and not apart[places].any() and apart.any():
        places[-1] = int(np.argmax(apart))
    return places


def unprojected(source_id: str, reason: str, *, score: float = 0.0) -> Candidate:
    """The candidate of a source span that has no target span."""
    return Candidate(source_id=source_id, span=None, score=score, reason=reason)


def _reason(pair: SpanPair, search: _SpanSearch | None, min_score: float) -> str:
    """Why a span got no range; a span with hardly any link probability counts as not linked."""
    if not pair.target.tokens:
        return "empty-target"
    if search is None:
        return "no-tokens"
    if search.ranges[0, 0] >= min_score:
        return "conflict"
    return "low-score" if search.mass >= _LINKED_MASS or not search.profile.needs_links else "no-link"


def _ranked(pair: SpanPair, key: str, span: Span, ranges: Sequence[_Described]) -> list[Candidate]:
    """A candidate for each range."""
    return [
        Candidate(
            source_id=key,
            span=make_span(pair, span, key, each.start, each.end),
            score=each.score,
            parts=each.parts,
            rank=rank,
        )
        for rank, each in enumerate(ranges)
    ]


class _Described(NamedTuple):
    """A range with its score and what that is made of, rounded."""

    start: int
    end: int
    score: float
    parts: dict[str, float]


def _describe(kept: Sequence[_Kept]) -> Iterator[list[_Described]]:
    """What is kept of each span."""
    if not kept:
        return
    n_kept = [len(each.places) for each in kept]
    owner = np.repeat(np.arange(len(kept)), n_kept)
    places = np.array([place for each in kept for place in each.places])
    ranges = np.zeros((3, len(kept), _N_CHOICES))
    for number, each in enumerate(kept):
        ranges[:, number, : each.search.ranges.shape[1]] = each.search.ranges
    score, start, end = ranges[:, owner, places]
    elsewhere, nearby = _best_others(ranges[:, owner], places)
    mass = np.array([min(each.search.mass, 1.0) for each in kept])[owner]
    rivals = [_count_overlaps(each) for each in kept]
    own = np.concatenate([each.search.parts[:, each.places] for each in kept], axis=1)
    parts = np.vstack((own, mass, score - elsewhere, score - nearby, np.concatenate(rivals)))
    made_of = [dict(zip(_PARTS, values, strict=True)) for values in np.round(parts.T, 4).tolist()]
    bounds = start.astype(np.int64).tolist(), end.astype(np.int64).tolist()
    rows = map(_Described, *bounds, np.round(score, 4).tolist(), made_of)
    for n_rows in n_kept:
        yield list(islice(rows, n_rows))


def _count_overlaps(kept: _Kept) -> Floats:
    """How many rivals took words of each range; shape (n_kept,)."""
    _, start, end = kept.search.ranges[:, kept.places]
    count = np.zeros(len(kept.places))
    for other in kept.taken:
        count += (start < other.end) & (other.start < end)
    return count


def _best_others(ranges: Floats, places: Ints) -> tuple[Floats, Floats]:
    """For each kept range the best score of another place, and of another range that overlaps it; 0 without any.

    Args:
        ranges: shape (3, n_kept, n_choices): score, start and end of all ranges of its span.
        places: shape (n_kept,): which of these it is.
    """
    score, start, end = ranges
    own = np.arange(len(places)), places
    overlap = (start < end[own][:, None]) & (start[own][:, None] < end)
    elsewhere: Floats = np.where(overlap, 0.0, score).max(axis=1)
    overlap[own] = False
    return elsewhere, np.where(overlap, score, 0.0).max(axis=1)


def make_span(pair: SpanPair, span: Span, key: str, start_token: int, end_token: int) -> Span:
    """The target span over a token range, without white space at its edges."""
    interval = interval_of_tokens(pair.target.tokens, start_token, end_token)
    trimmed = trim_interval(pair.target.text, *interval)
    return Span(label=span.label, intervals=(trimmed,), segment=pair.tgt_segment, layer=span.layer, source_id=key)
