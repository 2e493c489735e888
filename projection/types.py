"""The value objects that every part of the library takes and returns.

Offsets are half-open and count Unicode code points of `Segment.text`; token positions are 0-based indices into
`Segment.tokens`. All objects are frozen: a changed copy is made with `dataclasses.replace`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Side = Literal["source", "target"]

SOURCE: Side = "source"
TARGET: Side = "target"


class Interval(NamedTuple):
    """Half-open interval [start_char, end_char) in code points of one text."""

    start_char: int
    end_char: int


class Link(NamedTuple):
    """One alignment link: 0-based source and target token, and the probability (0 to 1) that it holds."""

    src: int
    tgt: int
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One text in one language with one role.

    Attributes:
        text: the text exactly as stored.
        lang: BCP 47 code.
        side: whether labels come from here or go here.
        role: `text`, `question`, `context`, `passage`, `utterance`, ...
        tokens: token intervals in text order, not overlapping; empty when not tokenised yet.
    """

    text: str
    lang: str
    side: Side
    role: str = "text"
    tokens: tuple[Interval, ...] = ()

    @property
    def words(self) -> list[str]:
        """The token strings."""
        return [self.text[start:end] for start, end in self.tokens]


@dataclass(frozen=True, slots=True)
class Span:
    """A label plus one or more intervals of one segment.

    Attributes:
        label: label name.
        intervals: in text order, not overlapping; more than one makes a discontinuous span.
        segment: index of its segment in `Item.segments`.
        layer: name of the layer.
        id: stable identifier inside the item.
        source_id: for a target span, the id of the source span that it came from, or "".
        concept: code of what it stands for in a terminology, or "".
        meta: provenance and whatever else a format carries (decision, reviewer, run, score, ...).
    """

    label: str
    intervals: tuple[Interval, ...]
    segment: int = 0
    layer: str = "spans"
    id: str = ""
    source_id: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    concept: str = ""

    @property
    def start_char(self) -> int:
        return self.intervals[0].start_char

    @property
    def end_char(self) -> int:
        return self.intervals[-1].end_char

    def surface(self, text: str) -> str:
        """The covered text, pieces of a discontinuous span joined by one blank."""
        return " ".join(text[start:end] for start, end in self.intervals)


@dataclass(frozen=True, slots=True)
class Relation:
    """Two spans of one side that belong together: subject and object, predicate and argument, claim and premise.

    Attributes:
        label: label name.
        head: id of the span that it goes from.
        tail: id of the span that it goes to.
        layer: name of the layer.
        id: stable identifier inside the item, shared with those of spans.
        source_id: for a target relation, the id of the source relation that it came from, or "".
        meta: whatever else a format carries.
    """

    label: str
    head: str
    tail: str
    layer: str = "relations"
    id: str = ""
    source_id: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Links between the tokens of two segments of one item (indices into `Item.segments`)."""

    links: tuple[Link, ...]
    src_segment: int = 0
    tgt_segment: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A machine's proposed target label for one source span.

    Attributes:
        source_id: id of the source span.
        span: the proposed target span; None when the span could not be projected.
        score: comparable within one engine, 0 to 1, higher is surer.
        parts: what the score is made of, by name.
        rank: 0 for the best candidate of this source span, then 1, 2, ...
        reason: why there is no span (code in kebab case); "" when there is one.
        probability: calibrated probability (0 to 1) that it is right, comparable between engines; None where it was
            not calibrated.
    """

    source_id: str
    span: Span | None
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    rank: int = 0
    reason: str = ""
    probability: float | None = None

    @property
    def is_unprojected(self) -> bool:
        return self.span is None


@dataclass(frozen=True, slots=True)
class Item:
    """What a reviewer decides on at once: segments of both sides with their spans, links and candidates."""

    id: str
    segments: tuple[Segment, ...]
    spans: tuple[Span, ...] = ()
    document: str = ""
    alignments: tuple[Alignment, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()

    def segment_index(self, side: Side, *, role: str | None = None) -> int:
        """Index of the first segment of a side (and role).

        Raises:
            LookupError: when the item has none.
        """
        for index, segment in enumerate(self.segments):
            if segment.side == side and role in (None, segment.role):
                return index
        raise LookupError(f"item {self.id} has no {side} segment")

    @property
    def source(self) -> Segment:
        return self.segments[self.segment_index(SOURCE)]

    @property
    def target(self) -> Segment:
        return self.segments[self.segment_index(TARGET)]

    def spans_of(self, side: Side) -> list[Span]:
        """Spans whose segment is on one side, in stored order."""
        return [span for span in self.spans if self.segments[span.segment].side == side]

    def relations_of(self, side: Side) -> list[Relation]:
        """Relations whose head is on one side, in stored order."""
        ids = {span.id for span in self.spans_of(side)}
        return [relation for relation in self.relations if relation.head in ids]
