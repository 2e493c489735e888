"""Span precision, recall and F1 in four readings (SemEval-2013 task 9, Segura-Bedmar et al. 2013).

- strict: same boundaries and same label.
- exact: same boundaries, whatever the label.
- partial: spans that share at least one position, whatever the label; a pair with different boundaries counts half.
- type: spans that share at least one position and have the same label.

Each gold span is paired with at most one predicted span and the other way round, within one sentence. Strict and exact
count equal spans (a span given twice counts twice on its side). Partial takes spans with equal boundaries first and
then as many other overlapping pairs as possible; type takes as many pairs as possible. All figures are micro averages
over the whole corpus; a quotient of zero by zero is 0, as in `conlleval`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from projection.errors import Problem, ProjectionError
from projection.formats.base import Sentence
from projection.tagging import TokenSpan
from projection.types import Span

READINGS = ("strict", "exact", "partial", "type")

SpanLike = Span | TokenSpan | tuple[str, int, int]


class _Mark(NamedTuple):
    """A span as it is compared: label, segment, and the pieces that it covers."""

    label: str
    segment: int
    intervals: tuple[tuple[int, int], ...]

    @property
    def place(self) -> tuple[int, tuple[tuple[int, int], ...]]:
        return self.segment, self.intervals

    def overlaps(self, other: _Mark) -> bool:
        """Whether both share a position."""
        if self.segment != other.segment:
            return False
        pieces = ((one, two) for one in self.intervals for two in other.intervals)
        return any(one[0] < two[1] and two[0] < one[1] for one, two in pieces)


@dataclass(slots=True)
class _Count:
    gold: int = 0
    predicted: int = 0
    gold_credit: float = 0.0
    predicted_credit: float = 0.0


@dataclass(frozen=True, slots=True)
class SpanScore:
    """Precision, recall and F1 in percent, and what they come from.

    For one label in the readings that ignore labels, precision is over predicted spans of that label and recall over
    gold spans of that label, so `correct` (of the gold side) need not equal precision times `n_predicted`.

    Attributes:
        correct: credit of the gold spans: 1 for a hit, 0.5 for a partial one.
        n_gold: gold spans.
        n_predicted: predicted spans.
        labels: the same for each label, sorted by name; empty inside a label.
    """

    precision: float
    recall: float
    f1: float
    correct: float
    n_gold: int
    n_predicted: int
    labels: dict[str, SpanScore] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values; figures rounded to 2 decimals."""
        figures: dict[str, Any] = {
            "precision": round(self.precision, 2),
            "recall": round(self.recall, 2),
            "f1": round(self.f1, 2),
            "correct": self.correct,
            "n_gold": self.n_gold,
            "n_predicted": self.n_predicted,
        }
        if self.labels:
            figures["labels"] = {label: score.to_json() for label, score in self.labels.items()}
        return figures


@dataclass(frozen=True, slots=True)
class SpanScores:
    """The four readings over a number of sentences."""

    strict: SpanScore
    exact: SpanScore
    partial: SpanScore
    type: SpanScore
    n_sentences: int

    def to_json(self) -> dict[str, Any]:
        """Plain values: `{"strict": {"precision": .., "recall": .., "f1": .., "labels": {..}}, "exact": ..}`."""
        readings = {name: getattr(self, name).to_json() for name in READINGS}
        return {**readings, "n_sentences": self.n_sentences}


def measure_spans(gold: Sequence[Iterable[SpanLike]], predicted: Sequence[Iterable[SpanLike]]) -> SpanScores:
    """Compare the spans of sentences that stand in the same order.

    Args:
        gold: for each sentence its spans, in tokens or in characters.
        predicted: the same sentences with the spans to be judged, in the same unit.

    Raises:
        ProjectionError: `different-counts` when the numbers of sentences differ.
    """
    if len(gold) != len(predicted):
        raise ProjectionError(_different_counts(len(gold), len(predicted)))
    counts: dict[str, dict[str, _Count]] = {name: {} for name in READINGS}
    for gold_spans, predicted_spans in zip(gold, predicted, strict=True):
        _count_sentence([_mark(span) for span in gold_spans], [_mark(span) for span in predicted_spans], counts)
    scores = {name: _score(counts[name]) for name in READINGS}
    return SpanScores(**scores, n_sentences=len(gold))


