"""An item laid out for paper: texts with numbered spans, and a row for each span with its source, label and state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from annotator.models import Annotation
from annotator.queries.review import ReviewItem

Json = dict[str, Any]
Spans = Sequence[tuple[int, Sequence[Sequence[int]]]]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in the same spans; `closes` are the numbers of those that end with it."""

    text: str
    is_marked: bool
    closes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PrintedText:
    """One text with its spans."""

    segment: Json
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class PrintedSpan:
    """A row of the list under the texts: a source span with its target, or what people added."""

    number: int
    source: str
    target: str
    label: str
    state: str
    reason: str


def lay_out(item: ReviewItem, scheme: Json) -> tuple[list[PrintedText], list[PrintedSpan]]:
    """Texts and rows of an item. A source span and its target bear the same number."""
    numbers = _number(item.data)
    texts = [
        PrintedText(segment, cut(segment["text"], _spans_of(item.data, segment["id"], numbers)))
        for pair in item.pairs
        for segment in pair
        if segment
    ]
    return texts, _rows(item, scheme, numbers)


def ref_of(span: Json) -> str:
    """How a span is named: by its source span, or by itself."""
    return f"s{span['source_span']}" if span["source_span"] is not None else str(span["annotation"])


def _number(data: Json) -> dict[str, int]:
    sources = [f"s{each['id']}" for each in data["source_spans"]]
    return {ref: number for number, ref in enumerate(dict.fromkeys([*sources, *map(ref_of, data["spans"])]), start=1)}


def _spans_of(data: Json, segment_id: int, numbers: Mapping[str, int]) -> Spans:
    sources = [(numbers[f"s{each['id']}"], each) for each in data["source_spans"]]
    targets = [(numbers[ref_of(each)], each) for each in data["spans"] if each["state"] != Annotation.State.REJECTED]
    return [(number, each["intervals"]) for number, each in [*sources, *targets] if each["segment"] == segment_id]


def cut(text: str, spans: Spans) -> list[Piece]:
    """The text in pieces, cut wherever a span begins or ends."""
    inside = [(number, start, end) for number, intervals in spans for start, end in intervals]
    edges = sorted({0, len(text), *(edge for _number, *pair in inside for edge in pair)})
    last = {number: max((end for _start, end in intervals), default=0) for number, intervals in spans}
    return [
        Piece(
            text=text[start:end],
            is_marked=any(first <= start and end <= stop for _number, first, stop in inside),
            closes=tuple(sorted(number for number, stop in last.items() if stop == end)),
        )
        for start, end in pairwise(edges)
    ]


def _rows(item: ReviewItem, scheme: Json, numbers: Mapping[str, int]) -> list[PrintedSpan]:
    labels = {label["id"]: label["name"] for layer in scheme["layers"] for label in layer["labels"]}
    reasons = {reason["code"]: reason["text"] for reason in scheme["reasons"]}
    sources = {f"s{each['id']}": each for each in item.data["source_spans"]}
    texts = {segment["id"]: segment["text"] for pair in item.pairs for segment in pair if segment}
    rows = []
    for span in item.data["spans"]:
        source = sources.get(ref_of(span))
        rows.append(
            PrintedSpan(
                number=numbers[ref_of(span)],
                source=_words(source, texts, numbers) if source else "",
                target=_words(span, texts, numbers),
                label=labels.get(span["label"], ""),
                state=str(Annotation.State(span["state"]).label),
                reason=reasons.get(span["reason"], ""),
            )
        )
    return sorted(rows, key=lambda row: row.number)


def _words(span: Json, texts: Mapping[int, str], numbers: Mapping[str, int]) -> str:
    """The words that a span covers; of a relation the numbers of its ends."""
    covered = " … ".join(texts[span["segment"]][start:end] for start, end in span["intervals"])
    if covered:
        return covered
    ends = [span.get("head"), span.get("tail")]
    named = [numbers.get(str(each) if str(each) in numbers else f"s{each}") for each in ends if each is not None]
    return " → ".join(str(number) for number in named if number)
