"""Scorecards, panel reports and suggestions: worked by hand, and on voters with planted defects."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from projection.types import Interval, Span
from projection.vote.aggregate import aggregate_votes
from projection.vote.ballots import ABSTAIN, INVALID, LABEL, NOTHING, Ballot, Usage, Vote, VoterSpec
from projection.vote.evaluation import report_panel
from projection.vote.scorecard import Facts, Lean, Scorecard, score_voters
from projection.vote.suggest import suggest_panel

LABELS = ("person", "place", "group", "event")


def topic(label: str | None) -> Span | None:
    return None if label is None else Span(label, (Interval(0, 20),), segment=1, layer="topic")


def vote(answer: str | None) -> Vote:
    """A label; "nothing", "abstain", "invalid"."""
    if answer in (NOTHING, ABSTAIN, INVALID):
        return Vote("s1", answer)  # type: ignore[arg-type]
    return Vote("s1", LABEL, topic(answer))


def ballot(item: str, voter: str, answer: str, **rest: Any) -> Ballot:
    return Ballot(item, voter, (vote(answer),), **rest)


def place(start: int, end: int) -> Span:
    return Span("person", (Interval(start, end),), segment=1, layer="names")


# -------------------------------------------------------------------------------------------------------------- by hand


def test_a_card_worked_by_hand() -> None:
    answers = ["person", "place", "place", ABSTAIN, INVALID, NOTHING]
    right = ["person", "person", "place", "place", "place", None]
    usage = Usage(n_requests=1, n_input_tokens=30, n_output_tokens=10, cost=0.5, seconds=2.0)
    ballots = [ballot(f"i{n}", "v", answer, usage=usage) for n, answer in enumerate(answers)]
    gold = {(f"i{n}", "s1"): topic(label) for n, label in enumerate(right)}
    facts = {f"i{n}": Facts("de" if n < 3 else "es", "", 8) for n in range(6)}
    (card,) = score_voters(ballots, gold, facts)
    assert card.overall.right[::3] == (0.5, 6)
    assert card.overall.right_answered[::3] == (0.75, 4)
    assert (card.overall.abstained.value, card.overall.invalid.value) == (pytest.approx(1 / 6), pytest.approx(1 / 6))
    # Wilson for 3 of 6.
    assert card.overall.right[1:3] == pytest.approx((0.1876, 0.8124), abs=1e-4)
    assert card.cells["de", ""].right[::3] == (pytest.approx(2 / 3), 3)
    assert card.cells["", "place"].right[::3] == (pytest.approx(1 / 3), 3)
    assert card.cells["es", "place"].answered.value == 0.0
    assert (card.cost, card.tokens_per_word, card.seconds, card.n_ballots) == (3.0, 5.0, 2.0, 6)
    bias = {each.label: each for each in card.label_bias}
    # Of four answers two are places, of which one should be; the wrong one is a person missed.
    assert (bias["place"].answer_share, bias["place"].gold_share, bias["place"].lean[:2]) == (0.5, 0.25, (1, 0))
    assert (bias["person"].lean[:2], bias["person"].p) == ((0, 1), 1.0)


def test_the_sign_test() -> None:
    assert Lean.of(5, 0).p == pytest.approx(2 / 32)
    assert Lean.of(3, 1).p == pytest.approx(2 * (4 + 1) / 16)
    assert Lean.of(2, 2).p == 1.0
    assert Lean.of(0, 0).p == 1.0


def test_places_that_start_too_early() -> None:
    spans = [place(0, 4), place(2, 4), place(6, 9)]
    ballots = [Ballot(f"i{n}", "v", (Vote("s1", LABEL, span),)) for n, span in enumerate(spans)]
    (card,) = score_voters(ballots, {(f"i{n}", "s1"): place(4, 9) for n in range(3)})
    assert card.early_spans[:2] == (2, 1)
    assert card.overall.right.value == 0.0


# ------------------------------------------------------------------------------------------------------ planted defects

ENGLISH = (
    "The sentence names a person who took part in the debate of the parliament on Monday morning",
    "Because the text speaks of the town where the meeting was held and of its old market square",
    "It is clear from the context that the company announced the results of the whole last year",
    "The words describe what happened during the festival and how many visitors came to see it",
)
GERMAN = (
    "Der Satz nennt eine Person, die am Montag an der Aussprache im Parlament teilgenommen hat",
    "Weil der Text von der Stadt spricht, in der die Sitzung stattfand, und von ihrem Marktplatz",
    "Aus dem Zusammenhang geht hervor, dass die Firma die Ergebnisse des Jahres bekannt gegeben hat",
    "Die Worte beschreiben, was auf dem Fest geschah und wie viele Besucher gekommen sind, um es zu sehen",
)
TARGETS = (
    "El presidente habló durante dos horas ante los diputados de la cámara sobre la ley de educación",
    "La ciudad celebra cada verano una feria a la que acuden miles de visitantes de todo el país",
    "La empresa publicó ayer los resultados del último trimestre y anunció nuevos puestos de trabajo",
    "Los vecinos pidieron al ayuntamiento que arreglara las calles antes de que llegaran las lluvias",
)
VOTERS = ("good", "biased", "german", "random", "fickle")


@pytest.fixture(scope="module")
def planted() -> tuple[list[Ballot], dict[tuple[str, str], Span | None], dict[str, Facts]]:
    """200 items; each voter is asked twice with the labels in another order."""
    random = np.random.default_rng(17)
    ballots, gold, facts = [], {}, {}
    for number in range(200):
        truth = LABELS[random.integers(4)]
        item = f"i{number}"
        gold[item, "s1"] = topic(truth)
        facts[item] = Facts("es", f"{TARGETS[number % 4]} {number}", 16)
        orders = [list(LABELS), [LABELS[place] for place in random.permutation(4)]]
        for voter in VOTERS:
            first = truth if random.random() < 0.9 else LABELS[random.integers(4)]
            if voter == "random":
                first = LABELS[random.integers(4)]
            if voter == "biased" and random.random() < 0.4:
                first = "place"
            answers = [first, first]
            if voter == "fickle" and random.random() < 0.5:
                # Says whichever of two labels it was shown first.
                pair = [truth, LABELS[(LABELS.index(truth) + 1) % 4]]
                answers = [min(pair, key=order.index) for order in orders]
            elif voter == "random":
                answers[1] = LABELS[random.integers(4)]
            rounds = [
                {"prompt": "p1", "labels": {"topic": order}, "answers": {"s1": answer}}
                for order, answer in zip(orders, answers, strict=True)
            ]
            same = answers[0] == answers[1]
            texts = GERMAN if voter == "german" else ENGLISH
            meta = {"rounds": rounds, "rationales": {"s1": f"{texts[number % 4]}, {answers[0]}"}}
            checks = {"permuted": same}
            ballots.append(ballot(item, voter, answers[0] if same else ABSTAIN, meta=meta, checks=checks))
    return ballots, gold, facts


@pytest.fixture(scope="module")
def cards(planted: Any) -> dict[str, Scorecard]:
    return {card.voter_id: card for card in score_voters(*planted)}


def test_the_biased_voter_is_found(cards: dict[str, Scorecard]) -> None:
    leans = {name: card.label_bias[0] for name, card in cards.items()}
    assert leans["biased"].label == "place"
    assert leans["biased"].p < 1e-6
    assert leans["biased"].answer_share > leans["biased"].gold_share + 0.2
    assert all(lean.p > 0.01 for name, lean in leans.items() if name not in ("biased", "fickle"))


def test_the_voter_that_answers_in_another_language_is_found(cards: dict[str, Scorecard]) -> None:
    strays = {name: card.wrong_language.value for name, card in cards.items()}
    assert strays.pop("german") > 0.9
    assert max(strays.values()) < 0.1


def test_the_random_voter_is_found(cards: dict[str, Scorecard]) -> None:
    random = cards["random"]
    # A quarter of the answers that it stands by are right by chance.
    assert random.overall.right_answered.low < 0.25 < random.overall.right_answered.high
    assert random.same_again.value < 0.4
    assert min(card.overall.right.low for name, card in cards.items() if name in ("good", "german")) > 0.8


def test_the_voter_that_contradicts_itself_is_found_and_why(cards: dict[str, Scorecard]) -> None:
    fickle = cards["fickle"]
    assert fickle.same_again.high < 0.9
    assert fickle.failed_checks["permuted"].value == pytest.approx(1 - fickle.same_again.value)
    assert fickle.first_label.p < 1e-6
    assert fickle.first_label.n_against == 0
    # Answers that change at random follow neither end of the list.
    assert cards["random"].first_label.p > 0.01
    assert cards["good"].same_again.value == 1.0
    assert cards["good"].first_label[:2] == (0, 0)


def test_a_panel_is_suggested_from_what_was_reviewed(planted: Any) -> None:
    ballots, gold, _ = planted
    specs = [VoterSpec(name, "scripted", name) for name in VOTERS]
    found = suggest_panel(ballots, specs, gold)
    assert set(found.weights) >= {"good", "german"}
    assert "random" not in found.weights
    assert found.passed_over["random"] == "no-gain"
    assert len(found.weights) >= 3
    # The panel is better than its best voter, each measured on items that set no weight.
    assert found.steps[-1].accuracy > found.steps[0].accuracy + 0.02
    assert found.n_questions == 200
    assert found == suggest_panel(ballots, specs, gold)


def test_one_voter_of_a_family_is_enough(planted: Any) -> None:
    ballots, gold, _ = planted
    specs = [VoterSpec(name, "scripted", "same" if name in ("good", "german") else name) for name in VOTERS]
    found = suggest_panel(ballots, specs, gold)
    assert len({"good", "german"} & set(found.weights)) == 1
    left = ({"good", "german"} - set(found.weights)).pop()
    assert found.passed_over[left] == "same-family"


def test_nothing_reviewed_suggests_nobody() -> None:
    found = suggest_panel([], [VoterSpec("v", "scripted", "f")], {})
    assert (dict(found.weights), found.steps, found.n_questions) == ({}, (), 0)


# --------------------------------------------------------------------------------------------------------- panel report


def test_a_report_worked_by_hand() -> None:
    rows = {
        "i0": ("person", "person", "person"),
        "i1": ("person", "person", "place"),
        "i2": ("place", "place", ABSTAIN),
        "i3": ("person", "place", ABSTAIN),
        "i4": ("place", "person", "group"),
    }
    panel = ("a", "b", "c")
    ballots = [
        ballot(item, voter, answer)
        for item, answers in rows.items()
        for voter, answer in zip(panel, answers, strict=True)
    ]
    verdicts = aggregate_votes(ballots, panel)
    assert [verdict.is_agreed for verdict in verdicts] == [True, True, True, False, False]
    reviewed = {"i0": "person", "i1": "place", "i3": "person", "i4": "group"}
    gold = {(item, "s1"): topic(label) for item, label in reviewed.items()}
    report = report_panel(verdicts, ballots, panel, gold)
    # Of the agreed two of three are reviewed, one of them right; of the contested the first option of i3 is.
    assert report.strata["agreed"][::3] == (0.5, 2)
    assert report.strata["contested"][::3] == (0.5, 2)
    assert report.strata["all"][::3] == (0.5, 4)
    assert report.reviewed["agreed"][::3] == (pytest.approx(2 / 3), 3)
    assert report.estimated == pytest.approx((3 * 0.5 + 2 * 0.5) / 5)
    # First options person person person place against person place person group: 2 of 4; 3*2 + 1*1 of 16 by chance.
    assert report.kappa.observed == 0.5
    assert report.kappa.expected == pytest.approx(7 / 16)
    voter = report.voters["c"]
    assert voter.coverage[::3] == (0.75, 4)
    assert voter.right[::3] == (1.0, 3)
    assert voter.confusion == {
        ("person", "person"): 1,
        ("place", "place"): 1,
        ("person", None): 1,
        ("group", "group"): 1,
    }
    assert report.alpha.n_items == 5
    assert report.alpha_with_people.n_items == 4


def test_a_stratum_that_nobody_reviewed_has_no_estimate() -> None:
    ballots = [ballot("i0", "a", "person"), ballot("i1", "a", ABSTAIN)]
    report = report_panel(aggregate_votes(ballots, ["a"]), ballots, ["a"], {("i0", "s1"): topic("person")})
    assert report.estimated is None
    assert report.strata["contested"].n == 0
