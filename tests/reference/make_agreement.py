"""Agreement coefficients of other packages on 200 random tables of our own.

Writes `tests/projection/measure/agreement_reference.json`, which the tests compare with. To make it again, in an
environment of its own:

    pip install krippendorff==0.9.0 scikit-learn==1.9.1 statsmodels==0.15.0 irrCAC==0.4.4
    python tests/reference/make_agreement.py

A table has 6 to 40 items, 2 to 6 annotators, 2 to 6 values (whole numbers from 1), and up to half of its cells missing.
Alpha is of krippendorff, weighted kappa of the first two annotators of scikit-learn, Fleiss' kappa of the items without
missing cells of statsmodels, AC1 and AC2 of irrCAC (which rounds to five digits).
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

N_TABLES = 200
LEVELS = ("nominal", "ordinal", "interval", "ratio")
TARGET = Path(__file__).parent.parent / "projection" / "measure" / "agreement_reference.json"


def make_table(random: np.random.Generator) -> np.ndarray:
    """Items by annotators; NaN for missing. Annotators follow a common value more or less closely."""
    n_items, n_raters, n_values = random.integers(6, 41), random.integers(2, 7), random.integers(2, 7)
    truth = random.integers(1, n_values + 1, n_items)
    noise = random.uniform(0.05, 0.9)
    table = np.where(
        random.random((n_items, n_raters)) < noise,
        random.integers(1, n_values + 1, (n_items, n_raters)),
        truth[:, None],
    ).astype(float)
    table[random.random(table.shape) < random.uniform(0, 0.5)] = np.nan
    return table


def known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def measure(table: np.ndarray) -> dict[str, Any]:
    values = sorted({int(value) for value in table[~np.isnan(table)]})
    found: dict[str, Any] = {}
    for level in LEVELS:
        found[f"alpha-{level}"] = known(krippendorff.alpha(table.T, level_of_measurement=level, value_domain=values))
    both = table[~np.isnan(table[:, :2]).any(1)][:, :2].astype(int)
    if len(both) and len(set(both.ravel())) > 1:
        for weights in (None, "linear", "quadratic"):
            # scikit-learn counts places in the list of labels, so that the list must have no gaps.
            score = cohen_kappa_score(
                both[:, 0], both[:, 1], weights=weights, labels=list(range(values[0], values[-1] + 1))
            )
            found[f"cohen-{weights or 'identity'}"] = known(score)
    whole = table[~np.isnan(table).any(1)].astype(int)
    if len(whole) > 1 and len(set(whole.ravel())) > 1:
        found["fleiss"] = known(fleiss_kappa(aggregate_raters(whole)[0]))
    for weights in ("identity", "linear", "quadratic", "ordinal"):
        cac = CAC(pd.DataFrame(table), weights=weights, categories=values, digits=12)
        found[f"gwet-{weights}"] = known(cac.gwet()["est"]["coefficient_value"])
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    random = np.random.default_rng(2011)
    tables = []
    while len(tables) < N_TABLES:
        table = make_table(random)
        if len({*table[~np.isnan(table)]}) < 2 or ((~np.isnan(table)).sum(1) > 1).sum() < 2:
            continue
        rows = [[None if math.isnan(value) else int(value) for value in row] for row in table]
        tables.append({"items": rows, "found": measure(table)})
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in tables)
    TARGET.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
