"""Learning a calibrator, and judging examples by calibrators that have not seen their document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from projection.confidence.calibrator import Calibrator, Curve, feature_table
from projection.confidence.features import describe, expand
from projection.confidence.isotonic import fit_isotonic
from projection.confidence.logistic import fit_logistic
from projection.errors import EngineError, Problem
from projection.types import Candidate, Span

Floats = npt.NDArray[np.float64]
Method = Literal["auto", "logistic", "isotonic"]

MIN_ISOTONIC = 1000
"""Examples of best candidates from which on `auto` adds isotonic regression."""

_PENALTY = 10.0
_PRIOR_PENALTY = 10.0
_N_FOLDS = 5
_LEAST = 1e-3


@dataclass(frozen=True, slots=True)
class Example:
    """A candidate of which is known whether it is right.

    Attributes:
        features: from `describe`.
        is_right: whether it has the right boundaries and label.
        group: document; what the calibrator is tested on shares no group with what it learned from.
        is_best: whether it is the best candidate (rank 0) of its source span.
        weight: how often it counts.
    """

    features: Mapping[str, float]
    is_right: bool
    group: str = ""
    is_best: bool = True
    weight: float = 1.0


def make_examples(candidates: Sequence[Candidate], gold: Iterable[Span], *, group: str) -> list[Example]:
    """Examples of the candidates of one source span: right are those that have the place and label of a gold span."""
    places = {(span.label, span.segment, span.intervals) for span in gold}
    return [
        Example(
            features,
            is_right=(candidate.span.label, candidate.span.segment, candidate.span.intervals) in places,
            group=group,
            is_best=candidate.rank == 0,
        )
        for candidate, features in zip(candidates, describe(candidates), strict=True)
        if candidate.span is not None
    ]


def fit_calibrator(
    examples: Sequence[Example],
    *,
    features: Sequence[str] = (),
    method: Method = "auto",
    prior: Calibrator | None = None,
) -> Calibrator:
    """Learn a calibrator.

    Args:
        examples: with at least one best candidate.
        features: names of those to use; all that occur when empty. With a prior its features are used.
        method: `logistic`; `isotonic`: isotonic regression on top; `auto`: on top from `MIN_ISOTONIC` examples on.
        prior: weights are pulled towards those of this calibrator, so that few examples only correct it.

    Raises:
        EngineError: `no-examples`.
    """
    best = [example for example in examples if example.is_best]
    others = [example for example in examples if not example.is_best]
    if not best:
        raise EngineError(Problem("no-examples", "There is nothing to calibrate on.", "Review some items first."))
    draft = prior or _scaled(examples, tuple(features) or _names(examples))
    draft = replace(draft, curve=None, engine=draft.engine if prior else "", info=_count(examples))
    found = replace(
        draft,
        best=_weights(draft, best, prior.best if prior else ()),
        other=_weights(draft, others, prior.other if prior else ()) if others else draft.other,
    )
    if method == "isotonic" or (method == "auto" and len(best) >= MIN_ISOTONIC):
        return replace(found, curve=_fit_curve(best, found, prior))
    return found


def cross_fit(
    examples: Sequence[Example],
    *,
    features: Sequence[str] = (),
    method: Method = "auto",
    prior: Calibrator | None = None,
    n_folds: int = _N_FOLDS,
) -> Floats:
    """Probability of each example from a calibrator that has seen none of its group; shape (n,).

    Where all examples have one group, it is divided by examples.
    """
    folds = assign_folds([example.group for example in examples], n_folds)
    stated = np.zeros(len(examples))
    for fold in np.unique(folds):
        seen = [example for example, number in zip(examples, folds, strict=True) if number != fold]
        calibrator = fit_calibrator(seen, features=features, method=method, prior=prior)
        stated[folds == fold] = judge(calibrator, [examples[index] for index in np.flatnonzero(folds == fold).tolist()])
    return stated


def judge(calibrator: Calibrator, examples: Sequence[Example]) -> Floats:
    """Probability of each example; shape (n,)."""
    is_best = np.array([example.is_best for example in examples], dtype=bool)
    stated = np.zeros(len(examples))
    for wanted, judge_some in ((True, calibrator.judge_best), (False, calibrator.judge_others)):
        chosen = np.flatnonzero(is_best == wanted).tolist()
        if chosen:
            stated[chosen] = judge_some([examples[index].features for index in chosen])
    return stated


def assign_folds(groups: Sequence[str], n_folds: int) -> npt.NDArray[np.int64]:
    """A fold for each example: whole groups, the largest first, each into the fold with the fewest examples."""
    sizes = Counter(groups)
    if len(sizes) < min(n_folds, len(groups)) and len(sizes) == 1:
        return np.arange(len(groups)) % n_folds
    filled = [0] * min(n_folds, len(sizes))
    fold_of = {}
    for group, size in sorted(sizes.items(), key=lambda found: (-found[1], found[0])):
        fold_of[group] = filled.index(min(filled))
        filled[fold_of[group]] += size
    return np.array([fold_of[group] for group in groups], dtype=np.int64)


def _names(examples: Sequence[Example]) -> tuple[str, ...]:
    return tuple(sorted({name for example in examples for name in example.features}))


def _count(examples: Sequence[Example]) -> dict[str, int]:
    best = [example for example in examples if example.is_best]
    return {
        "n_best": len(best),
        "n_right": sum(example.is_right for example in best),
        "n_others": len(examples) - len(best),
        "n_groups": len({example.group for example in examples}),
    }


def _scaled(examples: Sequence[Example], features: tuple[str, ...]) -> Calibrator:
    """A calibrator that knows the means and scales of its columns, and nothing else."""
    best = [example.features for example in examples if example.is_best]
    given = ([each[name] for each in best if name in each] for name in features)
    fill = tuple(float(np.mean(values)) if values else 0.0 for values in given)
    table = feature_table(best, features, fill)
    raw = [column for name, values in zip(features, table.T, strict=True) for column in expand(name, values)]
    means = tuple(float(column.mean()) for column in raw)
    scales = tuple(max(float(column.std()), _LEAST) for column in raw)
    return Calibrator(features, fill, means, scales, best=(0.0,) * (1 + len(raw)))


def _weights(draft: Calibrator, examples: Sequence[Example], prior: Sequence[float]) -> tuple[float, ...]:
    columns = draft.columns([example.features for example in examples])
    penalty = np.full(columns.shape[1], _PRIOR_PENALTY if prior else _PENALTY)
    # The level is what data tell soonest.
    penalty[0] = 1.0 if prior else 1e-3
    found = fit_logistic(
        columns,
        np.array([float(example.is_right) for example in examples]),
        penalty=penalty,
        prior=np.array(prior) if prior else None,
        weights=np.array([example.weight for example in examples]),
    )
    return tuple(round(value, 6) for value in found.tolist())


def _fit_curve(best: Sequence[Example], found: Calibrator, prior: Calibrator | None) -> Curve:
    """Isotonic regression on probabilities that were cross-fitted, so that it sees what the logistic part does to
    examples that it has not learned from."""
    names = () if prior else found.features
    stated = cross_fit(best, features=names, method="logistic", prior=prior)
    is_right = np.array([float(example.is_right) for example in best])
    x, y = fit_isotonic(stated, is_right, np.array([example.weight for example in best]))
    is_corner = np.ones(len(x), dtype=bool)
    is_corner[1:-1] = (y[1:-1] != y[:-2]) | (y[1:-1] != y[2:])
    least = 1.0 / (len(best) + 2)
    kept = np.clip(y[is_corner], least, 1.0 - least)
    return Curve(tuple(np.round(x[is_corner], 6).tolist()), tuple(np.round(kept, 6).tolist()))
