"""Token tags: accuracy, and precision, recall and F1 of each tag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from projection.errors import Problem, ProjectionError

Tags = Sequence[Sequence[str | None]]


@dataclass(frozen=True, slots=True)
class TagFigures:
    """Figures of one tag in percent."""

    precision: float
    recall: float
    f1: float
    n_gold: int
    n_predicted: int

    def to_json(self) -> dict[str, Any]:
        """Plain values; figures rounded to 2 decimals."""
        figures = {name: round(getattr(self, name), 2) for name in ("precision", "recall", "f1")}
        return figures | {"n_gold": self.n_gold, "n_predicted": self.n_predicted}


@dataclass(frozen=True, slots=True)
class TokenScore:
    """Figures of a corpus in percent.

    Attributes:
        accuracy: right tags of all tokens with a gold tag; abstentions are wrong.
        precision: right tags of those tokens that have a predicted tag.
        coverage: share of tokens with a predicted tag.
        macro_f1: mean F1 over the gold tags.
        n_tokens: tokens with a gold tag.
        n_sentences: sentences.
        labels: figures of each gold or predicted tag, sorted by name.
    """

    accuracy: float
    precision: float
    coverage: float
    macro_f1: float
    n_tokens: int
    n_sentences: int
    labels: dict[str, TagFigures]

    def to_json(self) -> dict[str, Any]:
        """Plain values; figures rounded to 2 decimals."""
        figures = {name: round(getattr(self, name), 2) for name in ("accuracy", "precision", "coverage", "macro_f1")}
        labels = {label: score.to_json() for label, score in self.labels.items()}
        return figures | {"n_tokens": self.n_tokens, "n_sentences": self.n_sentences, "labels": labels}


def measure_tokens(gold: Tags, predicted: Tags) -> TokenScore:
    """Compare tags of the same tokens; None is no tag, and tokens without a gold tag are left out.

    Raises:
        ProjectionError: `different-counts` where sentences or their tokens are not the same number.
    """
    if len(gold) != len(predicted):
        fault = f"There are {len(gold)} gold sentences and {len(predicted)} predicted ones."
        raise ProjectionError(Problem("different-counts", fault, "Compare the same sentences."))
    pairs: Counter[tuple[str, str | None]] = Counter()
    for number, (right, judged) in enumerate(zip(gold, predicted, strict=True), start=1):
        if len(right) != len(judged):
            fault = f"The sentence has {len(right)} gold tokens and {len(judged)} predicted ones."
            raise ProjectionError(
                Problem("different-counts", fault, "Compare the same tokens.", place=f"sentence {number}")
            )
        pairs.update((tag, other) for tag, other in zip(right, judged, strict=True) if tag is not None)
    n_tokens = pairs.total()
    n_tagged = sum(count for (_, tag), count in pairs.items() if tag is not None)
    n_right = sum(count for (right_tag, tag), count in pairs.items() if right_tag == tag)
    labels = _labels(pairs)
    wanted = [labels[tag].f1 for tag in {tag for tag, _ in pairs}]
    return TokenScore(
        accuracy=_percent(n_right, n_tokens),
        precision=_percent(n_right, n_tagged),
        coverage=_percent(n_tagged, n_tokens),
        macro_f1=sum(sorted(wanted)) / len(wanted) if wanted else 0.0,
        n_tokens=n_tokens,
        n_sentences=len(gold),
        labels=labels,
    )


def _labels(pairs: Counter[tuple[str, str | None]]) -> dict[str, TagFigures]:
    gold: Counter[str] = Counter()
    predicted: Counter[str] = Counter()
    for (right, judged), count in pairs.items():
        gold[right] += count
        if judged is not None:
            predicted[judged] += count
    figures = {}
    for tag in sorted(gold.keys() | predicted.keys()):
        precision, recall = _percent(pairs[tag, tag], predicted[tag]), _percent(pairs[tag, tag], gold[tag])
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        figures[tag] = TagFigures(precision, recall, f1, gold[tag], predicted[tag])
    return figures


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 0.0
