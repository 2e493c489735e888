"""Rules for spans that fill sentences (Yeginbergen and Agerri 2023, arXiv 2301.10527: argument components).

Word links leave the edges of long spans out (articles, conjunctions), which costs each of them its boundaries. Where
the labels of a source sentence leave no word free at an edge, those of the target leave none free either.

`repair_tags` repeats the published repair tag by tag. `apply_rules` works on candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from projection.align.words import is_sign
from projection.tagging import OUTSIDE, split_tag
from projection.text import tokens_of_interval
from projection.transfer.decoder import SpanPair, covered_tokens, make_span
from projection.transfer.profiles import CLAUSE_WORDS
from projection.types import Candidate, Segment, Span

LongSpans = Literal["off", "published", "corrected"]
LONG_SPANS: tuple[LongSpans, ...] = ("off", "published", "corrected")

_PUBLISHED_REACH = 2


def repair_tags(src_tags: Sequence[str], tgt_tags: Sequence[str]) -> list[str]:
    """Target tags after the published repair.

    Where the source tags begin with B-, end with I- of the same label and are of two kinds at most (so that no word is
    free), the first target word becomes B-, the second I-, and a B- on the third becomes I-. All other words keep
    their tags, also free ones at the end.

    Args:
        src_tags: IOB2 tags of the source sentence.
        tgt_tags: IOB2 tags of the target sentence.
    """
    repaired = list(tgt_tags)
    label = _filling_label(src_tags)
    if not label:
        return repaired
    repaired[:2] = [f"B-{label}", f"I-{label}"][: len(repaired)]
    if len(repaired) > _PUBLISHED_REACH and (split_tag(repaired[_PUBLISHED_REACH]) or (OUTSIDE, ""))[0] == "B":
        repaired[_PUBLISHED_REACH] = f"I-{label}"
    return repaired


def _filling_label(tags: Sequence[str]) -> str:
    """The label of a sentence without free words whose spans have one label; "" for others."""
    if not tags or len(set(tags)) > 2:
        return ""
    (first, label), (last, other) = (split_tag(tag) or (OUTSIDE, "") for tag in (tags[0], tags[-1]))
    return label if (first, last) == ("B", "I") and label == other else ""


def apply_rules(
    pair: SpanPair, spans: Mapping[str, Span], candidates: Sequence[Candidate], *, mode: LongSpans
) -> list[Candidate]:
    """Candidates of a segment pair whose best spans reach the edges of the sentence where the source's do.

    `published`: in a source sentence that the spans of one label fill, the first target span begins with the first
    word where it began with the second or third.

    `corrected`, for spans of at least `CLAUSE_WORDS` words: one that fills its sentence fills the target; one that
    begins with the first word of the source begins with the first of the target, and one that ends with the last word
    ends with the last, where no other span of the layer stands between. A sign at the edge is taken along where the
    source span has one too.

    Candidates that change keep score and rank and have the part `rule` (1). Further candidates, and spans without a
    target, stay as they are, except that a span that fills its sentence always gets one.
    """
    if mode == "off" or not pair.target.tokens:
        return list(candidates)
    ranges = {c.source_id: _token_range(pair, c.span) for c in candidates if c.rank == 0 and c.span}
    find = _published_ranges if mode == "published" else _corrected_ranges
    moved = find(pair, spans, ranges)
    return list(_with_ranges(pair, spans, candidates, moved))


Range = tuple[int, int]


def _token_range(pair: SpanPair, span: Span) -> Range:
    first, last = span.intervals[0], span.intervals[-1]
    return tokens_of_interval(pair.target.tokens, first)[0], tokens_of_interval(pair.target.tokens, last)[1]


def _published_ranges(pair: SpanPair, spans: Mapping[str, Span], ranges: Mapping[str, Range]) -> dict[str, Range]:
    covered = [token for span in spans.values() for token in covered_tokens(pair.source, span)]
    is_filled = sorted(covered) == list(range(len(pair.source.tokens)))
    if not is_filled or not ranges or len({span.label for span in spans.values()}) > 1:
        return {}
    key, (start, end) = min(ranges.items(), key=lambda item: item[1])
    return {key: (0, end)} if 0 < start <= _PUBLISHED_REACH else {}


def _corrected_ranges(pair: SpanPair, spans: Mapping[str, Span], ranges: Mapping[str, Range]) -> dict[str, Range]:
    moved: dict[str, Range] = {}
    for key, span in spans.items():
        tokens = covered_tokens(pair.source, span)
        if len(tokens) < CLAUSE_WORDS:
            continue
        src_start, src_end = _reach(pair.source, tokens)
        tgt_start, tgt_end = _words_between_signs(pair.target, tokens, pair.source)
        others = [ranges[other] for other in ranges if other != key and spans[other].layer == span.layer]
        if src_start and src_end and not others:
            moved[key] = (tgt_start, tgt_end)
        elif key in ranges:
            start, end = ranges[key]
            if src_start and all(other[0] >= start for other in others):
                start = min(start, tgt_start)
            if src_end and all(other[1] <= end for other in others):
                end = max(end, tgt_end)
            moved[key] = (start, end)
    return {key: found for key, found in moved.items() if ranges.get(key) != found and found[0] < found[1]}


def _reach(segment: Segment, tokens: Sequence[int]) -> tuple[bool, bool]:
    """Whether nothing but signs stands before, and after, these tokens."""
    words = segment.words
    return all(map(is_sign, words[: tokens[0]])), all(map(is_sign, words[tokens[-1] + 1 :]))


def _words_between_signs(target: Segment, src_tokens: Sequence[int], source: Segment) -> Range:
    """All target tokens, less the signs at an edge where the source span leaves some out."""
    words = target.words
    start, end = 0, len(words)
    while src_tokens[0] > 0 and start < end and is_sign(words[start]):
        start += 1
    while src_tokens[-1] + 1 < len(source.tokens) and end > start and is_sign(words[end - 1]):
        end -= 1
    return start, end


def _with_ranges(
    pair: SpanPair, spans: Mapping[str, Span], candidates: Iterable[Candidate], moved: Mapping[str, Range]
) -> Iterable[Candidate]:
    for candidate in candidates:
        key = candidate.source_id
        if candidate.rank != 0 or key not in moved:
            yield candidate
            continue
        span = make_span(pair, spans[key], key, *moved[key])
        yield replace(candidate, span=span, reason="", parts={**candidate.parts, "rule": 1.0})
