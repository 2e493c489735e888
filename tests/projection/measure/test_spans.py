from __future__ import annotations

import json
from pathlib import Path

import pytest

from projection.errors import ProjectionError
from projection.formats import read_conll
from projection.measure import measure_sentences, measure_spans
from projection.tagging import TokenSpan
from projection.types import Interval, Span

Found = list[tuple[str, int, int]]


def f1s(gold: Found, predicted: Found) -> tuple[float, float, float, float]:
    scores = measure_spans([gold], [predicted])
    return tuple(round(getattr(scores, name).f1, 2) for name in ("strict", "exact", "partial", "type"))


@pytest.mark.parametrize(
    ("gold", "predicted", "strict", "exact", "partial", "of_type"),
    [
        ([("PER", 0, 2)], [("PER", 0, 2)], 100, 100, 100, 100),
        # Right place, other label.
        ([("PER", 0, 2)], [("LOC", 0, 2)], 0, 100, 100, 0),
        # Right label, other place.
        ([("PER", 0, 2)], [("PER", 1, 3)], 0, 0, 50, 100),
        # Neither, but they overlap.
        ([("PER", 0, 2)], [("LOC", 1, 3)], 0, 0, 50, 0),
        # They touch but share no token.
        ([("PER", 0, 2)], [("PER", 2, 3)], 0, 0, 0, 0),
        # One of two predicted: precision 100, recall 50, F1 66.67.
        ([("PER", 0, 2), ("LOC", 3, 4)], [("PER", 0, 2)], 66.67, 66.67, 66.67, 66.67),
        # One gold span split in two: one predicted span gets the credit. Partial P .25 R .5; type P .5 R 1.
        ([("PER", 0, 4)], [("PER", 0, 2), ("PER", 2, 4)], 0, 0, 33.33, 66.67),
        # The same span predicted twice is right once: P 50, R 100.
        ([("PER", 0, 2)], [("PER", 0, 2), ("PER", 0, 2)], 66.67, 66.67, 66.67, 66.67),
        # As many pairs as possible: the long one must leave (0, 2) to the short one. Partial 1 of 2 halves each.
        ([("PER", 0, 4), ("PER", 4, 6)], [("PER", 1, 5), ("PER", 0, 2)], 0, 0, 50, 100),
        # Both nested spans are found at one place with both labels.
        ([("PER", 0, 2), ("ORG", 0, 2)], [("ORG", 0, 2), ("PER", 0, 2)], 100, 100, 100, 100),
        ([], [], 0, 0, 0, 0),
        ([("PER", 0, 2)], [], 0, 0, 0, 0),
        ([], [("PER", 0, 2)], 0, 0, 0, 0),
    ],
)
def test_four_readings(
    gold: Found, predicted: Found, strict: float, exact: float, partial: float, of_type: float
) -> None:
    assert f1s(gold, predicted) == (strict, exact, partial, of_type)
    assert f1s(predicted, gold) == (strict, exact, partial, of_type)


def test_figures_and_labels_worked_by_hand() -> None:
    gold = [[("PER", 0, 2), ("LOC", 3, 4)], [("PER", 0, 1)]]
    predicted = [[("PER", 0, 2), ("ORG", 3, 4)], [("LOC", 5, 6), ("PER", 0, 2)]]
    figures = measure_spans(gold, predicted).to_json()
    assert json.loads(json.dumps(figures)) == figures
    assert figures["n_sentences"] == 2
    # Strict: 1 right of 4 predicted and 3 gold.
    assert figures["strict"] == {
        "precision": 25.0,
        "recall": 33.33,
        "f1": 28.57,
        "correct": 1.0,
        "n_gold": 3,
        "n_predicted": 4,
        "labels": {
            "LOC": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "correct": 0.0, "n_gold": 1, "n_predicted": 1},
            "ORG": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "correct": 0.0, "n_gold": 0, "n_predicted": 1},
            "PER": {"precision": 50.0, "recall": 50.0, "f1": 50.0, "correct": 1.0, "n_gold": 2, "n_predicted": 2},
        },
    }
    # Exact: (0, 2) and (3, 4): 2 of 4 and 2 of 3. The place that LOC has was predicted as ORG.
    exact = figures["exact"]
    assert (exact["precision"], exact["recall"], exact["f1"]) == (50.0, 66.67, 57.14)
    assert (exact["labels"]["LOC"]["recall"], exact["labels"]["LOC"]["precision"]) == (100.0, 0.0)
    assert (exact["labels"]["ORG"]["recall"], exact["labels"]["ORG"]["precision"]) == (0.0, 100.0)
    # Partial: 2 whole and 1 half: 2.5 of 4 and 2.5 of 3.
    partial = figures["partial"]
    assert (partial["precision"], partial["recall"], partial["correct"]) == (62.5, 83.33, 2.5)
    # Type: the two persons: 2 of 4 and 2 of 3.
    of_type = figures["type"]
    assert (of_type["precision"], of_type["recall"], of_type["f1"]) == (50.0, 66.67, 57.14)


