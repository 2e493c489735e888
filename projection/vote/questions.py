"""What a voter is asked: layers with their labels, the questions of an item, and what it may see beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from projection.errors import EngineError, Problem
from projection.projectors.pairs import pair_segments
from projection.types import SOURCE, TARGET, Candidate, Interval, Item, Relation, Span

Kind = Literal["span", "class", "grade", "token", "relation", "answer"]
KINDS: tuple[Kind, ...] = ("span", "class", "grade", "token", "relation", "answer")


@dataclass(frozen=True, slots=True)
class LabelText:
    """A label as a voter is shown it.

    Attributes:
        name: as stored, and as the voter answers it.
        definition: what it stands for, in English, or "".
        translated: its name in the language of the target, or "".
    """

    name: str
    definition: str = ""
    translated: str = ""


@dataclass(frozen=True, slots=True)
class LayerText:
    """A layer as a voter is shown it.

    Attributes:
        name: of the layer.
        kind: `span`, `class`, `grade` (classes in an order), `token`, `relation`, or `answer` (a span that answers
            the question of the item).
        labels: its tagset in its usual order; empty for an open one.
        is_open: whether other labels may be given.
        guideline: what else a voter should know, or "".
    """

    name: str
    kind: Kind = "span"
    labels: tuple[LabelText, ...] = ()
    is_open: bool = False
    guideline: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The labels' names in their order."""
        return tuple(label.name for label in self.labels)

    def label(self, name: str) -> LabelText:
        """A label by its name; one without definition where the layer has none of that name."""
        return next((label for label in self.labels if label.name == name), LabelText(name))


@dataclass(frozen=True, slots=True)
class Question:
    """One source label of an item.

    Attributes:
        source_id: its id, unique in the item.
        layer: its layer.
        label: its label.
        src_segment: index of the segment that it lies in.
        tgt_segment: index of the segment that its target must lie in; None where the item has none.
        src_intervals: what it covers; nothing for a relation.
        head: id of the span that a relation goes from, or "".
        tail: id of the span that it goes to, or "".
    """

    source_id: str
    layer: LayerText
    label: str
    src_segment: int
    tgt_segment: int | None
    src_intervals: tuple[Interval, ...] = ()
    head: str = ""
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One item as a voter gets it: the questions, and what it may see.

    Attributes:
        item: segments, source labels, word links (which place repeated words), candidates.
        questions: in the order of the source labels.
        before: texts of the target language that stand before the item in its document, nearest last.
        after: texts that follow it, nearest first.
        shows_source_labels: whether the voter sees the source labels of classes and grades; without them it says
            what it finds in the target, which shows whether a label survives translation.
        candidates: for judging: the candidate of each question, by its id.
    """

    item: Item
    questions: tuple[Question, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    shows_source_labels: bool = True
    candidates: Mapping[str, Candidate] = field(default_factory=dict)

    def question(self, source_id: str) -> Question:
        """Raises `LookupError` where it was not asked."""
        for question in self.questions:
            if question.source_id == source_id:
                return question
        raise LookupError(f"item {self.item.id} has no question {source_id}")

    @property
    def layers(self) -> tuple[LayerText, ...]:
        """The layers of its questions, each once."""
        return tuple({question.layer.name: question.layer for question in self.questions}.values())


def make_sheet(
    item: Item,
    layers: Sequence[LayerText],
    *,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
    shows_source_labels: bool = True,
    candidates: Mapping[str, Candidate] | None = None,
) -> Sheet:
    """The questions of an item: one for each source label of a layer that is asked about.

    Raises:
        EngineError: `bad-layer` for two layers of one name, `bad-item` for a source label without an id.
    """
    by_name = {layer.name: layer for layer in layers}
    if len(by_name) != len(layers):
        raise EngineError(Problem("bad-layer", "Two layers have the same name.", "Give each its own."))
    targets = {view.src_index: view.tgt_index for view in pair_segments(item)}
    spans = {span.id: span for span in item.spans}
    found = [
        _ask_about(item, span, by_name[span.layer], targets) for span in item.spans_of(SOURCE) if span.layer in by_name
    ]
    found += [
        _ask_about_relation(relation, by_name[relation.layer], spans, targets)
        for relation in item.relations_of(SOURCE)
        if relation.layer in by_name
    ]
    ids = [question.source_id for question in found]
    if not all(ids) or len(set(ids)) != len(ids):
        fault = f"The source labels of the item {item.id!r} lack ids of their own."
        raise EngineError(Problem("bad-item", fault, "Give each source label an id.", item_id=item.id))
    return Sheet(item, tuple(found), tuple(before), tuple(after), shows_source_labels, dict(candidates or {}))


def _ask_about(item: Item, span: Span, layer: LayerText, targets: Mapping[int, int]) -> Question:
    tgt = targets.get(span.segment)
    if tgt is None and layer.kind in ("class", "grade"):
        tgt = next((index for index, each in enumerate(item.segments) if each.side == TARGET), None)
    return Question(span.id, layer, span.label, span.segment, tgt, span.intervals)


def _ask_about_relation(
    relation: Relation, layer: LayerText, spans: Mapping[str, Span], targets: Mapping[int, int]
) -> Question:
    segment = spans[relation.head].segment
    return Question(
        relation.id, layer, relation.label, segment, targets.get(segment), head=relation.head, tail=relation.tail
    )


def without_labels(sheet: Sheet) -> Sheet:
    """The same sheet where classes and grades are asked about without showing the source's."""
    return replace(sheet, shows_source_labels=False)
