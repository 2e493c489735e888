"""A log-linear model of a token's spelling and neighbours, trained on projected tags.

It sees what the links cannot: a word that was linked wrongly once, or never, looks like others that were tagged well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from projection.transfer.tags.corpus import Ints, Tokens

Floats = npt.NDArray[np.float64]
Columns = npt.NDArray[np.int32]

_STEPS = 320
_EPOCHS = (4, 40)
_BATCH = 256
_STEP = 0.3
_MIN_COUNT = 2
_SEED = 0
_EDGE = "\n"


def context_posterior(tokens: Tokens, posterior: Floats, *, penalty: float) -> Floats:
    """Probability of each tag for each token by the model; shape (n_tokens, n_tags).

    Trained by AdaGrad (Duchi, Hazan and Singer 2011) on the given posteriors as soft targets, with an L2 penalty that
    keeps it from learning single tokens by heart.

    Args:
        tokens: the target corpus.
        posterior: shape (n_tokens, n_tags): targets.
        penalty: L2 penalty on all weights, against the sum of the cross entropy over all tokens.
    """
    columns, n_features = _index_features(tokens)
    weights = _train(columns, n_features, posterior, penalty)
    return np.concatenate([_predict(weights, columns[at : at + 4096]) for at in range(0, len(columns), 4096)])


def _train(columns: Columns, n_features: int, targets: Floats, penalty: float) -> Floats:
    weights = np.zeros((n_features + 1, targets.shape[1]))
    squares = np.full_like(weights, 1e-6)
    random = np.random.default_rng(_SEED)
    n_batches = max(1, -(-len(columns) // _BATCH))
    for _ in range(min(max(_EPOCHS[0], -(-_STEPS // n_batches)), _EPOCHS[1])):
        order = random.permutation(len(columns))
        for begin in range(0, len(order), _BATCH):
            rows = order[begin : begin + _BATCH]
            share = penalty * len(rows) / len(order)
            _descend(weights, squares, columns[rows], targets[rows], share)
    return weights


def _descend(weights: Floats, squares: Floats, columns: Columns, targets: Floats, penalty: float) -> None:
    """One step of AdaGrad; the last row of weights stands for no feature and stays 0."""
    error = _predict(weights, columns) - targets
    used, place = np.unique(columns, return_inverse=True)
    gradient = np.zeros((len(used), weights.shape[1]))
    np.add.at(gradient, place.ravel(), np.repeat(error, columns.shape[1], axis=0))
    gradient += penalty * weights[used]
    squares[used] += gradient**2
    weights[used] -= _STEP * gradient / np.sqrt(squares[used])
    weights[-1] = 0.0


def _predict(weights: Floats, columns: Columns) -> Floats:
    score = weights[columns].sum(axis=1)
    raised = np.exp(score - score.max(axis=1, keepdims=True))
    probability: Floats = raised / raised.sum(axis=1, keepdims=True)
    return probability


def _index_features(tokens: Tokens) -> tuple[Columns, int]:
    """Feature numbers of each token, padded with the number of features; those of a single token are left out."""
    found = _list_features(tokens)
    counts = Counter(name for names in found for name in names)
    frequent = [name for name, count in counts.items() if count >= _MIN_COUNT]
    numbers = {name: number for number, name in enumerate(frequent)}
    columns = np.full((len(found), max(map(len, found), default=1)), len(numbers), dtype=np.int32)
    for row, names in enumerate(found):
        known = [numbers[name] for name in names if name in numbers]
        columns[row, : len(known)] = known
    return columns, len(numbers)


def _list_features(tokens: Tokens) -> list[list[str]]:
    forms = [tokens.forms[number] for number in tokens.form.tolist()]
    spelled = {form: _spelling_features(form) for form in tokens.forms}
    return [
        [*spelled[form], f"case={tokens.cases[index]}", *_neighbour_features(forms, tokens.cases, index, bounds)]
        for bounds in _bounds(tokens.lengths)
        for index, form in enumerate(forms[slice(*bounds)], start=bounds[0])
    ]


def _bounds(lengths: Ints) -> list[tuple[int, int]]:
    ends = np.cumsum(lengths).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _spelling_features(form: str) -> list[str]:
    names = ["any", f"form={form}", f"letters={min(len(form), 6)}"]
    names += [f"end={form[-length:]}" for length in range(1, min(5, len(form) - 1) + 1)]
    names += [f"begin={form[:length]}" for length in range(1, min(3, len(form) - 1) + 1)]
    return names


def _neighbour_features(forms: Sequence[str], cases: Sequence[str], index: int, bounds: tuple[int, int]) -> list[str]:
    def form_at(place: int) -> str:
        return forms[place] if bounds[0] <= place < bounds[1] else _EDGE

    before, after = form_at(index - 1), form_at(index + 1)
    return [
        f"before={before}",
        f"after={after}",
        f"two before={form_at(index - 2)}",
        f"two after={form_at(index + 2)}",
        f"end before={before[-3:]}",
        f"end after={after[-3:]}",
        f"case before={cases[index - 1] if before != _EDGE else _EDGE}",
        f"case after={cases[index + 1] if after != _EDGE else _EDGE}",
    ]
