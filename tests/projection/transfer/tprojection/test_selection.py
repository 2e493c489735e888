"""Which proposed string goes to which source span: as published, and ours."""

from __future__ import annotations

import numpy as np
import pytest

from projection.transfer.decoder import DecoderSettings
from projection.transfer.tprojection.hypotheses import read_hypotheses
from projection.transfer.tprojection.improved import (
    SelectionSettings,
    find_places,
    select_improved,
    wanted_surfaces,
)
from projection.transfer.tprojection.published import select_published, wanted_pairs
from projection.types import Candidate, Item
from tests.projection.transfer.tprojection.sentences import make_item, split, surfaces

Scores = dict[tuple[str, str], float]


def published(item: Item, hypotheses: list[str], scores: Scores, *, strip_signs: bool = True) -> list[Candidate]:
    pair, spans = split(item)
    proposals = read_hypotheses(hypotheses, {span.label for span in item.spans})
    return select_published(pair, spans, proposals, scores, strip_signs=strip_signs)


def improved(
    item: Item, hypotheses: list[str], scores: Scores, *, mass: np.ndarray | None = None, **settings: object
) -> list[Candidate]:
    pair, spans = split(item)
    proposals = read_hypotheses(hypotheses, {span.label for span in item.spans})
    chosen = SelectionSettings(**{"n_grams": "never", **settings})
    places = find_places(pair, spans, proposals, mass=mass, settings=chosen)
    return select_improved(pair, spans, places, scores, has_links=mass is not None, settings=chosen)


SWAPPED = make_item("Dutch and Flemish", "flamencos y neerlandeses", [("MISC", 0, 1), ("MISC", 2, 3)])
BOTH = ["<Miscellaneous>flamencos</Miscellaneous><Miscellaneous>neerlandeses</Miscellaneous>"]
SWAPPED_SCORES = {
    ("Dutch", "flamencos"): 0.7,
    ("Dutch", "neerlandeses"): 0.6,
    ("Flemish", "flamencos"): 0.95,
    ("Flemish", "neerlandeses"): 0.2,
}


def test_published_order_lets_the_first_span_take_the_string_of_the_second() -> None:
    found = published(SWAPPED, BOTH, SWAPPED_SCORES)
    assert surfaces(found, SWAPPED.target.text) == ["flamencos", "neerlandeses"]
    assert [candidate.score for candidate in found if candidate.source_id == "s1"] == [0.7, 0.6]


def test_ours_lets_the_surest_span_choose_first() -> None:
    found = improved(SWAPPED, BOTH, SWAPPED_SCORES)
    assert surfaces(found, SWAPPED.target.text) == ["neerlandeses", "flamencos"]
    runner_up = next(candidate for candidate in found if candidate.source_id == "s1" and candidate.rank == 1)
    assert runner_up.span is not None
    assert runner_up.span.surface(SWAPPED.target.text) == "flamencos"


REPEATED = make_item("in Rome we met Ada of Rome", "Ada de Roma vive en Roma", [("LOC", 1, 2), ("LOC", 6, 7)])
ROMA = ["<Location>Roma</Location>"]
ROMA_SCORES = {("Rome", "Roma"): 0.9}


def starts(candidates: list[Candidate]) -> list[int]:
    return [candidate.span.start_char for candidate in candidates if candidate.rank == 0 and candidate.span]


def test_published_takes_the_first_free_place_of_a_repeated_string() -> None:
    assert starts(published(REPEATED, ROMA, ROMA_SCORES)) == [7, 20]


def test_ours_tells_places_of_a_repeated_string_apart_by_position_or_links() -> None:
    assert starts(improved(REPEATED, ROMA, ROMA_SCORES)) == [7, 20]
    mass = np.zeros((7, 6), dtype=np.float32)
    mass[1, 5] = mass[6, 2] = 0.9
    found = improved(REPEATED, ROMA, ROMA_SCORES, mass=mass)
    assert starts(found) == [20, 7]
    assert all("aligned" in candidate.parts and candidate.parts["translation"] == 0.9 for candidate in found)


def test_score_worked_by_hand() -> None:
    item = make_item("a Rome b c", "x y z Roma", [("LOC", 1, 2)])
    (candidate,) = improved(item, [*ROMA, "<Location>nada</Location>"], ROMA_SCORES, link_weight=0.4)
    # Middle of the source span 1.5 / 4, of the target range 3.5 / 4.
    assert candidate.parts["position"] == 0.5
    assert candidate.parts["proposed"] == 0.5
    assert candidate.score == pytest.approx(0.9 * (1 - 0.4 * (1 - 0.5)))


