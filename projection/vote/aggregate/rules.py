"""From ballots to verdicts: rules that can be applied to stored ballots at any time, with nobody asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from projection.errors import Problem, ProjectionError
from projection.types import Span
from projection.vote.aggregate.answers import code_answers
from projection.vote.aggregate.auto import estimate_auto
from projection.vote.aggregate.counting import Threshold, check_weights, is_reached
from projection.vote.aggregate.dawid_skene import DawidSkeneSettings, estimate_dawid_skene
from projection.vote.aggregate.estimate import TIE, Estimate
from projection.vote.aggregate.glad import estimate_glad
from projection.vote.aggregate.mace import estimate_mace
from projection.vote.aggregate.options import (
    Asked,
    Key,
    estimate_accuracies,
    is_answer,
    key_of,
    log_odds,
    option_probabilities,
    weigh_options,
)
from projection.vote.ballots import Ballot, Option, Verdict, Vote

Boundaries = Literal["exact", "overlap"]
RuleName = Literal[
    "majority",
    "plurality",
    "unanimity",
    "weighted",
    "fusion",
    "one-coin",
    "auto",
    "dawid-skene",
    "mace",
    "glad",
]
RULES: tuple[RuleName, ...] = get_args(RuleName)
_HEADS = ("majority", "plurality", "unanimity")
_OF_CLASSES = ("dawid-skene", "mace", "glad")


@dataclass(frozen=True, slots=True)
class Rule:
    """How ballots become verdicts.

    Attributes:
        name: `majority`, `plurality` and `unanimity` count heads; `weighted` counts weights; `fusion` adds up the
            confidences of weighted voters; the others are models of voters, see `docs/voting.md`.
        boundaries: `exact`: votes for the same label at the same place are one option; `overlap`: votes for
            overlapping places with the same label support each other, and the place with the heaviest votes of its own
            is taken.
        threshold: what `weighted` must reach, of the weight of the panel.
        weights: of the voters, for `weighted` and `fusion`; by default the log-odds of the accuracies that
            `estimate_accuracies` finds without gold, at least 0.
        min_probability: what a model must reach; it is agreed above.
        margin: by how much another option must beat the one of the heaviest voter in `fusion`, in shares of the weight.
        least: score below which `fusion` takes no option where the heaviest voter has none.
    """

    name: RuleName = "majority"
    boundaries: Boundaries = "exact"
    threshold: Threshold = "majority"
    weights: Mapping[str, float] | None = None
    min_probability: float = 0.9
    margin: float = 0.05
    least: float = 0.3

    def __post_init__(self) -> None:
        for value, known, what in (
            (self.name, RULES, "rule"),
            (self.boundaries, get_args(Boundaries), "way to treat boundaries"),
            (self.threshold, get_args(Threshold), "threshold"),
        ):
            if value not in known:
                raise _bad("bad-rule", f"There is no {what} {value!r}.", f"Known: {', '.join(known)}.")


@dataclass(frozen=True, slots=True)
class _Scored:
    """Options of a question with their weights, the best first, and what the rule says about the first."""

    options: Sequence[tuple[Key, float]]
    is_agreed: bool
    is_tie: bool
    missing: float = 0.0
    probability: float | None = None


def aggregate_votes(
    ballots: Iterable[Ballot],
    panel: Sequence[str],
    rule: Rule | None = None,
    *,
    questions: Iterable[tuple[str, str]] = (),
) -> list[Verdict]:
    """One verdict for each question.

    Abstentions, invalid votes and missing ballots count in the size of the panel and are no option; "nothing here" is
    one. A voter with several ballots on an item is counted once where they say the same, and not at all where they
    differ. Ties are not agreed.

    Args:
        ballots: of any number of items, in any order.
        panel: ids of all voters; their order is that of equal options, and decides nothing else.
        rule: see there; the strict majority of the panel by default.
        questions: item and source id of all that were asked, those without any ballot included; by default those that
            ballots name. Verdicts come in this order, then in that of the ballots.

    Raises:
        ProjectionError: `bad-panel` for a panel with nobody or somebody twice; `unknown-voter` for a ballot of somebody
            else; `bad-weights`; `no-shared-answers` where a model of classes is asked about places that differ.
    """
    chosen = rule or Rule()
    asked = collect_votes(ballots, panel, questions=questions)
    scored = _score(asked, panel, chosen)
    return [_verdict(each, found, chosen, panel) for each, found in zip(asked, scored, strict=True)]


def collect_votes(
    ballots: Iterable[Ballot], panel: Sequence[str], *, questions: Iterable[tuple[str, str]] = ()
) -> list[Asked]:
    """The answers to each question by voter, in the order of the panel, see `aggregate_votes`.

    Raises:
        ProjectionError: `bad-panel`, `unknown-voter`.
    """
    if not panel or len(set(panel)) != len(panel):
        fault = "The panel has nobody." if not panel else "A voter is in the panel twice."
        raise _bad("bad-panel", fault, "Name each voter once.")
    given: dict[tuple[str, str], dict[str, list[Vote]]] = {tuple(question): {} for question in questions}  # type: ignore[misc]
    members = set(panel)
    for ballot in ballots:
        if ballot.voter_id not in members:
            fault = f"{ballot.voter_id!r} is not in the panel."
            raise _bad("unknown-voter", fault, "Leave its ballots out, or add it.", place=f"item {ballot.item_id}")
        for vote in ballot.votes:
            by_voter = given.setdefault((ballot.item_id, vote.source_id), {})
            by_voter.setdefault(ballot.voter_id, []).append(vote)
    return [
        Asked(item_id, source_id, {voter: one for voter in panel if (one := _one_vote(by_voter.get(voter, ())))})
        for (item_id, source_id), by_voter in given.items()
    ]


def _one_vote(votes: Sequence[Vote]) -> Vote | None:
    """The answer of a voter; none where it gave none, or several."""
    answers = [vote for vote in votes if is_answer(vote)]
    return answers[0] if answers and len({key_of(vote) for vote in answers}) == 1 else None


def _score(asked: Sequence[Asked], panel: Sequence[str], rule: Rule) -> list[_Scored]:
    if rule.name in _HEADS:
        heads: Threshold = rule.name  # type: ignore[assignment]
        return [_count(each, dict.fromkeys(panel, 1.0), heads, rule) for each in asked]
    if rule.name == "weighted":
        weights = read_weights(rule.weights, asked, panel)
        return [_count(each, weights, rule.threshold, rule) for each in asked]
    if rule.name == "fusion":
        return _fuse(asked, panel, rule)
    return _model(asked, panel, rule)


def read_weights(given: Mapping[str, float] | None, asked: Sequence[Asked], panel: Sequence[str]) -> dict[str, float]:
    """The weights given for all voters, or log-odds of accuracies without gold.

    Raises:
        ProjectionError: `bad-weights` where a voter has none, or one below 0.
    """
    if given is None:
        accuracies = estimate_accuracies(asked, panel)
        values = np.maximum(log_odds(np.array([accuracies[voter] for voter in panel])), 0.0)
        return dict(zip(panel, values.tolist(), strict=True))
    missing = [voter for voter in panel if voter not in given]
    if missing:
        raise _bad("bad-weights", f"{missing[0]!r} has no weight.", "Give one for each voter of the panel.")
    checked = check_weights([given[voter] for voter in panel], len(panel))
    return dict(zip(panel, checked.tolist(), strict=True))


def _count(asked: Asked, weights: Mapping[str, float], threshold: Threshold, rule: Rule) -> _Scored:
    found = weigh_options(asked, lambda voter, _: weights[voter], is_overlapping=rule.boundaries == "overlap")
    total = sum(weights.values())
    missing = total - sum(weights[voter] for voter in asked.votes)
    is_tie = len(found) > 1 and _is_equal(found[0][1:], found[1][1:])
    top = np.array([found[0][1] if found else 0.0])
    is_agreed = bool(is_reached(top, total, threshold)[0]) and not is_tie
    if threshold == "plurality" and rule.boundaries == "exact" and len(found) > 1:
        is_agreed = is_agreed and found[0][1] > found[1][1]
    return _Scored([each[:2] for each in found], is_agreed, is_tie, missing)


def _is_equal(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(abs(left - right) <= TIE * max(1.0, abs(left)) for left, right in zip(one, other, strict=True))


def _fuse(asked: Sequence[Asked], panel: Sequence[str], rule: Rule) -> list[_Scored]:
    weights = read_weights(rule.weights, asked, panel)
    total = sum(weights.values()) or 1.0
    accuracies = estimate_accuracies(asked, panel)
    heaviest = max(weights.values(), default=0.0)
    leaders = [voter for voter in panel if _is_equal([weights[voter]], [heaviest])]
    # Several heaviest voters are nobody's leader: then the sums alone decide.
    leader = leaders[0] if len(leaders) == 1 else None

    def weigh(voter: str, vote: Vote) -> float:
        confidence = accuracies[voter] if vote.confidence is None else vote.confidence
        return weights[voter] * confidence / total

    scored = []
    for each in asked:
        found = weigh_options(each, weigh, is_overlapping=rule.boundaries == "overlap")
        led = each.votes.get(leader) if leader is not None else None
        own = key_of(led) if led is not None else None
        options = sorted(found, key=lambda option: -round(option[1] + rule.margin * (option[0] == own), 9))
        if leader is not None and led is None:
            options = [option for option in options if option[1] >= rule.least]
        is_tie = len(options) > 1 and own is None and _is_equal(options[0][1:], options[1][1:])
        top = options[0][1] if options else 0.0
        missing = 1.0 - sum(weights[voter] for voter in each.votes) / total
        scored.append(_Scored([option[:2] for option in options], top > 0.5 and not is_tie, is_tie, missing, top))
    return scored


# -------------------------------------------------------------------------------------------------------------- models


def _model(asked: Sequence[Asked], panel: Sequence[str], rule: Rule) -> list[_Scored]:
    layers: dict[str, list[int]] = {}
    for number, each in enumerate(asked):
        layers.setdefault(_layer_of(each), []).append(number)
    scored: list[_Scored] = [_Scored((), is_agreed=False, is_tie=False)] * len(asked)
    for layer, numbers in layers.items():
        group = [asked[number] for number in numbers]
        if not any(each.votes for each in group):
            continue
        if all(_has_one_place(each) for each in group):
            found = _model_classes(group, panel, rule)
        elif rule.name in _OF_CLASSES:
            fault = f"The rule {rule.name} needs answers from one list, but places differ in the layer {layer!r}."
            raise _bad("no-shared-answers", fault, "Take fusion, weighted or one-coin.")
        else:
            found = _model_places(group, panel, rule)
        for number, result in zip(numbers, found, strict=True):
            scored[number] = result
    return scored


def _layer_of(asked: Asked) -> str:
    return next((vote.span.layer for vote in asked.votes.values() if vote.span is not None), "")


def _has_one_place(asked: Asked) -> bool:
    return len({key[1:] for key in asked.keys().values() if not key.is_nothing}) <= 1


def _model_classes(asked: Sequence[Asked], panel: Sequence[str], rule: Rule) -> list[_Scored]:
    """Answers that differ in the label alone, so that questions share them."""
    rows = [
        (number, voter, key.label if not key.is_nothing else None)
        for number, each in enumerate(asked)
        for voter, key in each.keys().items()
    ]
    coded = code_answers(rows, questions=range(len(asked)), voters=panel)
    estimates: dict[str, Callable[[], Estimate]] = {
        "one-coin": lambda: estimate_dawid_skene(coded.answers, DawidSkeneSettings(is_one_coin=True)),
        "auto": lambda: estimate_auto(coded.answers).estimate,
        "dawid-skene": lambda: estimate_dawid_skene(coded.answers),
        "mace": lambda: estimate_mace(coded.answers),
        "glad": lambda: estimate_glad(coded.answers),
    }
    probabilities = estimates[rule.name]().probabilities
    places = {label: column for column, label in enumerate(coded.classes)}
    scored = []
    for each, row in zip(asked, probabilities, strict=True):
        options = {key: float(row[places[None if key.is_nothing else key.label]]) for key in each.keys().values()}
        scored.append(_by_probability(options, rule))
    return scored


def _model_places(asked: Sequence[Asked], panel: Sequence[str], rule: Rule) -> list[_Scored]:
    accuracies = estimate_accuracies(asked, panel)
    odds = dict(zip(panel, log_odds(np.array([accuracies[voter] for voter in panel])).tolist(), strict=True))
    scored = []
    for each in asked:
        found = weigh_options(each, lambda voter, _: odds[voter], is_overlapping=rule.boundaries == "overlap")
        chances = option_probabilities([own for _, _, own in found])
        by_key = {key: chance for (key, _, _), chance in zip(found, chances, strict=True)}
        if rule.boundaries == "overlap":
            together = {key: sum(chance for other, chance in by_key.items() if key.overlaps(other)) for key in by_key}
            best = sorted(by_key, key=lambda key: (-round(together[key], 9), -round(by_key[key], 9)))
            by_key = {key: together[key] for key in best}
        scored.append(_by_probability(by_key, rule, is_sorted=rule.boundaries == "overlap"))
    return scored


def _by_probability(options: Mapping[Key, float], rule: Rule, *, is_sorted: bool = False) -> _Scored:
    ordered = list(options.items()) if is_sorted else sorted(options.items(), key=lambda each: -round(each[1], 9))
    top = ordered[0][1] if ordered else 0.0
    is_tie = not is_sorted and len(ordered) > 1 and _is_equal([top], [ordered[1][1]])
    missing = max(0.0, 1.0 - sum(weight for _, weight in ordered))
    return _Scored(ordered, top > rule.min_probability and not is_tie, is_tie, missing, top if ordered else None)


# ------------------------------------------------------------------------------------------------------------ verdicts


def _verdict(asked: Asked, scored: _Scored, rule: Rule, panel: Sequence[str]) -> Verdict:
    chosen_by: dict[Key, list[str]] = {}
    spans: dict[Key, Span | None] = {}
    for voter, vote in asked.votes.items():
        chosen_by.setdefault(key_of(vote), []).append(voter)
        spans.setdefault(key_of(vote), vote.span)
    options = tuple(Option(spans[key], tuple(chosen_by[key]), round(weight, 6)) for key, weight in scored.options)
    return Verdict(
        item_id=asked.item_id,
        source_id=asked.source_id,
        rule=rule.name,
        options=options,
        n_voters=len(panel),
        is_agreed=scored.is_agreed and bool(options),
        is_tie=scored.is_tie,
        probability=None if scored.probability is None or not options else round(min(1.0, scored.probability), 6),
        entropy=round(measure_entropy([*(weight for _, weight in scored.options), scored.missing]), 6),
    )


def measure_entropy(weights: Sequence[float]) -> float:
    """Of weights as shares of their sum, in bits; 0 where there is nothing, or one thing."""
    known = np.array([weight for weight in weights if weight > TIE], dtype=np.float64)
    if len(known) < 2:
        return 0.0
    shares = known / known.sum()
    return float(-(shares * np.log2(shares)).sum())


def _bad(code: str, fault: str, remedy: str, *, place: str = "") -> ProjectionError:
    return ProjectionError(Problem(code, fault, remedy, place=place))
