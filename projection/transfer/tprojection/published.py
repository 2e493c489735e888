"""The assignment of the published system, step by step: source order, best score, first free place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from projection.transfer.decoder import SpanPair, covered_tokens, make_span, unprojected
from projection.transfer.tprojection.hypotheses import Proposals, without_signs
from projection.transfer.tprojection.occurrences import TokenRange, find_words
from projection.types import Candidate, Span

Scored = Mapping[tuple[str, str], float]
"""Scores of (source string, target string)."""


def in_source_order(spans: Mapping[str, Span]) -> list[str]:
    """Keys of spans by where they start; those that start together in the order given."""
    return sorted(spans, key=lambda key: spans[key].intervals[0].start_char)


def span_text(pair: SpanPair, span: Span, *, strip_signs: bool) -> str:
    """The words of a source span, as scores name it."""
    words = pair.source.words
    text = " ".join(words[token] for token in covered_tokens(pair.source, span))
    return without_signs(text) if strip_signs else text


def proposed_texts(pair: SpanPair, label: str, proposals: Proposals, *, strip_signs: bool) -> list[str]:
    """Strings for a label that occur in the target, in order of first mention."""
    texts = (without_signs(text) if strip_signs else text for text in proposals.of(label))
    words = pair.target.words
    return [text for text in dict.fromkeys(texts) if find_words(words, text)]


def wanted_pairs(
    pair: SpanPair, spans: Mapping[str, Span], proposals: Proposals, *, strip_signs: bool
) -> list[tuple[str, str]]:
    """The (source string, target string) pairs that `select_published` needs scores of."""
    wanted = (
        (span_text(pair, span, strip_signs=strip_signs), text)
        for span in spans.values()
        for text in proposed_texts(pair, span.label, proposals, strip_signs=strip_signs)
    )
    return list(dict.fromkeys(wanted))


def select_published(
    pair: SpanPair,
    spans: Mapping[str, Span],
    proposals: Proposals,
    scores: Scored,
    *,
    strip_signs: bool,
    n_alternatives: int = 5,
) -> list[Candidate]:
    """Candidates of all spans of a sentence, as the published system assigns them.

    Spans are taken in source order. Of the strings proposed for its label that still occur on free words, a span gets
    the one with the best score, at its first free place; there is no threshold. Pairs without a score count 0.

    Args:
        pair: tokenised segments.
        spans: source spans by key.
        proposals: of the text-to-text model.
        scores: see `wanted_pairs`.
        strip_signs: compare without ASCII punctuation; the published system does so where no source label of the whole
            file has a word of punctuation only.
        n_alternatives: candidates kept for each span; those after the first are the other strings by score.

    Returns:
        For each span, in the order given, its candidates, or one without a span and a reason: `empty-target`,
        `no-tokens`, `not-in-target` (no proposed string occurs in the target), `conflict` (other spans hold them all).
    """
    free = [True] * len(pair.target.tokens)
    found: dict[str, list[Candidate]] = {}
    for key in in_source_order(spans):
        span = spans[key]
        source = span_text(pair, span, strip_signs=strip_signs)
        texts = proposed_texts(pair, span.label, proposals, strip_signs=strip_signs)
        ranked = sorted(texts, key=lambda text: -scores.get((source, text), 0.0))
        reason = _reason(pair, source, ranked)
        chosen = None if reason else _first_free(pair, ranked, free)
        if chosen is None:
            found[key] = [unprojected(key, reason or "conflict")]
            continue
        free[slice(*chosen[1])] = [False] * (chosen[1][1] - chosen[1][0])
        others = [(text, find_words(pair.target.words, text)[0]) for text in ranked if text != chosen[0]]
        found[key] = [
            Candidate(
                source_id=key,
                span=make_span(pair, span, key, *place),
                score=round(min(max(scores.get((source, text), 0.0), 0.0), 1.0), 4),
                parts={"translation": round(scores.get((source, text), 0.0), 4)},
                rank=rank,
            )
            for rank, (text, place) in enumerate([chosen, *others][:n_alternatives])
        ]
    return [candidate for key in spans for candidate in found[key]]


def _reason(pair: SpanPair, source: str, texts: Sequence[str]) -> str:
    if not pair.target.tokens:
        return "empty-target"
    if not source:
        return "no-tokens"
    return "" if texts else "not-in-target"


def _first_free(pair: SpanPair, ranked: Sequence[str], free: Sequence[bool]) -> tuple[str, TokenRange] | None:
    """The best string with a place on free words, and its first such place."""
    words = [word if is_free else "\0" for word, is_free in zip(pair.target.words, free, strict=True)]
    for text in ranked:
        places = find_words(words, text)
        if places:
            return text, places[0]
    return None