def test_published_strips_signs_only_where_no_label_has_a_word_of_signs() -> None:
    item = make_item("Plooij-van Gorsel spoke", "habló Plooij-van Gorsel .", [("PER", 0, 2)])
    hypotheses = ["<Person>Plooij-van Gorsel</Person>"]
    stripped, whole = {("Plooijvan Gorsel", "Plooijvan Gorsel"): 0.9}, {("Plooij-van Gorsel", "Plooij-van Gorsel"): 0.8}
    assert [each.score for each in published(item, hypotheses, stripped)] == [0.9]
    assert [each.score for each in published(item, hypotheses, whole, strip_signs=False)] == [0.8]
    assert [each.score for each in improved(item, hypotheses, stripped, link_weight=0.0)] == [0.9]
    pair, spans = split(item)
    proposals = read_hypotheses(hypotheses, {"PER"})
    assert wanted_pairs(pair, spans, proposals, strip_signs=True) == list(stripped)
    places = find_places(pair, spans, proposals, mass=None, settings=SelectionSettings())
    assert wanted_surfaces(pair, spans, places) == list(whole)


@pytest.mark.parametrize("select", [published, improved])
def test_spans_without_a_target_say_why(select: object) -> None:
    item = make_item("Rome and Paris", "Roma", [("LOC", 0, 1), ("LOC", 2, 3)])
    scores = {("Rome", "Roma"): 0.9, ("Paris", "Roma"): 0.5}
    assert surfaces(select(item, ROMA, scores), "Roma") == ["Roma", "conflict"]
    assert surfaces(select(item, ["<Location>Milano</Location>"], scores), "Roma") == ["not-in-target"] * 2
    empty = make_item("Rome", "", [("LOC", 0, 1)])
    assert surfaces(select(empty, ROMA, scores), "") == ["empty-target"]


def test_a_threshold_holds_for_ours_only() -> None:
    item = make_item("Rome", "Roma", [("LOC", 0, 1)])
    scores = {("Rome", "Roma"): 0.1}
    assert surfaces(published(item, ROMA, scores), "Roma") == ["Roma"]
    high, low = DecoderSettings(min_score=0.5), DecoderSettings(min_score=0.05)
    assert surfaces(improved(item, ROMA, scores, decoder=high), "Roma") == ["low-score"]
    assert surfaces(improved(item, ROMA, scores, decoder=low), "Roma") == ["Roma"]


def test_without_translation_scores_spelling_decides() -> None:
    item = make_item("Rome likes Milan", "Milano ama Roma", [("LOC", 0, 1), ("LOC", 2, 3)])
    hypotheses = ["<Location>Milano</Location><Location>Roma</Location><Location>ama</Location>"]
    assert surfaces(improved(item, hypotheses, {}), item.target.text) == ["Roma", "Milano"]


def test_word_sequences_fill_in_where_the_model_proposed_nothing_usable() -> None:
    item = make_item("Lisbon and Rome", "Lisboa y Roma", [("LOC", 0, 1), ("LOC", 2, 3)])
    lost, wrong = ["<Location>Lissabon</Location>"], ["<Location>Lisboa</Location>"]
    assert surfaces(improved(item, lost, {}), item.target.text) == ["not-in-target"] * 2
    assert surfaces(improved(item, lost, {}, n_grams="missing"), item.target.text) == ["Lisboa", "Roma"]
    assert surfaces(improved(item, wrong, {}, n_grams="missing"), item.target.text) == ["Lisboa", "low-score"]
    assert surfaces(improved(item, wrong, {}, n_grams="always"), item.target.text) == ["Lisboa", "Roma"]


def test_a_proposal_longer_than_the_kind_allows_is_kept() -> None:
    words = " ".join(f"w{number}" for number in range(12))
    item = make_item("Long", words, [("LOC", 0, 1)])
    found = improved(item, [f"<Location>{words}</Location>"], {("Long", words): 0.8}, link_weight=0.0)
    assert surfaces(found, words) == [words]
    assert found[0].score == 0.8


def test_nested_spans_may_share_words() -> None:
    item = make_item("University of Rome", "Universidad de Roma", [("ORG", 0, 3), ("LOC", 2, 3)])
    hypotheses = ["<Organization>Universidad de Roma</Organization><Location>Roma</Location>"]
    scores = {("University of Rome", "Universidad de Roma"): 0.9, ("Rome", "Roma"): 0.9}
    assert surfaces(improved(item, hypotheses, scores), item.target.text) == ["Universidad de Roma", "Roma"]
    assert surfaces(published(item, hypotheses, scores), item.target.text) == ["Universidad de Roma", "conflict"]


def test_text_of_languages_without_blanks_is_scored_as_it_stands() -> None:
    item = make_item("東京", "在 东京 市", [("LOC", 0, 1)], tgt_lang="zh")
    pair, spans = split(item)
    proposals = read_hypotheses(["<Location>东京市</Location>"], {"LOC"})
    places = find_places(pair, spans, proposals, mass=None, settings=SelectionSettings())
    assert wanted_surfaces(pair, spans, places) == [("東京", "东京市")]
