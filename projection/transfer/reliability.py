"""How much each aligner is worth, without gold: by agreement with the others and by consistency with itself.

Agreement is estimated as by Dawid and Skene (1979), with one accuracy for each aligner: votes for a target range count
as much as their voters agree with the ranges that win. Aligners that share their errors agree with each other, so
agreement alone overrates them; that the same source phrase goes to the same target phrase all over the texts cannot be
agreed upon. The weight is a product of powers of both odds in which consistency counts more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Range = tuple[int, int]

_START = 0.8
_ROUNDS = 20
_MOST = 0.995
_N_WRONG = 6
_PRIOR_SPANS = 10
_AGREEMENT_POWER = 0.25
_CONSISTENCY_POWER = 1.5


@dataclass(frozen=True, slots=True)
class Ballot:
    """What the aligners say about one source span.

    Attributes:
        phrase: the source words as they are counted.
        ranges: the best target range of each aligner, or None where it has none.
        targets: the words of these ranges as they are counted; "" where there is none.
    """

    phrase: str
    ranges: tuple[Range | None, ...]
    targets: tuple[str, ...]


def estimate_weights(ballots: Iterable[Ballot], *, n_voices: int) -> tuple[float, ...]:
    """Weights of the aligners, the best one 1.

    Few spans say little: accuracy and consistency start from 0.8 with the weight of ten spans.
    """
    known = list(ballots)
    accuracy = estimate_accuracy([ballot.ranges for ballot in known], n_voices=n_voices)
    consistency = [
        measure_consistency((each.phrase, each.targets[voice]) for each in known) for voice in range(n_voices)
    ]
    odds = [
        _odds(one) ** _AGREEMENT_POWER * _odds(other) ** _CONSISTENCY_POWER
        for one, other in zip(accuracy, consistency, strict=True)
    ]
    return tuple(round(each / max(odds), 4) for each in odds)


def estimate_accuracy(votes: Sequence[Sequence[Range | None]], *, n_voices: int) -> list[float]:
    """How often each voice is right, 0 to 1, by expectation maximisation; a voice without a range is wrong."""
    accuracy = [_START] * n_voices
    for _ in range(_ROUNDS):
        right = [_START * _PRIOR_SPANS] * n_voices
        for ballot in votes:
            chances = _chances(ballot, accuracy)
            for voice, choice in enumerate(ballot):
                right[voice] += chances.get(choice, 0.0) if choice else 0.0
        accuracy = [min(_MOST, each / (len(votes) + _PRIOR_SPANS)) for each in right]
    return accuracy


def _chances(ballot: Sequence[Range | None], accuracy: Sequence[float]) -> dict[Range, float]:
    """The chance of each range that somebody votes for to be the right one."""
    options = sorted({choice for choice in ballot if choice})
    logs = [
        sum(
            math.log(accuracy[voice] if choice == option else (1.0 - accuracy[voice]) / _N_WRONG)
            for voice, choice in enumerate(ballot)
            if choice
        )
        for option in options
    ]
    weights = [math.exp(each - max(logs)) for each in logs]
    return {option: weight / sum(weights) for option, weight in zip(options, weights, strict=True)}


def measure_consistency(pairs: Iterable[tuple[str, str]]) -> float:
    """Share of the phrases that occur repeatedly which go to their commonest target phrase."""
    targets: dict[str, Counter[str]] = {}
    for phrase, target in pairs:
        targets.setdefault(phrase, Counter())[target] += 1
    repeated = [counts for counts in targets.values() if counts.total() > 1]
    n_spans = sum(counts.total() for counts in repeated)
    n_same = sum(max((n for target, n in counts.items() if target), default=0) for counts in repeated)
    return min(_MOST, (n_same + _START * _PRIOR_SPANS) / (n_spans + _PRIOR_SPANS))


def _odds(share: float) -> float:
    return share / (1.0 - share)
