"""Answers that are not taken from one list: what voters propose for a question, and which proposals belong together.

An option is a label at a place, or "nothing here". Voters are judged by one accuracy each: a vote for a span shares no
class with votes on other questions, so that there is no confusion to learn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from projection.types import Interval
from projection.vote.aggregate.answers import Floats
from projection.vote.ballots import LABEL, NOTHING, Vote

_START = 0.8
_PRIOR_VOTES = 10.0
_N_WRONG = 6
_MOST = 0.995
_LEAST = 0.02
_ROUNDS = 50


class Key(NamedTuple):
    """What makes two votes the same option: a label at a place of a layer; all empty for "nothing here"."""

    label: str = ""
    segment: int = -1
    intervals: tuple[Interval, ...] = ()
    layer: str = ""

    @property
    def is_nothing(self) -> bool:
        return self == _NOTHING

    def overlaps(self, other: Key) -> bool:
        """Whether both give the same label to a common character; "nothing here" overlaps only itself."""
        if self == other:
            return True
        if (self.label, self.segment, self.layer) != (other.label, other.segment, other.layer):
            return False
        pieces = ((one, two) for one in self.intervals for two in other.intervals)
        return any(one[0] < two[1] and two[0] < one[1] for one, two in pieces)


_NOTHING = Key()


@dataclass(frozen=True, slots=True)
class Asked:
    """The votes of a panel on one question.

    Attributes:
        item_id: the item.
        source_id: the question.
        votes: by voter, in the order of the panel, of those that gave an answer (a label or "nothing here").
    """

    item_id: str
    source_id: str
    votes: Mapping[str, Vote]

    def keys(self) -> dict[str, Key]:
        """The option of each voter."""
        return {voter: key_of(vote) for voter, vote in self.votes.items()}


def key_of(vote: Vote) -> Key:
    """The option that a vote is for.

    Raises:
        ValueError: the vote is an abstention or invalid.
    """
    if vote.span is not None:
        return Key(vote.span.label, vote.span.segment, tuple(vote.span.intervals), vote.span.layer)
    if vote.outcome != NOTHING:
        raise ValueError(f"a vote with the outcome {vote.outcome} is for no option")
    return _NOTHING


def is_answer(vote: Vote) -> bool:
    """Whether a vote is for an option."""
    return vote.outcome in (LABEL, NOTHING)


def weigh_options(
    asked: Asked, weigh: Callable[[str, Vote], float], *, is_overlapping: bool = False
) -> list[tuple[Key, float, float]]:
    """Options with two weights, the heaviest first; equal ones in the order of the voters.

    Args:
        asked: the votes.
        weigh: the weight of a voter's vote.
        is_overlapping: whether votes for overlapping places with the same label support each other.

    Returns:
        Option, weight of all that support it, and weight of its own votes, which decides between places that support
        each other. Without `is_overlapping` both weights are the same.
    """
    own: dict[Key, float] = {}
    for voter, vote in asked.votes.items():
        key = key_of(vote)
        own[key] = own.get(key, 0.0) + weigh(voter, vote)
    weights = [
        (key, sum(other for each, other in own.items() if key.overlaps(each)) if is_overlapping else weight, weight)
        for key, weight in own.items()
    ]
    # Sums in another order differ in the last digits, which must not decide.
    return sorted(weights, key=lambda each: (-round(each[1], 9), -round(each[2], 9)))


def estimate_accuracies(questions: Sequence[Asked], panel: Sequence[str]) -> dict[str, float]:
    """How often each voter's answers are right, 0 to 1, without gold (one coin, cf. Dawid and Skene 1979).

    Expectation maximisation over the options of each question and "none of them"; a wrong answer is any of six. Few
    votes say little: every voter starts from 0.8 with the weight of ten votes. Voters that share their errors confirm
    each other and are overrated; `estimate_weights` of `projection.transfer.reliability` looks at consistency as well.

    Args:
        questions: votes on any number of questions.
        panel: all voters; those without votes get 0.8.
    """
    places = {voter: number for number, voter in enumerate(panel)}
    rows: list[tuple[int, int, int]] = []
    n_options = 0
    for number, asked in enumerate(questions):
        options: dict[Key, int] = {}
        for voter, key in asked.keys().items():
            rows.append((number, places[voter], n_options + options.setdefault(key, len(options))))
        n_options += len(options)
    accuracy = np.full(len(panel), _START)
    if not rows:
        return dict(zip(panel, accuracy.tolist(), strict=True))
    question, voter, option = np.array(rows, dtype=np.int64).T
    of_option = np.zeros(n_options, dtype=np.int64)
    of_option[option] = question
    counts = np.bincount(voter, minlength=len(panel))
    for _ in range(_ROUNDS):
        logs = np.bincount(option, log_odds(accuracy)[voter], minlength=n_options).astype(np.float64)
        shares = _shares(logs, of_option, len(questions))
        hits = np.bincount(voter, shares[option], minlength=len(panel))
        accuracy = np.clip((hits + _START * _PRIOR_VOTES) / (counts + _PRIOR_VOTES), _LEAST, _MOST)
    return dict(zip(panel, accuracy.tolist(), strict=True))


def log_odds(accuracy: Floats) -> Floats:
    """What a vote of such accuracy adds to the logarithm of the odds of its option; below 0 for worse than guessing."""
    clipped = np.clip(accuracy, _LEAST, _MOST)
    weights: Floats = np.log(clipped / (1.0 - clipped) * _N_WRONG)
    return weights


def option_probabilities(weights: Sequence[float]) -> list[float]:
    """Probabilities of options from their summed log-odds; what is left is that none of them is right."""
    shares = _shares(np.array(weights, dtype=np.float64), np.zeros(len(weights), dtype=np.int64), 1)
    return [float(share) for share in shares]


def _shares(logs: Floats, question: np.ndarray, n_questions: int) -> Floats:
    top = np.zeros(n_questions)
    np.maximum.at(top, question, logs)
    weights = np.exp(logs - top[question])
    totals = np.bincount(question, weights, minlength=n_questions) + np.exp(-top)
    shares: Floats = weights / totals[question]
    return shares
