from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projection.errors import ProjectionError
from projection.measure.agreement import (
    Agreement,
    Draws,
    cohen_kappa,
    fleiss_kappa,
    gwet_coefficient,
    krippendorff_alpha,
    scott_pi,
)
from projection.measure.agreement.intervals import student_quantile


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


REFERENCE = Path(__file__).parent / "agreement_reference.json"


@pytest.mark.parametrize("name", ["alpha", "cohen", "fleiss", "gwet"])
def test_other_packages_give_the_same_on_random_tables(name: str) -> None:
    """See `tests/reference/make_agreement.py` for packages and versions."""
    n_compared = 0
    for table in json.loads(REFERENCE.read_text(encoding="utf-8")):
        items = table["items"]
        for key, expected in table["found"].items():
            coefficient, _, setting = key.partition("-")
            if coefficient != name:
                continue
            found = _measure(coefficient, setting, items)
            assert found == (expected if expected is None else pytest.approx(expected, abs=1e-9))
            n_compared += 1
    assert n_compared == {"alpha": 800, "cohen": 585, "fleiss": 175, "gwet": 800}[name]


def _measure(coefficient: str, setting: Any, items: list[list[int | None]]) -> float | None:
    if coefficient == "alpha":
        return krippendorff_alpha(items, setting).value
    if coefficient == "cohen":
        columns = [[row[place] for row in items] for place in (0, 1)]
        known = {value for row in items for value in row if value is not None}
        return cohen_kappa(*columns, weights=setting, values=sorted(known)).value
    if coefficient == "fleiss":
        return fleiss_kappa([row for row in items if None not in row]).value
    return gwet_coefficient(items, setting).value


def test_ac1_worked_by_hand() -> None:
    # Agree on 9 of 10. x has 17 of 20 ratings: chance 2 * .85 * .15 / (2 - 1) = .255.
    found = gwet_coefficient([["x", "x"]] * 8 + [["x", "y"], ["y", "y"]])
    assert found.observed == pytest.approx(0.9)
    assert found.expected == pytest.approx(0.255)
    assert found.value == pytest.approx((0.9 - 0.255) / 0.745)


def test_pi_uses_the_shares_of_both_annotators_together() -> None:
    # x has 5 of 8 ratings: chance 25/64 + 9/64; they agree on 3 of 4.
    found = scott_pi(["x", "x", "y", "y"], ["x", "x", "y", "x"])
    assert found.expected == pytest.approx(34 / 64)
    assert found.value == pytest.approx((0.75 - 34 / 64) / (30 / 64))


def test_distances_need_numbers_except_for_ranks() -> None:
    items = [["low", "low"], ["low", "mid"], ["high", "high"]]
    with pytest.raises(ProjectionError) as error:
        krippendorff_alpha(items, "interval")
    assert error.value.problem.code == "not-a-number"
    ranked = krippendorff_alpha(items, "ordinal", values=["low", "mid", "high"])
    numbers = krippendorff_alpha([[1, 1], [1, 2], [3, 3]], "ordinal")
    assert ranked.value == pytest.approx(numbers.value)


def test_a_value_that_is_not_listed_is_refused() -> None:
    with pytest.raises(ProjectionError) as error:
        krippendorff_alpha([["low", "odd"]], "ordinal", values=["low", "high"])
    assert error.value.problem.code == "unknown-value"


