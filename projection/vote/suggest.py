"""Which voters to take, and with which weights, from what people reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from projection.vote.aggregate.options import Asked, log_odds, weigh_options
from projection.vote.aggregate.rules import collect_votes
from projection.vote.ballots import Ballot, VoterSpec
from projection.vote.scorecard import Gold, gold_key

_PRIOR_RIGHT, _PRIOR_N = 4.0, 5.0


class Step(NamedTuple):
    """A voter that was added, and the accuracy of verdicts with it on questions that set no weight, 0 to 1."""

    voter_id: str
    accuracy: float


class Suggestion(NamedTuple):
    """Attributes:
    weights: of the chosen voters, in the order in which they were taken; log-odds of being right, at least 0.
    steps: how the panel grew.
    passed_over: voters that were left out, with the reason: `same-family`, `no-gain`.
    n_questions: reviewed questions that it rests on.
    """

    weights: Mapping[str, float]
    steps: tuple[Step, ...]
    passed_over: Mapping[str, str]
    n_questions: int


def suggest_panel(
    ballots: Iterable[Ballot],
    voters: Sequence[VoterSpec],
    gold: Gold,
    *,
    max_per_family: int = 1,
    min_voters: int = 3,
    n_folds: int = 5,
    seed: int = 0,
) -> Suggestion:
    """Add the voter that helps most, again and again, and cut where verdicts were best (greedy forward selection).

    All are added before the cut, because a second voter can never outvote the first: only a third one can help.

    Verdicts are weighted by the log-odds of each voter's accuracy. Weights come from some items, the accuracy of the
    verdicts from the others (cross-validation by item); a question that the panel does not answer is not right, and a
    tie is half right where one of the two is.

    Args:
        ballots: of the voters.
        voters: to choose from; with equal gain the earlier one is taken.
        gold: what people decided.
        max_per_family: voters of one family err together, so that only so many are taken.
        min_voters: a smaller panel is suggested only where there are no more; of equally good ones the smallest.
        n_folds: parts of the items.
        seed: of the division into parts.
    """
    names = [voter.id for voter in voters]
    family = {voter.id: voter.family for voter in voters}
    asked = [each for each in collect_votes(ballots, names) if (each.item_id, each.source_id) in gold] if names else []
    folds = _folds(asked, n_folds, seed)
    chosen: list[str] = []
    steps: list[Step] = []
    while asked and (
        left := [name for name in names if name not in chosen and _has_room(name, chosen, family, max_per_family)]
    ):
        gains = {name: _validate(asked, folds, [*chosen, name], gold) for name in left}
        best = max(left, key=lambda name: round(gains[name], 9))
        chosen.append(best)
        steps.append(Step(best, gains[best]))
    sizes = range(min(min_voters, len(steps)), len(steps) + 1)
    n_best = max(sizes, key=lambda size: (round(steps[size - 1].accuracy, 9), -size)) if steps else 0
    chosen, steps = chosen[:n_best], steps[:n_best]
    passed_over = {
        name: "no-gain" if _has_room(name, chosen, family, max_per_family) else "same-family"
        for name in names
        if name not in chosen
    }
    return Suggestion(_learn(asked, chosen, gold), tuple(steps), passed_over, len(asked))


def _list_left(names: Sequence[str], chosen: Sequence[str], family: Mapping[str, str], most: int) -> list[str]:
    return [name for name in names if name not in chosen and _has_room(name, chosen, family, most)]


def _has_room(name: str, chosen: Sequence[str], family: Mapping[str, str], most: int) -> bool:
    own = family[name]
    return not own or sum(family[each] == own for each in chosen) < most


def _folds(asked: Sequence[Asked], n_folds: int, seed: int) -> list[int]:
    items = sorted({each.item_id for each in asked})
    order = np.random.default_rng(seed).permutation(len(items))
    fold = {item: int(place) % max(2, n_folds) for item, place in zip(items, order, strict=True)}
    return [fold[each.item_id] for each in asked]


def _validate(asked: Sequence[Asked], folds: Sequence[int], names: Sequence[str], gold: Gold) -> float:
    credit = 0.0
    for fold in sorted(set(folds)):
        weights = _learn([each for each, own in zip(asked, folds, strict=True) if own != fold], names, gold)
        credit += sum(_credit(each, weights, gold) for each, own in zip(asked, folds, strict=True) if own == fold)
    return credit / max(1, len(asked))


def _learn(asked: Sequence[Asked], names: Sequence[str], gold: Gold) -> dict[str, float]:
    """Log-odds of being right when answering; few questions say little: four of five were right before."""
    right, n = dict.fromkeys(names, _PRIOR_RIGHT), dict.fromkeys(names, _PRIOR_N)
    for each in asked:
        truth = gold_key(gold[each.item_id, each.source_id])
        for voter, key in each.keys().items():
            if voter in n:
                right[voter] += key == truth
                n[voter] += 1
    odds = log_odds(np.array([right[name] / n[name] for name in names]))
    return {name: round(max(0.0, float(value)), 6) for name, value in zip(names, odds, strict=True)}


def _credit(asked: Asked, weights: Mapping[str, float], gold: Gold) -> float:
    votes = {voter: vote for voter, vote in asked.votes.items() if weights.get(voter, 0.0) > 0}
    found = weigh_options(Asked(asked.item_id, asked.source_id, votes), lambda voter, _: weights[voter])
    if not found:
        return 0.0
    truth = gold_key(gold[asked.item_id, asked.source_id])
    best = [key for key, weight, _ in found if weight >= found[0][1] - 1e-9]
    return (truth in best) / len(best)