def measure_sentences(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> SpanScores:
    """Compare two files sentence by sentence; their tokens must be equal.

    Raises:
        ProjectionError: `different-counts`, or `different-tokens` at the first sentence whose tokens differ.
    """
    for right, judged in zip(gold, predicted, strict=False):
        if right.words != judged.words:
            raise ProjectionError(_different_tokens(right, judged))
    return measure_spans([row.spans for row in gold], [row.spans for row in predicted])


def _mark(span: SpanLike) -> _Mark:
    if isinstance(span, Span):
        return _Mark(span.label, span.segment, tuple((start, end) for start, end in span.intervals))
    label, start, end = span
    return _Mark(label, 0, ((start, end),))


def _different_counts(n_gold: int, n_predicted: int) -> Problem:
    fault = f"The gold data has {n_gold} sentences, the predicted data {n_predicted}."
    return Problem("different-counts", fault, "Compare files with the same sentences in the same order.")


def _different_tokens(gold: Sentence, predicted: Sentence) -> Problem:
    pairs = enumerate(zip([*gold.words, ""], [*predicted.words, ""], strict=False), start=1)
    number, (right, judged) = next((number, pair) for number, pair in pairs if pair[0] != pair[1])
    fault = (
        f"Token {number} of sentence {gold.id!r} is {_shown(right)} in the gold data, "
        f"{_shown(judged)} in the predicted data."
    )
    return Problem(
        "different-tokens",
        fault,
        "Compare files with the same sentences and tokens.",
        place=f"gold line {gold.line}, predicted line {predicted.line}",
        line=predicted.line,
        row=predicted.row,
    )


def _shown(word: str) -> str:
    return repr(word) if word else "missing"


# ------------------------------------------------------------------------------------------------------------ counting


def _count_sentence(gold: list[_Mark], predicted: list[_Mark], counts: dict[str, dict[str, _Count]]) -> None:
    if not gold and not predicted:
        return
    for name in READINGS:
        for mark in gold:
            counts[name].setdefault(mark.label, _Count()).gold += 1
        for mark in predicted:
            counts[name].setdefault(mark.label, _Count()).predicted += 1
    same_label_and_place = _pair_equal(gold, predicted, key=lambda mark: mark)
    same_place = _pair_equal(gold, predicted, key=lambda mark: mark.place, before=same_label_and_place)
    found = {
        "strict": [(pair, 1.0) for pair in same_label_and_place],
        "exact": [(pair, 1.0) for pair in same_place],
        "partial": _pair_partly(gold, predicted, same_place),
        "type": [(pair, 1.0) for pair in _pair_most(gold, predicted, is_match=_is_same_type)],
    }
    for name, pairs in found.items():
        for (one, two), credit in pairs:
            counts[name][gold[one].label].gold_credit += credit
            counts[name][predicted[two].label].predicted_credit += credit


def _is_same_type(gold: _Mark, predicted: _Mark) -> bool:
    return gold.label == predicted.label and gold.overlaps(predicted)


def _pair_equal(
    gold: Sequence[_Mark],
    predicted: Sequence[_Mark],
    *,
    key: Callable[[_Mark], object],
    before: Sequence[tuple[int, int]] = (),
) -> list[tuple[int, int]]:
    """Pairs of positions with equal keys, in addition to the pairs made before."""
    paired_gold, paired_predicted = {one for one, _ in before}, {two for _, two in before}
    free: dict[object, list[int]] = {}
    for two, mark in enumerate(predicted):
        if two not in paired_predicted:
            free.setdefault(key(mark), []).append(two)
    pairs = list(before)
    for one, mark in enumerate(gold):
        choices = free.get(key(mark))
        if choices and one not in paired_gold:
            pairs.append((one, choices.pop(0)))
    return pairs


def _pair_partly(
    gold: Sequence[_Mark], predicted: Sequence[_Mark], equal: Sequence[tuple[int, int]]
) -> list[tuple[tuple[int, int], float]]:
    gold_left = sorted(set(range(len(gold))) - {one for one, _ in equal})
    predicted_left = sorted(set(range(len(predicted))) - {two for _, two in equal})
    others = _pair_most(
        [gold[one] for one in gold_left], [predicted[two] for two in predicted_left], is_match=_Mark.overlaps
    )
    half = [((gold_left[one], predicted_left[two]), 0.5) for one, two in others]
    return [*((pair, 1.0) for pair in equal), *half]


def _pair_most(
    gold: Sequence[_Mark], predicted: Sequence[_Mark], *, is_match: Callable[[_Mark, _Mark], bool]
) -> list[tuple[int, int]]:
    """As many one-to-one pairs as possible (augmenting paths)."""
    edges = [[two for two, other in enumerate(predicted) if is_match(mark, other)] for mark in gold]
    partner: dict[int, int] = {}

    def find(one: int, visited: set[int]) -> bool:
        for two in edges[one]:
            if two in visited:
                continue
            visited.add(two)
            if two not in partner or find(partner[two], visited):
                partner[two] = one
                return True
        return False

    for one in range(len(gold)):
        find(one, set())
    return sorted((one, two) for two, one in partner.items())


# ------------------------------------------------------------------------------------------------------------- figures


def _score(counts: dict[str, _Count]) -> SpanScore:
    labels = {label: _figures(count) for label, count in sorted(counts.items())}
    total = _Count(
        gold=sum(count.gold for count in counts.values()),
        predicted=sum(count.predicted for count in counts.values()),
        gold_credit=sum(count.gold_credit for count in counts.values()),
        predicted_credit=sum(count.predicted_credit for count in counts.values()),
    )
    return _figures(total, labels)


def _figures(count: _Count, labels: dict[str, SpanScore] | None = None) -> SpanScore:
    precision = _percent(count.predicted_credit, count.predicted)
    recall = _percent(count.gold_credit, count.gold)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return SpanScore(precision, recall, f1, count.gold_credit, count.gold, count.predicted, labels or {})


def _percent(part: float, whole: int) -> float:
    return 100.0 * part / whole if whole else 0.0