class TestIntervals:
    ITEMS = ([["x", "x"]] * 3 + [["x", "y"]] + [["y", "y"]] * 2) * 20

    def test_the_same_seed_gives_the_same_interval(self) -> None:
        draws = Draws(500, seed=3)
        first, second = (krippendorff_alpha(self.ITEMS, draws=draws).interval for _ in range(2))
        assert first == second
        other = krippendorff_alpha(self.ITEMS, draws=Draws(500, seed=4)).interval
        assert first is not None
        assert other is not None
        assert first.low != other.low
        assert first.low == pytest.approx(other.low, abs=0.03)

    def test_items_of_one_document_stay_together(self) -> None:
        # Ten documents that hold the same items twelve times: as much is known as from ten items each of its kind.
        items = [["x", "x"], ["y", "y"], ["x", "y"], ["x", "x"], ["y", "y"]] * 2
        many = [row for row in items for _ in range(12)]
        documents = [number for number in range(10) for _ in range(12)]
        alone = krippendorff_alpha(many, draws=Draws(2_000)).interval
        grouped = krippendorff_alpha(many, clusters=documents, draws=Draws(2_000)).interval
        assert alone is not None
        assert grouped is not None
        assert grouped.n_clusters == 10
        assert (grouped.high - grouped.low) > 2.5 * (alone.high - alone.low)

    def test_order_and_parts_of_the_items_do_not_matter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        documents = [number % 7 for number in range(len(self.ITEMS))]
        whole = krippendorff_alpha(self.ITEMS, clusters=documents, draws=Draws(200))
        monkeypatch.setattr("projection.measure.agreement.ratings._CELLS", 20)
        assert krippendorff_alpha(self.ITEMS, clusters=documents, draws=Draws(200)) == whole
        order = sorted(range(len(self.ITEMS)), key=lambda number: (number * 37) % 101)
        shuffled = krippendorff_alpha(
            [self.ITEMS[number] for number in order], clusters=[documents[number] for number in order]
        )
        assert shuffled.value == pytest.approx(whole.value)

    def test_a_single_document_has_no_interval(self) -> None:
        found = krippendorff_alpha(self.ITEMS, clusters=["d"] * len(self.ITEMS), draws=Draws(100)).interval
        assert found is not None
        assert found.n_clusters == 1
        assert math.isnan(found.low)

    @pytest.mark.parametrize(("df", "expected"), [(1, 12.7062), (2, 4.3027), (4, 2.7764), (9, 2.2622), (60, 2.0003)])
    def test_quantiles_of_t_are_those_in_print(self, df: int, expected: float) -> None:
        assert student_quantile(0.975, df) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(
    ("items", "warnings"),
    [
        ([["x", "x"]] * 40, ("no-variance",)),
        ([["x", "x"]] * 39 + [["x", "y"]], ("skewed",)),
        ([["x", "x"], ["y", "y"]], ("few-items",)),
        ([["x", "x"], ["y", "y"]] * 20, ()),
    ],
)
def test_it_warns_of_what_makes_a_coefficient_mislead(items: list[list[str]], warnings: tuple[str, ...]) -> None:
    assert krippendorff_alpha(items).warnings == warnings


def _items_of(study: dict[str, Any]) -> list[list[Any]]:
    if study["kind"] != "table":
        return study["items"]
    return [
        [one, two]
        for one, row in zip(study["labels"], study["table"], strict=True)
        for two, n in zip(study["labels"], row, strict=True)
        for _ in range(n)
    ]


def _coefficients(items: list[list[Any]]) -> dict[str, Callable[[], Agreement]]:
    columns = [[row[0] for row in items], [row[1] for row in items]]
    return {
        "cohen_kappa": lambda: cohen_kappa(*columns),
        "scott_pi": lambda: scott_pi(*columns),
        "fleiss_kappa": lambda: fleiss_kappa(items),
        "alpha_nominal": lambda: krippendorff_alpha(items),
        "alpha_interval": lambda: krippendorff_alpha(items, "interval"),
        "alpha_ratio": lambda: krippendorff_alpha(items, "ratio"),
    }


@pytest.mark.data
def test_published_values(data_dir: Path) -> None:
    checked = []
    for study in _published(data_dir):
        published = dict(study["published"])
        found = {name: make() for name, make in _coefficients(_items_of(study)).items() if name in published}
        for name, agreement in found.items():
            assert agreement.value == pytest.approx(published.pop(name), abs=6e-4)
            checked.append(name)
        # Of several coefficients these figures are those of the last one in print, kappa.
        kappa = found.get("cohen_kappa") or found.get("fleiss_kappa")
        for name, value in published.items():
            assert getattr(kappa, name) == pytest.approx(value, abs=6e-4)
            checked.append(name)
    assert len(checked) == 13
