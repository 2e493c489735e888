"""Probabilities of being right for candidates, learned from candidates of which that is known.

Logistic regression (Platt 1999) on features of the candidate, once for the best candidates of their source spans and
once for the others, and, where there is much to learn from, isotonic regression on top (Zadrozny and Elkan 2002).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from projection.confidence.features import describe, expand
from projection.confidence.logistic import sigmoid
from projection.errors import EngineError, Problem
from projection.types import Candidate

Floats = npt.NDArray[np.float64]

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising function through points, straight between them and level outside."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __call__(self, values: Floats) -> Floats:
        result: Floats = np.interp(values, self.x, self.y)
        return result


@dataclass(frozen=True, slots=True)
class Calibrator:
    """What was learned.

    Attributes:
        features: names, in the order of the weights.
        fill: mean of each feature, which stands for it where a candidate lacks it.
        means: of each column that the features expand to.
        scales: standard deviation of each column.
        best: intercept and weight of each column, for the best candidate of a source span.
        other: the same for the other candidates; empty where none were learned from.
        curve: maps the probabilities of best candidates to better ones, or None.
        engine: whose candidates these are.
        info: where it comes from: counts, data, settings.
    """

    features: tuple[str, ...]
    fill: tuple[float, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    best: tuple[float, ...]
    other: tuple[float, ...] = ()
    curve: Curve | None = None
    engine: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)

    def columns(self, described: Sequence[Mapping[str, float]]) -> Floats:
        """Shape (n, 1 + columns): a column of ones, then the scaled columns of the features."""
        return make_columns(described, self.features, self.fill, self.means, self.scales)

    def judge_best(self, described: Sequence[Mapping[str, float]]) -> Floats:
        """Probabilities of candidates that are the best of their source spans; shape (n,)."""
        stated = sigmoid(self.columns(described) @ np.array(self.best))
        return self.curve(stated) if self.curve is not None else stated

    def judge_others(self, described: Sequence[Mapping[str, float]]) -> Floats:
        """The same for the other candidates; zeros where nothing was learned about them."""
        if not self.other:
            return np.zeros(len(described))
        return sigmoid(self.columns(described) @ np.array(self.other))

    def probabilities(self, candidates: Sequence[Candidate]) -> list[float | None]:
        """For all candidates of one source span; None for one without a span.

        At most one of them is right, so the others share what the best one leaves.
        """
        return self.probabilities_of_many([candidates])[0]

    def probabilities_of_many(self, groups: Sequence[Sequence[Candidate]]) -> list[list[float | None]]:
        """As `probabilities`, for the candidates of many source spans at once."""
        described = [describe(group) for group in groups]
        stated: list[list[float | None]] = [[None] * len(group) for group in groups]
        for is_best, judge in ((True, self.judge_best), (False, self.judge_others)):
            places = [
                (row, column)
                for row, group in enumerate(groups)
                for column, candidate in enumerate(group)
                if candidate.span is not None and (candidate.rank == 0) == is_best
            ]
            if places:
                values = judge([described[row][column] for row, column in places])
                for (row, column), value in zip(places, values.tolist(), strict=True):
                    stated[row][column] = value
        return [_share(group, values) for group, values in zip(groups, stated, strict=True)]

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` reads."""
        record = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        if self.curve is not None:
            record["curve"] = {"x": list(self.curve.x), "y": list(self.curve.y)}
        return {"format": _FORMAT, **record, "info": dict(self.info)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Calibrator:
        """Read what `to_json` wrote.

        Raises:
            EngineError: `bad-calibrator` when it is something else.
        """
        try:
            return _read(record)
        except (KeyError, TypeError, ValueError) as err:
            fault = "This is not a calibrator of this version."
            raise EngineError(Problem("bad-calibrator", fault, "Learn it again from reviewed items.")) from err

    def dumps(self) -> str:
        """One JSON object as text, the same for the same calibrator."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def make_columns(
    described: Sequence[Mapping[str, float]],
    features: Sequence[str],
    fill: Sequence[float],
    means: Sequence[float],
    scales: Sequence[float],
) -> Floats:
    """Shape (n, 1 + columns), see `Calibrator.columns`."""
    table = feature_table(described, features, fill)
    raw = [column for name, values in zip(features, table.T, strict=True) for column in expand(name, values)]
    shifted = [(column - mean) / scale for column, mean, scale in zip(raw, means, scales, strict=True)]
    return np.column_stack([np.ones(len(described)), *shifted])


def feature_table(described: Sequence[Mapping[str, float]], features: Sequence[str], fill: Sequence[float]) -> Floats:
    """Shape (n, features): the values, `fill` where one is missing."""
    rows = [[each.get(name, mean) for name, mean in zip(features, fill, strict=True)] for each in described]
    return np.array(rows, dtype=np.float64).reshape(len(described), len(features))


def _share(group: Sequence[Candidate], stated: Sequence[float | None]) -> list[float | None]:
    pairs = [(candidate.rank, value) for candidate, value in zip(group, stated, strict=True) if value is not None]
    left = 1.0 - sum(value for rank, value in pairs if not rank)
    wanted = sum(value for rank, value in pairs if rank)
    factor = min(1.0, max(0.0, left) / wanted) if wanted else 1.0
    return [
        None if value is None else round(value * factor if candidate.rank else value, 4)
        for candidate, value in zip(group, stated, strict=True)
    ]


def _read(record: Mapping[str, Any]) -> Calibrator:
    if record["format"] != _FORMAT:
        raise ValueError(record["format"])
    names = ("fill", "means", "scales", "best", "other")
    numbers = {name: tuple(float(value) for value in record[name]) for name in names}
    features = tuple(str(name) for name in record["features"])
    curve = record["curve"]
    found = Calibrator(
        features,
        **numbers,
        curve=None if curve is None else Curve(tuple(map(float, curve["x"])), tuple(map(float, curve["y"]))),
        engine=str(record["engine"]),
        info=dict(record["info"]),
    )
    found.judge_best([{}])
    found.judge_others([{}])
    return found


def with_engine(calibrator: Calibrator, engine: str, **info: Any) -> Calibrator:
    """The calibrator under the name of an engine, with more to say about where it comes from."""
    return replace(calibrator, engine=engine, info={**calibrator.info, **info})
