"""Targets in several pieces: foreign words may stand between the parts of a separable verb or of a list.

People who project by hand count such targets as missing where spans must be unbroken (García-Ferrero et al. 2022), so
this is off unless the layer allows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from projection.align.words import is_sign
from projection.text import interval_of_tokens, tokens_of_interval, trim_interval
from projection.transfer.decoder import SpanPair, covered_tokens
from projection.transfer.heuristic import Run, split_runs
from projection.types import Candidate, Interval, Span

Floats = npt.NDArray[np.float64]

MAX_PIECES = 3
_LINKED = 0.5


def find_pieces(own: Floats, others: Floats) -> list[Run]:
    """The runs of target tokens that belong to a span, in text order.

    Args:
        own: shape (n_tgt,): link mass of each target token with the span.
        others: shape (n_tgt,): link mass with source tokens outside the span.

    Returns:
        Runs of tokens with at least half of their mass in the span and more than outside. Tokens between two of them
        join them unless one of these is linked elsewhere.
    """
    runs = split_runs(np.flatnonzero((own >= _LINKED) & (own > others)).tolist())
    joined: list[Run] = []
    for run in runs:
        if joined and not (others[joined[-1].end : run.start] >= _LINKED).any():
            joined[-1] = Run(joined[-1].start, run.end)
        else:
            joined.append(run)
    return joined


def add_pieces(
    pair: SpanPair,
    spans: Mapping[str, Span],
    candidates: Sequence[Candidate],
    mass: npt.NDArray[np.float32],
    *,
    n_alternatives: int = 5,
) -> list[Candidate]:
    """Candidates with those in several pieces among them.

    Args:
        pair: tokenised segments.
        spans: source spans by key.
        candidates: what the transfer found, in one piece each; candidates of one span stand together, best first.
        mass: shape (n_src, n_tgt): link probabilities.
        n_alternatives: candidates kept for each span.

    Returns:
        A span whose links fall into two or three pieces gets one candidate more. Its score is that of the best
        candidate times the ratio of their Dice coefficients of linked words, so that it comes first where the words
        between the pieces are many, unless other spans of its layer hold one of its words.
    """
    grouped: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        grouped.setdefault(candidate.source_id, []).append(candidate)
    held = {key: _tokens_of(pair, group[0].span) for key, group in grouped.items() if group[0].span}
    for key, group in grouped.items():
        tokens = covered_tokens(pair.source, spans[key])
        if not tokens or group[0].span is None:
            continue
        own = mass[list(tokens)].sum(axis=0, dtype=np.float64)
        pieces = _without_signs(pair, find_pieces(own, mass.sum(axis=0, dtype=np.float64) - own))
        if not 1 < len(pieces) <= MAX_PIECES:
            continue
        candidate = _in_pieces(pair, spans[key], group[0], pieces, own)
        words = _tokens_of(pair, candidate.span)
        is_free = all(
            not words & held[other] or not _compete(pair, spans, key, other) for other in held if other != key
        )
        grouped[key] = _inserted(group, candidate, may_lead=is_free)[:n_alternatives]
        if grouped[key][0].span is not None:
            held[key] = _tokens_of(pair, grouped[key][0].span)
    return [candidate for group in grouped.values() for candidate in group]


def _without_signs(pair: SpanPair, pieces: Sequence[Run]) -> list[Run]:
    words = pair.target.words
    return [piece for piece in pieces if not all(map(is_sign, words[piece.start : piece.end]))]


def _tokens_of(pair: SpanPair, span: Span | None) -> frozenset[int]:
    intervals = span.intervals if span else ()
    return frozenset(
        token for interval in intervals for token in range(*tokens_of_interval(pair.target.tokens, interval))
    )


def _compete(pair: SpanPair, spans: Mapping[str, Span], key: str, other: str) -> bool:
    """Whether two spans may not share words: those of one layer that do not overlap in the source."""
    if spans[key].layer != spans[other].layer:
        return False
    first, second = (covered_tokens(pair.source, spans[each]) for each in (key, other))
    return not set(first) & set(second)


def _in_pieces(pair: SpanPair, span: Span, best: Candidate, pieces: Sequence[Run], own: Floats) -> Candidate:
    tokens = [token for piece in pieces for token in range(piece.start, piece.end)]
    whole = sorted(_tokens_of(pair, best.span))
    ratio = _dice(own, tokens) / max(_dice(own, whole), 1e-9)
    intervals = tuple(_trimmed(pair, piece) for piece in pieces)
    return Candidate(
        source_id=best.source_id,
        span=Span(span.label, intervals, pair.tgt_segment, span.layer, source_id=best.source_id),
        score=round(min(1.0, best.score * ratio), 4),
        parts={**best.parts, "pieces": float(len(pieces))},
    )


def _trimmed(pair: SpanPair, piece: Run) -> Interval:
    return trim_interval(pair.target.text, *interval_of_tokens(pair.target.tokens, piece.start, piece.end))


def _dice(own: Floats, tokens: Sequence[int]) -> float:
    """Linked mass inside the tokens against all of it and all of them."""
    capped = np.minimum(own, 1.0)
    return float(2.0 * capped[list(tokens)].sum() / (capped.sum() + len(tokens)))


def _inserted(group: Sequence[Candidate], candidate: Candidate, *, may_lead: bool) -> list[Candidate]:
    """The group with the candidate at its place by score; ties keep the unbroken one first."""
    first_place = 0 if may_lead else 1
    place = next(
        (number for number, each in enumerate(group) if number >= first_place and candidate.score > each.score),
        len(group),
    )
    ordered = [*group[:place], candidate, *group[place:]]
    return [replace(each, rank=rank) for rank, each in enumerate(ordered)]
