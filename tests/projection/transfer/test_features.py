from __future__ import annotations

import numpy as np
import pytest

from projection.transfer.batch import SpanBatch
from projection.transfer.features import FEATURES, describe_ranges
from projection.transfer.letters import compare_texts, compare_words
from projection.transfer.memory import Sightings
from projection.transfer.views import PairView, SpanView
from projection.transfer.weights import KINDS, WEIGHTS


def _describe(
    src: str,
    tgt: str,
    tokens: list[int],
    place: tuple[int, int],
    links: tuple[tuple[int, int], ...] = (),
    sightings: Sightings | None = None,
) -> dict[str, float]:
    mass = np.zeros((len(src.split()), len(tgt.split())), dtype=np.float32)
    for one, other in links:
        mass[one, other] = 1.0
    view = PairView.make(src.split(), tgt.split(), mass)
    span = SpanView(view, tokens, np.array([place[0]]), np.array([place[1]]), sightings)
    return dict(zip(FEATURES, describe_ranges(SpanBatch([span]))[:, 0].tolist(), strict=True))


def test_every_feature_has_weights_for_every_kind() -> None:
    assert set(WEIGHTS) == {*FEATURES, "null"}
    assert len(set(FEATURES)) == len(FEATURES)
    assert all(len(row) == len(KINDS) for row in WEIGHTS.values())


def test_links_by_hand() -> None:
    # Span "b c"; b goes to x, c is not linked, a goes to w, y and z to nothing. Range: w x y.
    found = _describe("a b c", "w x y z", [1, 2], (0, 3), ((0, 0), (1, 1)))
    assert found["dice"] == pytest.approx(2 / (1 + 1 + 0.7 + 0.35))
    assert found["log_dice"] == pytest.approx(np.log(found["dice"] + 0.05))
    assert found["dice_outside"] == pytest.approx(2 / (1 + 1 + 1))
    assert found["dice_length"] == pytest.approx(2 / (1 + 3))
    assert found["dice_source"] == pytest.approx(2 / (2 + 3))
    assert (found["lost"], found["lost_source"], found["uncovered"]) == (0.0, 0.0, 0.5)
    assert (found["outside"], found["unlinked"]) == (1.0, 1.0)
    edges = [found[name] for name in ("outside_first", "unlinked_last", "unlinked_after", "unlinked_before")]
    assert edges == [1.0, 1.0, 1.0, 0.0]
    assert (found["longer"], found["shorter"]) == (pytest.approx(np.log(1.5)), 0.0)


def test_the_words_beside_the_span_and_the_range() -> None:
    found = _describe("the red house stands", "dort steht das rote Haus", [1, 2], (3, 5), ((0, 2), (1, 3), (2, 4)))
    assert (found["context_before"], found["outside_before"]) == (1.0, 1.0)
    # The text ends after the range, but not after the span.
    assert (found["context_after"], found["outside_after"]) == (0.0, 1.0)
    assert found["lost"] == 0.0


def test_capitals_at_the_edges() -> None:
    found = _describe("in New York now", "jetzt in Neu york", [1, 2], (2, 4))
    assert (found["small_first"], found["small_last"], found["small_inside"]) == (0.0, 1.0, 1.0)
    # A small word of three letters at most, where the span begins with a longer one.
    assert _describe("see Rome", "in Rom", [1], (0, 2))["short_first"] == 1.0
    assert _describe("see the Rome", "in Rom", [1, 2], (1, 2))["short_dropped"] == 1.0
    # The first word of a sentence has its capital anyway.
    assert _describe("Food is good", "comida es buena", [0], (0, 1))["small_first"] == 0.0
    # A capital beside the range that is linked to nothing.
    beside = _describe("the UK left", "das Vereinigte Königreich ging", [1], (1, 2), ((1, 1),))
    assert (beside["capital_after"], beside["capital_before"]) == (1.0, 0.0)


def test_signs_numbers_and_brackets() -> None:
    found = _describe("on 3 May", "am ( 3. Mai ,", [1, 2], (1, 5))
    assert (found["sign_first"], found["sign_last"], found["signs_inside"]) == (1.0, 1.0, 2.0)
    assert (found["numbers"], found["brackets"]) == (0.0, 1.0)
    assert _describe("stop .", "halt .", [0, 1], (0, 1))["sign_missing"] == 1.0


def test_letters() -> None:
    alike = compare_words(["obama", "5pm", "algeria", "de"], ["obama", "5", "nordalgerien", "de", "xyz"])
    assert alike[0].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert alike[1, 1] == pytest.approx(0.8)
    # "algeria" against its likest part, "algerie": 12 of 14 letters.
    assert alike[2, 2] == pytest.approx(0.7 * (12 / 14 - 0.7) / 0.3)
    assert alike[3].tolist() == [0.0] * 5
    assert compare_texts(["abcd"] * 3, ["abcd", "abxy", "ab"]).tolist() == pytest.approx([1.0, 0.0, 2 * (4 / 6 - 0.5)])
    assert not len(compare_texts([], []))


def test_likeness_of_words_and_of_the_whole() -> None:
    found = _describe("saw Anna Berg today", "heute kam Anna Berg", [1, 2], (2, 3))
    assert found["spelling_words"] == pytest.approx(0.5)
    assert found["spelling_lost"] == pytest.approx(0.5)
    assert found["spelling"] == pytest.approx(2 * (2 * 4 / (4 + 9) - 0.5))
    assert _describe("saw Anna Berg today", "heute kam Anna Berg", [1, 2], (2, 4))["spelling"] == 1.0


def test_other_sentences_by_hand() -> None:
    # In 4 other sentences with the span: x stands 3 times, followed by y 2 times; y is in half of all sentences.
    counts = np.zeros((4, 4))
    counts[0, 1], counts[0, 2], counts[1, 1] = 3.0, 2.0, 2.0
    sightings = Sightings(4, np.array([0.1, 0.5, 0.1]), counts, np.array([5.0, 9.0, 1.0]))
    found = _describe("a b", "x y z", [0], (0, 1), sightings=sightings)
    assert found["seen"] == pytest.approx(3 / 5)
    assert found["seen_dice"] == pytest.approx(2 * 3 / (4 + 5 + 1))
    assert found["seen_after"] == pytest.approx(2 / 4 - 0.5)
    wide = _describe("a b", "x y z", [0], (0, 2), sightings=sightings)
    assert wide["seen_dice"] == pytest.approx(2 * 2 / (4 + 5 + 1))
    assert wide["loose_last"] == pytest.approx((3 - 2) / (3 + 1))
    assert wide["loose_first"] == 0.0
