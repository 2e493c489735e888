"""The worked example of the published system: its assignment is reproduced, ours is compared with the gold labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projection.cli import main
from projection.formats import read_conll

pytestmark = pytest.mark.data


def select(data_dir: Path, out: Path, *options: str) -> None:
    folder = data_dir / "tprojection-sample"
    files = ["--records", str(folder / "en2es.europarl.jsonl"), "--scores", str(folder / "en2es.europarl.json")]
    assert main(["tprojection", "select", *files, "--tgt-lang", "es", "--out", str(out), *options]) == 0


def measure(data_dir: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    capsys.readouterr()
    gold = data_dir / "tprojection-sample" / "es.europarl.gold"
    assert main(["measure", "spans", "--gold", str(gold), "--predicted", str(out), "--json"]) == 0
    strict = json.loads(capsys.readouterr().out)["strict"]
    return {name: strict[name] for name in ("precision", "recall", "f1")}


def test_published_assignment_is_reproduced(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.conll"
    select(data_dir, out, "--mode", "published")
    found = read_conll(out.read_bytes()).rows
    expected = read_conll((data_dir / "tprojection-sample" / "en2es.expected.conll").read_bytes()).rows
    same = [(one.words, one.spans) == (other.words, other.spans) for one, other in zip(found, expected, strict=True)]
    assert (sum(same), len(same)) == (32, 32)
    figures = measure(data_dir, out, capsys)
    assert figures == {
        "precision": pytest.approx(93.33, abs=0.01),
        "recall": pytest.approx(43.75, abs=0.01),
        "f1": pytest.approx(59.57, abs=0.01),
    }


@pytest.mark.parametrize(
    ("options", "precision", "recall"),
    [((), 100.0, 46.9), (("--align", "--n-grams", "missing"), 93.3, 87.5)],
    ids=["same proposals", "with word links"],
)
def test_our_assignment_is_better(
    data_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    precision: float,
    recall: float,
) -> None:
    out = tmp_path / "out.conll"
    select(data_dir, out, *options)
    figures = measure(data_dir, out, capsys)
    assert figures["precision"] >= precision - 0.1
    assert figures["recall"] >= recall - 3.2
    assert figures["f1"] > 59.57
