"""From ballots to verdicts: worked by hand, and unmoved by the order of voters and questions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from projection.errors import ProjectionError
from projection.types import Interval, Item, Segment, Span
from projection.vote.aggregate import RULES, Rule, aggregate_votes, collect_votes, estimate_accuracies, weigh_voters
from projection.vote.aggregate.options import Key
from projection.vote.ballots import ABSTAIN, INVALID, LABEL, NOTHING, Ballot, Outcome, Verdict, Vote

PANEL = ("a", "b", "c", "d", "e")
Answer = tuple[str, int, int] | str | Outcome | None


def vote(answer: Answer, *, source_id: str = "s1", confidence: float | None = None) -> Vote:
    """A span (label, start, end), a class (its label), an outcome without a label."""
    if isinstance(answer, tuple):
        label, start, end = answer
        span = Span(label, (Interval(start, end),), segment=1, layer="names")
        return Vote(source_id, LABEL, span, confidence)
    if answer in (NOTHING, ABSTAIN, INVALID):
        return Vote(source_id, answer)  # type: ignore[arg-type]
    return Vote(source_id, LABEL, Span(str(answer), (Interval(0, 9),), segment=1, layer="topic"), confidence)


def ballots(answers: Sequence[Answer], *, item_id: str = "i1", panel: Sequence[str] = PANEL) -> list[Ballot]:
    """One ballot of each voter on one question; none where there is no answer."""
    return [
        Ballot(item_id, voter, (vote(answer),))
        for voter, answer in zip(panel, answers, strict=True)
        if answer is not None
    ]


def decide(answers: Sequence[Answer], rule: Rule | None = None, *, panel: Sequence[str] = PANEL) -> Verdict:
    (verdict,) = aggregate_votes(ballots(answers, panel=panel), panel, rule, questions=[("i1", "s1")])
    return verdict


ADA, LOVELACE, BOTH = ("PER", 0, 3), ("PER", 4, 12), ("PER", 0, 12)


def test_three_of_five_are_agreed() -> None:
    verdict = decide([ADA, ADA, ADA, BOTH, ABSTAIN])
    assert verdict.is_agreed
    assert not verdict.is_tie
    assert verdict.span == vote(ADA).span
    assert [(option.voters, option.weight) for option in verdict.options] == [(("a", "b", "c"), 3.0), (("d",), 1.0)]
    # Shares 3/5, 1/5 and a missing vote of 1/5.
    assert verdict.entropy == pytest.approx(-(0.6 * math.log2(0.6) + 0.4 * math.log2(0.2)), abs=1e-6)


@pytest.mark.parametrize("missing", [ABSTAIN, INVALID, None])
def test_who_does_not_answer_is_still_in_the_panel(missing: Answer) -> None:
    verdict = decide([ADA, ADA, missing, missing, missing])
    assert (verdict.is_agreed, verdict.n_voters, len(verdict.options)) == (False, 5, 1)
    assert not verdict.is_tie
    # Two of five for the one, three of five missing.
    assert verdict.entropy == pytest.approx(-(0.4 * math.log2(0.4) + 0.6 * math.log2(0.6)), abs=1e-6)


def test_ties_are_neither_agreed_nor_hidden() -> None:
    for name in ("majority", "plurality", "unanimity"):
        verdict = decide([ADA, ADA, BOTH, BOTH, ABSTAIN], Rule(name))  # type: ignore[arg-type]
        assert (verdict.is_tie, verdict.is_agreed) == (True, False)
        assert [option.voters for option in verdict.options] == [("a", "b"), ("c", "d")]


def test_nothing_here_is_an_answer() -> None:
    verdict = decide([NOTHING, NOTHING, NOTHING, ADA, ADA])
    assert verdict.is_agreed
    assert verdict.options[0].span is None
    assert verdict.span is None


def test_nobody_answers() -> None:
    verdict = decide([ABSTAIN, INVALID, None, None, None])
    assert (verdict.options, verdict.is_agreed, verdict.is_tie, verdict.entropy) == ((), False, False, 0.0)
    assert verdict.probability is None


def test_plurality_and_unanimity() -> None:
    assert decide([ADA, ADA, BOTH, ABSTAIN, ABSTAIN], Rule("plurality")).is_agreed
    assert not decide([ADA] * 4 + [ABSTAIN], Rule("unanimity")).is_agreed
    assert decide([ADA] * 5, Rule("unanimity")).is_agreed


def test_the_same_place_with_another_label_is_another_option() -> None:
    verdict = decide([ADA, ADA, ("ORG", 0, 3), ("ORG", 0, 3), ("ORG", 0, 3)])
    assert verdict.span == vote(("ORG", 0, 3)).span
    assert verdict.is_agreed


def test_overlapping_places_support_each_other_and_the_heaviest_is_taken() -> None:
    answers: list[Answer] = [BOTH, BOTH, ADA, LOVELACE, ("ORG", 0, 12)]
    assert not decide(answers).is_agreed
    verdict = decide(answers, Rule(boundaries="overlap"))
    # Both words overlap with one word each: 2 + 1 + 1. One word alone is supported by 2 + 1.
    assert [option.weight for option in verdict.options] == [4.0, 3.0, 3.0, 1.0]
    assert verdict.span == vote(BOTH).span
    assert verdict.is_agreed


def test_overlapping_places_of_equal_weight_are_a_tie() -> None:
    verdict = decide([BOTH, ADA, ABSTAIN], Rule(boundaries="overlap"), panel=("a", "b", "c"))
    assert (verdict.is_tie, verdict.is_agreed) == (True, False)


def test_weights() -> None:
    weights = {"a": 3.0, "b": 1.0, "c": 1.0, "d": 0.5, "e": 0.0}
    verdict = decide([ADA, BOTH, BOTH, ABSTAIN, BOTH], Rule("weighted", weights=weights))
    # 3 of 5.5 is more than half.
    assert (verdict.span, verdict.is_agreed, verdict.options[0].weight) == (vote(ADA).span, True, 3.0)
    with pytest.raises(ProjectionError) as error:
        decide([ADA, ADA, ADA, ADA, ADA], Rule("weighted", weights={"a": 1.0}))
    assert error.value.problem.code == "bad-weights"


def test_fusion_adds_confidences_and_the_heaviest_voter_leads() -> None:
    panel = ("a", "b", "c")
    given = [
        Ballot("i1", "a", (vote(ADA, confidence=0.6),)),
        Ballot("i1", "b", (vote(BOTH, confidence=0.9),)),
        Ballot("i1", "c", (vote(BOTH, confidence=0.5),)),
    ]
    rule = Rule("fusion", weights={"a": 2.0, "b": 1.0, "c": 1.0}, margin=0.0)
    (verdict,) = aggregate_votes(given, panel, rule)
    # (0.9 + 0.5) / 4 = 0.35 against 2 * 0.6 / 4 = 0.3; neither is half of the weight.
    assert (verdict.span, verdict.probability, verdict.is_agreed) == (vote(BOTH).span, 0.35, False)
    (verdict,) = aggregate_votes(given, panel, replace(rule, margin=0.1))
    assert (verdict.span, verdict.probability) == (vote(ADA).span, 0.3)
    # Where the leader has nothing, what the others find must reach the least score.
    (verdict,) = aggregate_votes(given[1:], panel, replace(rule, least=0.3))
    assert verdict.span == vote(BOTH).span
    (verdict,) = aggregate_votes(given[2:], panel, replace(rule, least=0.3))
    assert verdict.options == ()


def test_a_voter_that_contradicts_itself_has_not_answered() -> None:
    given = [*ballots([ADA, ADA, ADA, None, None]), *ballots([ADA, BOTH, None, None, None])]
    (verdict,) = aggregate_votes(given, PANEL)
    assert [option.voters for option in verdict.options] == [("a", "c")]


@pytest.mark.parametrize("panel, code", [((), "bad-panel"), (("a", "a"), "bad-panel"), (("a", "b"), "unknown-voter")])
def test_panels_that_do_not_fit(panel: Sequence[str], code: str) -> None:
    with pytest.raises(ProjectionError) as error:
        aggregate_votes(ballots([ADA] * 5), panel)
    assert error.value.problem.code == code


def test_unknown_rules() -> None:
    for settings in ({"name": "most"}, {"boundaries": "near"}, {"threshold": "half"}):
        with pytest.raises(ProjectionError) as error:
            Rule(**settings)  # type: ignore[arg-type]
        assert error.value.problem.code == "bad-rule"


def test_models_of_classes_refuse_places() -> None:
    with pytest.raises(ProjectionError) as error:
        decide([ADA, BOTH, ADA, ADA, ADA], Rule("dawid-skene"))
    assert error.value.problem.code == "no-shared-answers"


# ------------------------------------------------------------------------------------------------------------ simulated


def simulate(kind: str, *, seed: int = 0, n_items: int = 150) -> tuple[list[Ballot], dict[str, Answer]]:
    """Ballots of five voters that are right in 95, 90, 80, 60 and 40 % and abstain in 10 %; with the right answers."""
    random = np.random.default_rng(seed)
    known: list[Answer] = ["sport", "politics", "science"] if kind == "class" else [ADA, BOTH, LOVELACE, ("ORG", 0, 3)]
    given, right = [], {}
    for number in range(n_items):
        truth = known[random.integers(len(known))]
        right[f"i{number}"] = truth
        others = [answer for answer in known if answer != truth]
        for voter, skill in zip(PANEL, (0.95, 0.9, 0.8, 0.6, 0.4), strict=True):
            answer = truth if random.random() < skill else others[random.integers(len(others))]
            given.append(Ballot(f"i{number}", voter, (vote(ABSTAIN if random.random() < 0.1 else answer),)))
    return given, right


def _facts(verdict: Verdict) -> tuple[object, ...]:
    options = sorted((repr(option.span), sorted(option.voters), round(option.weight, 4)) for option in verdict.options)
    return verdict.is_agreed, verdict.is_tie, round(verdict.entropy, 4), options


RULES_OF_PLACES = [name for name in RULES if name not in ("dawid-skene", "mace", "glad")]


@pytest.mark.parametrize(
    "kind, name",
    [*(("class", name) for name in RULES if name != "mace"), *(("span", name) for name in RULES_OF_PLACES)],
)
def test_the_order_of_voters_and_items_changes_nothing(kind: str, name: str) -> None:
    given, _ = simulate(kind)
    rule = Rule(name)  # type: ignore[arg-type]
    before = {verdict.item_id: _facts(verdict) for verdict in aggregate_votes(given, PANEL, rule)}
    shuffled = [given[index] for index in np.random.default_rng(3).permutation(len(given))]
    after = {verdict.item_id: _facts(verdict) for verdict in aggregate_votes(shuffled, PANEL[::-1], rule)}
    assert after == before


@pytest.mark.parametrize(
    "kind, name", [*(("class", name) for name in RULES), *(("span", name) for name in RULES_OF_PLACES)]
)
def test_verdicts_are_better_than_the_median_voter_and_agreed_ones_better_still(kind: str, name: str) -> None:
    given, right = simulate(kind, seed=1, n_items=300)
    verdicts = aggregate_votes(given, PANEL, Rule(name))  # type: ignore[arg-type]
    hits = {verdict.item_id: verdict.span == vote(right[verdict.item_id]).span for verdict in verdicts}
    agreed = [verdict.item_id for verdict in verdicts if verdict.is_agreed]
    assert len(agreed) > 20
    assert sum(hits.values()) / len(hits) > 0.8
    assert sum(hits[item_id] for item_id in agreed) / len(agreed) >= sum(hits.values()) / len(hits)


def test_accuracies_without_gold_order_the_voters() -> None:
    given, _ = simulate("span", seed=2, n_items=400)
    asked = collect_votes(given, PANEL)
    found = estimate_accuracies(asked, PANEL)
    assert sorted(PANEL, key=lambda voter: -found[voter]) == list(PANEL)
    assert found["a"] == pytest.approx(0.95, abs=0.04)
    assert found["e"] == pytest.approx(0.4, abs=0.1)
    assert estimate_accuracies([], ["x"]) == {"x": 0.8}


def test_weights_of_voters_look_at_consistency() -> None:
    text = "Ada Lovelace wrote"
    items, given = {}, []
    for number in range(30):
        segments = (Segment(text, "en", "source"), Segment(text, "de", "target"))
        items[f"i{number}"] = Item(f"i{number}", segments, (Span("PER", (Interval(0, 3),), id="s1"),))
        places = {"a": ADA, "b": ADA if number % 2 else LOVELACE}
        given += [Ballot(f"i{number}", voter, (vote(place),)) for voter, place in places.items()]
    weights = weigh_voters(given, ["a", "b"], items)
    assert weights["a"] == 1.0
    assert weights["b"] < 0.1


def test_overlap_of_keys() -> None:
    one = Key("PER", 1, (Interval(0, 3), Interval(8, 9)), "names")
    assert one.overlaps(Key("PER", 1, (Interval(8, 12),), "names"))
    assert not one.overlaps(Key("PER", 1, (Interval(3, 8),), "names"))
    assert not one.overlaps(Key("ORG", 1, (Interval(0, 3),), "names"))
    assert not one.overlaps(Key("PER", 0, (Interval(0, 3),), "names"))
    assert not one.overlaps(Key())
    assert Key().overlaps(Key())
