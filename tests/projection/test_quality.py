"""Projection quality on public gold data, measured through the command line.

Each bound lies about 0.5 below the figure that was reached; nothing but the sentences themselves is learned from and no
decoder kind is set by hand.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from projection.cli import main

pytestmark = pytest.mark.data


def _strict_f1(capsys: pytest.CaptureFixture[str], gold: Path, predicted: Path, *, join: str = "position") -> float:
    capsys.readouterr()
    command = ["measure", "spans", "--gold", str(gold), "--predicted", str(predicted), "--join", join, "--json"]
    assert main(command) == 0
    return float(json.loads(capsys.readouterr().out)["strict"]["f1"])


def _project(src: Path, tgt: Path, lang: str, out: Path, *options: str) -> None:
    command = ["project", "--src", str(src), "--tgt", str(tgt), "--tgt-lang", lang, "--out", str(out), *options]
    assert main(command) == 0


@pytest.mark.parametrize(("lang", "least"), [("de", 74.0), ("pt", 81.1), ("sv", 82.9)])
def test_names_of_universal_ner(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, least: float
) -> None:
    folder = data_dir / "ner-uner-pud"
    gold, out = folder / f"{lang}_pud-ud-test.iob2", tmp_path / "out.conll"
    table = ["--id-table", str(folder / "pud_ids.tsv"), "--src-column", "en", "--tgt-column", lang]
    _project(folder / "en_pud-ud-test.iob2", gold, lang, out, *table)
    assert _strict_f1(capsys, gold, out, join="text") >= least


def test_names_of_europarl(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = data_dir / "ner-europarl", tmp_path / "out.conll"
    gold = folder / "es-europarl.test.conll02"
    _project(folder / "en-europarl.test.conll02", gold, "es", out)
    assert _strict_f1(capsys, gold, out) >= 91.2


@pytest.mark.parametrize(("part", "least"), [("train", 95.1), ("test", 94.1)])
def test_phrases_of_restaurant_reviews_from_plain_text(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str, least: float
) -> None:
    folder, text, out = data_dir / "ote-absa", tmp_path / "es.txt", tmp_path / "out.conll"
    gold = folder / f"es.manual.{part}.tsv"
    blocks = gold.read_text(encoding="utf-8").replace("\r\n", "\n").strip("\n").split("\n\n")
    lines = (" ".join(line.split("\t")[0] for line in block.split("\n")) for block in blocks)
    text.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    _project(folder / f"en.absa.{part}.tsv", text, "es", out)
    assert _strict_f1(capsys, gold, out) >= least


@pytest.mark.parametrize(("part", "least"), [("neoplasm_dev", 98.2), ("neoplasm_test", 94.7)])
def test_clauses_of_clinical_abstracts(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str, least: float
) -> None:
    files = {}
    for name in (f"en.{part}.tsv", f"es.{part}.manual.tsv"):
        files[name[:2]] = tmp_path / name
        files[name[:2]].write_bytes(gzip.decompress((data_dir / "am-abstrct" / f"{name}.gz").read_bytes()))
    _project(files["en"], files["es"], "es", tmp_path / "out.conll")
    assert _strict_f1(capsys, files["es"], tmp_path / "out.conll") >= least


ALIGNERS = {
    "awesome": "awesome.{}",
    "simalign": "simalign.{}.itermax",
    "mgiza": "mgiza.{}.grow_diag_final-and",
    "fast_align": "fast_align.{}.grow_diag_final-and",
}


def _transfer(folder: Path, part: str, aligner: str, out: Path, *options: str) -> None:
    links = folder / "alignments" / f"en-es.{ALIGNERS[aligner].format(part)}.talp"
    command = ["transfer", "--src", str(folder / f"en.absa.{part}.tsv"), "--tgt", str(folder / f"es.manual.{part}.tsv")]
    assert main([*command, "--tgt-lang", "es", "--links", str(links), "--out", str(out), *options]) == 0


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("aligner", ALIGNERS)
def test_published_transfer_is_reproduced(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str, aligner: str
) -> None:
    folder, out = data_dir / "ote-absa", tmp_path / "out.conll"
    _transfer(folder, part, aligner, out, "--mode", "published", "--gap", "1")
    assert _strict_f1(capsys, folder / f"es.{aligner}.{part}.tsv", out) == 100.0


@pytest.mark.parametrize(("gap", "f1"), [(0, 84.95), (1, 95.08), (2, 96.01)])
def test_corrected_transfer(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], gap: int, f1: float
) -> None:
    folder, out = data_dir / "ote-absa", tmp_path / "out.conll"
    _transfer(folder, "train", "awesome", out, "--gap", str(gap), "--set", "long_spans=off")
    assert _strict_f1(capsys, folder / "es.manual.train.tsv", out) == pytest.approx(f1, abs=0.1)


@pytest.mark.parametrize(("part", "one", "four"), [("train", 95.9, 96.5), ("test", 94.2, 95.5)])
def test_corrected_and_fused_transfer_beat_the_published_one(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str, one: float, four: float
) -> None:
    folder, out = data_dir / "ote-absa", tmp_path / "out.conll"
    gold = folder / f"es.manual.{part}.tsv"
    _transfer(folder, part, "awesome", out)
    assert _strict_f1(capsys, gold, out) >= one
    more = [
        word
        for name in ("simalign", "mgiza", "fast_align")
        for word in ("--links", str(folder / "alignments" / f"en-es.{ALIGNERS[name].format(part)}.talp"))
    ]
    _transfer(folder, part, "awesome", out, *more, "--mode", "fused")
    assert _strict_f1(capsys, gold, out) >= four


@pytest.mark.parametrize(("lang", "most"), [("es", 19.8), ("pt", 18.6)])
def test_word_links(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, most: float) -> None:
    rows = [
        line.split("\t")
        for part in ("dev", "test")
        for line in (data_dir / "wordalign" / f"xl-wa.en-{lang}.{part}.tsv").read_text(encoding="utf-8").splitlines()
    ]
    names = ("src.txt", "tgt.txt", "gold.talp")
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        (tmp_path / name).write_text("".join(f"{cell}\n" for cell in column), encoding="utf-8")
    src, tgt, gold = (str(tmp_path / name) for name in names)
    assert main(["align", "--src", src, "--tgt", tgt, "--tgt-lang", lang, "--out", str(tmp_path / "out.talp")]) == 0
    capsys.readouterr()
    assert main(["measure", "alignment", "--gold", gold, "--predicted", str(tmp_path / "out.talp"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["aer"] <= most
