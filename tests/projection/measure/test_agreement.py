from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from projection.errors import ProjectionError
from projection.measure.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha


def test_cohen_worked_by_hand() -> None:
    # Agree on 3 of 4; shares 2/4 and 3/4 of x, 2/4 and 1/4 of y: 6/16 + 2/16.
    found = cohen_kappa(["x", "x", "y", "y", None], ["x", "x", "y", "x", "x"])
    assert (found.observed, found.expected, found.n_items) == (0.75, 0.5, 4)
    assert found.value == 0.5


def test_alpha_worked_by_hand() -> None:
    # Three pairable items: x x, x y, y y z; the last has one label. Coincidences that agree: 2, 0, 2 / 2 = 1.
    # Of 7 labels 3 are x, 3 y, 1 z: (3 * 2 + 3 * 2) / (7 * 6).
    found = krippendorff_alpha([["x", "x", None], ["x", "y", None], ["y", "y", "z"], [None, None, "z"]])
    assert found.n_items == 3
    assert found.observed == pytest.approx(3 / 7)
    assert found.expected == pytest.approx(12 / 42)
    assert found.value == pytest.approx((3 / 7 - 2 / 7) / (1 - 2 / 7))


def test_fleiss_needs_equal_numbers() -> None:
    with pytest.raises(ProjectionError) as error:
        fleiss_kappa([["x", "x"], ["x", "y", "y"]])
    assert error.value.problem.code == "different-counts"
    with pytest.raises(ProjectionError) as error:
        cohen_kappa(["x"], ["x", "y"])
    assert error.value.problem.code == "different-counts"


def test_one_label_only_has_no_value() -> None:
    assert cohen_kappa(["x", "x"], ["x", "x"]).value is None
    assert fleiss_kappa([["x", "x"], ["x", "x"]]).value is None
    assert krippendorff_alpha([["x", "x"], ["x", "x"]]).value is None
    assert krippendorff_alpha([["x", None]]).n_items == 0
    assert fleiss_kappa([]).value is None
    assert cohen_kappa([None], ["x"]).n_items == 0


def _published(data_dir: Path) -> list[dict[str, Any]]:
    return json.loads((data_dir / "crowd-agreement" / "agreement_examples.json").read_text(encoding="utf-8"))


@pytest.mark.data
def test_published_values(data_dir: Path) -> None:
    checked = 0
    for study in _published(data_dir):
        published = study["published"]
        if study["kind"] == "table":
            cells = [
                (one, two)
                for one, row in zip(study["labels"], study["table"], strict=True)
                for two, n in zip(study["labels"], row, strict=True)
                for _ in range(n)
            ]
            items: list[list[object]] = [list(cell) for cell in cells]
        else:
            items = study["items"]
        if "cohen_kappa" in published:
            found = cohen_kappa([row[0] for row in items], [row[1] for row in items])
            assert found.value == pytest.approx(published["cohen_kappa"], abs=6e-4)
            checked += 1
        if "fleiss_kappa" in published:
            assert fleiss_kappa(items).value == pytest.approx(published["fleiss_kappa"], abs=6e-4)
            checked += 1
        if "alpha_nominal" in published:
            assert krippendorff_alpha(items).value == pytest.approx(published["alpha_nominal"], abs=6e-4)
            checked += 1
    assert checked == 5
