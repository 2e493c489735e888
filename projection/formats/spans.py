"""Spans in characters and spans in tokens."""

from __future__ import annotations

from collections.abc import Iterator

from projection.errors import Problem
from projection.tagging import TokenSpan
from projection.text import tokens_of_interval, trim_interval
from projection.types import Item, Side, Span


def token_spans(
    item: Item, *, segment: int, layer: str | None = None, row: int = -1
) -> tuple[list[TokenSpan], list[Problem]]:
    """Spans of one segment as ranges of its stored tokens.

    White space at the edges of a span does not matter.

    Args:
        item: the item.
        segment: index of the segment.
        layer: only spans of this layer; all when None.
        row: for problems.

    Returns:
        The spans in stored order, and one problem for each that is discontinuous or does not start and end with a
        token (`discontinuous-span`, `sub-token-span`), or one when the segment has no tokens (`no-tokens`).
    """
    spans: list[TokenSpan] = []
    problems: list[Problem] = []
    if not item.segments[segment].tokens and item.segments[segment].text.strip():
        problems.append(_loss(item, row, "no-tokens", "The segment has no stored tokens.", "Tokenise it first."))
    for number, span in enumerate(item.spans, start=1):
        if span.segment != segment or layer not in (None, span.layer):
            continue
        found = _token_span(item, span)
        if isinstance(found, TokenSpan):
            spans.append(found)
            continue
        fault = f"The {span.label} span {span.surface(item.segments[segment].text)!r} {found[1]}"
        problems.append(_loss(item, row, found[0], fault, "Left out: use JSON Lines to keep it.", number))
    return spans, problems


def _token_span(item: Item, span: Span) -> TokenSpan | tuple[str, str]:
    if len(span.intervals) != 1:
        return "discontinuous-span", "has several pieces."
    segment = item.segments[span.segment]
    interval = trim_interval(segment.text, *span.intervals[0])
    first, end = tokens_of_interval(segment.tokens, interval)
    fits = first < end and (segment.tokens[first][0], segment.tokens[end - 1][1]) == interval
    if not fits:
        return "sub-token-span", "does not start and end with a token."
    return TokenSpan(span.label, first, end)


def lost_links(item: Item, *, side: Side, row: int, has_spans: bool = True) -> Iterator[Problem]:
    """What hangs on the spans of a side and gets lost in formats that hold spans at most: relations, concepts."""
    n_relations = len(item.relations_of(side)) if item.relations else 0
    if n_relations:
        fault = f"{n_relations} relation(s) are left out: the format holds none."
        yield _loss(item, row, "relations-lost", fault, "Use JSON Lines to keep them.")
    n_concepts = sum(bool(span.concept) for span in item.spans_of(side)) if has_spans else 0
    if n_concepts:
        fault = f"{n_concepts} span(s) are written without their concepts: the format holds none."
        yield _loss(item, row, "concepts-lost", fault, "Use JSON Lines to keep them.")


def _loss(item: Item, row: int, code: str, message: str, remedy: str, number: int = 0) -> Problem:
    place = f"item {item.id}, span {number}" if number else f"item {item.id}"
    return Problem(code, message, remedy, place=place, item_id=item.id, row=row)
