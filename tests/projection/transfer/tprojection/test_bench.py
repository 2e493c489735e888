"""The table of the bench."""

from __future__ import annotations

from pathlib import Path

import pytest

from projection.bench.base import Options, Workbench
from projection.bench.tables import TABLES
from projection.errors import FormatError
from projection.transfer.tprojection.records import Record, Scores, write_records, write_scores
from tests.projection.transfer.tprojection.sentences import make_item

TARGET = "flamencos y neerlandeses"
PUBLISHED, GOLD = "B-A O B-B", "B-B O B-A"


def write(folder: Path, *, n_gold: int = 1) -> None:
    folder.mkdir()
    item = make_item("Dutch and Flemish", TARGET, [("A", 0, 1), ("B", 2, 3)])
    texts = ("<A>flamencos</A><A>neerlandeses</A><B>flamencos</B><B>neerlandeses</B>",)
    scores = {("Dutch", "flamencos"): 0.7, ("Dutch", "neerlandeses"): 0.6}
    scores |= {("Flemish", "flamencos"): 0.95, ("Flemish", "neerlandeses"): 0.1}
    (folder / "en2es.toy.jsonl").write_text(write_records([Record(item, texts)]).text, encoding="utf-8")
    (folder / "en2es.toy.json").write_text(write_scores(Scores(scores)), encoding="utf-8")
    for name, tags in (("en2es.expected.conll", PUBLISHED), ("es.toy.gold", GOLD)):
        rows = "".join(f"{word} {tag}\n" for word, tag in zip(TARGET.split(), tags.split(), strict=True))
        (folder / name).write_text((rows + "\n") * (n_gold if name.endswith("gold") else 1), encoding="utf-8")


def test_rows_of_the_table(tmp_path: Path) -> None:
    write(tmp_path / "tprojection-sample")
    cases = TABLES["tprojection"].list_cases(Workbench(Options(tmp_path)))
    found = {case.key.variant: case.measure().figures for case in cases}
    assert {name: (row["f1"], row["same"]) for name, row in found.items()} == {
        "published": (0.0, 100.0),
        "improved": (100.0, 0.0),
        "improved, with links": (100.0, 0.0),
        "improved, with links and n-grams": (100.0, 0.0),
    }
    assert not list(TABLES["tprojection"].list_cases(Workbench(Options(tmp_path, langs=("de",)))))
    assert not list(TABLES["tprojection"].list_cases(Workbench(Options(tmp_path / "nothing"))))


def test_files_of_different_lengths_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "tprojection-sample", n_gold=2)
    case = next(iter(TABLES["tprojection"].list_cases(Workbench(Options(tmp_path)))))
    with pytest.raises(FormatError, match=r"has 1 sentences, es\.toy\.gold has 2"):
        case.measure()