def test_one_place_with_several_labels_pairs_equal_labels_first() -> None:
    scores = measure_spans([[("A", 0, 1), ("B", 0, 1)]], [[("B", 0, 1)]])
    assert scores.exact.labels["B"].recall == 100
    assert scores.exact.labels["A"].recall == 0


def test_spans_in_characters_with_pieces_and_segments() -> None:
    def span(label: str, *pieces: tuple[int, int], segment: int = 0) -> Span:
        return Span(label, tuple(Interval(*piece) for piece in pieces), segment)

    gold = [[span("X", (0, 3), (6, 9)), span("X", (0, 3), segment=1)]]
    assert measure_spans(gold, gold).strict.f1 == 100
    # In the gap of the pieces nothing is shared; in another segment neither.
    assert measure_spans(gold, [[span("X", (3, 6)), span("X", (20, 23), segment=1)]]).type.f1 == 0
    assert measure_spans(gold, [[span("X", (0, 9)), span("X", (0, 3), segment=1)]]).partial.f1 == 75


def test_spans_may_be_lists_and_files_may_be_empty() -> None:
    assert measure_spans([[["PER", 0, 1]]], [(TokenSpan("PER", 0, 1),)]).strict.f1 == 100
    scores = measure_spans([], [])
    assert (scores.n_sentences, scores.strict.f1, scores.strict.labels) == (0, 0.0, {})


def test_different_counts_are_refused() -> None:
    with pytest.raises(ProjectionError) as caught:
        measure_spans([[]], [[], []])
    assert str(caught.value) == (
        "The gold data has 1 sentences, the predicted data 2. Compare files with the same sentences in the same order."
    )


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        (
            b"Ann O\n\nOslo O\nRome O\n",
            (
                "gold line 3, predicted line 3: Token 2 of sentence '2' is 'Paris' in the gold data, "
                "'Rome' in the predicted data. Compare files with the same sentences and tokens."
            ),
        ),
        (
            b"Ann O\n\n\nOslo O\n",
            (
                "gold line 3, predicted line 4: Token 2 of sentence '2' is 'Paris' in the gold data, "
                "missing in the predicted data. Compare files with the same sentences and tokens."
            ),
        ),
        (
            b"Ann O\n",
            (
                "The gold data has 2 sentences, the predicted data 1. "
                "Compare files with the same sentences in the same order."
            ),
        ),
    ],
)
def test_other_sentences_are_refused_with_their_place(predicted: bytes, expected: str) -> None:
    gold = read_conll(b"Ann B-PER\n\nOslo B-LOC\nParis B-LOC\n").rows
    with pytest.raises(ProjectionError) as caught:
        measure_sentences(gold, read_conll(predicted).rows)
    assert str(caught.value) == expected


@pytest.mark.data
@pytest.mark.parametrize(
    ("projection", "part", "expected"),
    [
        ("mgiza", "train", 77.0),
        ("fast_align", "train", 75.0),
        ("simalign", "train", 86.7),
        ("awesome", "train", 91.5),
        ("mgiza", "test", 74.1),
        ("fast_align", "test", 72.5),
        ("simalign", "test", 84.9),
        ("awesome", "test", 89.7),
    ],
)
def test_published_projections_get_their_published_figures(
    data_dir: Path, projection: str, part: str, expected: float
) -> None:
    gold, predicted = (
        read_conll((data_dir / "ote-absa" / f"es.{name}.{part}.tsv").read_bytes()).rows
        for name in ("manual", projection)
    )
    assert measure_sentences(gold, predicted).strict.f1 == pytest.approx(expected, abs=0.05)


@pytest.mark.data
@pytest.mark.parametrize(
    ("projection", "partial", "of_type"),
    [("mgiza", 85.90, 94.78), ("simalign", 92.43, 98.17), ("awesome", 95.22, 98.99)],
)
def test_partial_and_type_equal_those_of_another_scorer(
    data_dir: Path, projection: str, partial: float, of_type: float
) -> None:
    # The figures are those of nervaluate 1.2.1 (partial, ent_type) for the same files.
    gold, predicted = (
        read_conll((data_dir / "ote-absa" / f"es.{name}.train.tsv").read_bytes()).rows
        for name in ("manual", projection)
    )
    scores = measure_sentences(gold, predicted)
    assert scores.partial.f1 == pytest.approx(partial, abs=0.005)
    assert scores.type.f1 == pytest.approx(of_type, abs=0.005)
