from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from projection.bench import BITEXT_CHOICES, TABLES, Options, run_bench, spans
from projection.bench.base import Workbench
from projection.bench.calibration import is_development
from projection.bench.sets.bitext import find_bitext, read_bitext
from projection.bench.sets.files import find_files, language_of, same_language
from projection.bench.sets.pairs import SPAN_SETS, GoldPairs, PairSource
from projection.bench.store import Store
from projection.cli import main
from projection.engines import list_engines
from tests.conftest import ROOT
from tests.projection.bench.tiny import PEOPLE, make_folder, write

NAMES = ("ote-links", "europarl", "uner", "xsid", "abstrct", "masakha", "alignment")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return make_folder(tmp_path / "data")


def _bench(capsys: pytest.CaptureFixture[str], *options: str, code: int = 0) -> dict[str, Any]:
    assert main(["bench", "data", "--json", *options]) == code
    return json.loads(capsys.readouterr().out.splitlines()[0])


def _rows(result: dict[str, Any], table: str) -> dict[tuple[str, str, str], dict[str, float]]:
    return {
        (row["lang"], row["part"], row["variant"]): row["figures"] for row in result["rows"] if row["table"] == table
    }


def test_figures_of_the_tables_are_those_worked_by_hand(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = _bench(capsys, "--tables", *NAMES)
    for table, part in (("europarl", "test"), ("uner", "test"), ("xsid", "test"), ("abstrct", "dev")):
        rows = _rows(result, table)
        assert set(rows) == {("de", part, "bitext none"), ("de", part, "bitext all")}
        for figures in rows.values():
            # All 6 source spans arrive; gold has 7: 6 / 7, and 2 * 6 / (6 + 7).
            assert (figures["precision"], figures["recall"], figures["f1"]) == (100.0, 85.71, 92.31)
            assert figures["n_gold"] == 7
        assert [rows["de", part, f"bitext {name}"]["n_bitext"] for name in ("none", "all")] == [0, 1]
    # Here all 7 gold spans make the trip.
    assert _rows(result, "masakha")["deu", "", "round trip, bitext none"]["f1"] == 100.0
    assert _rows(result, "alignment")["de", "all parts", "bitext none"]["aer"] == 0.0


def test_modes_over_stored_links(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _rows(_bench(capsys, "--tables", "ote-links"), "ote-links")
    modes = {variant.removeprefix("awesome, "): figures for (_, _, variant), figures in rows.items()}
    # The rice is split by two words: only a gap of two joins it, else one of two spans is right.
    assert {mode: figures["f1"] for mode, figures in modes.items() if "gap" in mode} == {
        "gap 0": 50.0,
        "gap 1": 50.0,
        "gap 2": 100.0,
        "gap 3": 100.0,
    }
    # The published rule takes the first of two equally long runs, rice; the stored file has fried: one of two is same.
    assert (modes["published"]["n_same"], modes["published"]["same"]) == (1, 50.0)
    assert "same" not in modes["gap 1"]


def test_panels_of_projectors(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _rows(_bench(capsys, "--tables", "panels"), "panels")
    assert {variant for _, _, variant in rows} == {
        f"{name}, {rule}"
        for name in ("europarl", "uner", "ote")
        for rule in ("plurality", "weighted", "one-coin", "overlap", "fusion")
    }
    for (_, _, variant), figures in rows.items():
        assert figures["gain"] == pytest.approx(figures["f1"] - figures["single"], abs=0.02)
        # All 6 source spans arrive by the best voter, and by fusion too; gold has 7.
        if variant in ("europarl, fusion", "uner, fusion"):
            assert (figures["f1"], figures["single"], figures["n_questions"]) == (92.31, 92.31, 6)
            assert figures["n_voters"] == 5


def test_tables_of_stored_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = _bench(capsys, "--tables", "tprojection", "abstrct-rules", "sib")
    selected = _rows(result, "tprojection")["es", "own", "published"]
    # One of two spans is found, and one of two sentences is as the stored output.
    assert (selected["precision"], selected["recall"], selected["f1"], selected["same"]) == (100.0, 50.0, 66.67, 50.0)
    repaired = _rows(result, "abstrct-rules")["de", "dev", "published repair"]
    assert (repaired["n_same"], repaired["n_sentences"], repaired["n_changed"]) == (3, 4, 1)
    assert _rows(result, "sib")["deu_Latn", "", "label by key"] == {"accuracy": 50.0, "n_items": 2, "n_unmatched": 0}


def test_parts_of_speech_and_speed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = _bench(capsys, "--tables", "pos", "speed")
    rows = _rows(result, "pos")
    # English is the only source there is, so there is no row of several.
    assert set(rows) == {("de", "test", "one source, bitext none"), ("de", "test", "one source, bitext all")}
    assert rows["de", "test", "one source, bitext none"]["n_tokens"] == 18
    assert rows["de", "test", "one source, bitext none"]["accuracy"] > 80
    assert _rows(result, "speed")["de", "test", "europarl"]["n_pairs"] == 4


def test_answers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = _rows(_bench(capsys, "--tables", "xquad"), "xquad")["de", "", "bitext none"]
    # Ada is found; London is where the English answer is, not Charles.
    assert (figures["char_f1"], figures["exact"], figures["n_questions"]) == (50.0, 50.0, 2)


def test_calibration_leaves_the_language_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--tables", "calibration", "--bitext", "none"]
    rows = _rows(_bench(capsys, *command, "--langs", "es"), "calibration")
    assert list(rows) == [("es", "test", "ote, bitext none")]
    figures = rows["es", "test", "ote, bitext none"]
    assert figures["n"] == 2
    assert {"ece", "ece_all", "brier", "said", "right", "shipped"} <= set(figures)
    assert 0.0 <= figures["low"] <= figures["high"] <= 1.0
    assert "ece_set" not in figures
    # Without the Spanish set there is nothing to learn from for German.
    shutil.rmtree(folder / "ote-absa")
    assert main(["bench", "data", *command]) == 2
    assert "There is no set in another language than de" in capsys.readouterr().out


def test_calibrators_are_learned_from_development_parts_without_europarl() -> None:
    names = [("ote", "train"), ("ote", "test"), ("uner", "test"), ("europarl", "test")]
    sources = [PairSource(name, "es", part, (), lambda: GoldPairs([], [])) for name, part in names]
    assert [is_development(source, sources) for source in sources] == [True, False, True, False]


def test_an_interrupted_run_goes_on(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    projected: list[str] = []
    project_set = spans.project_set

    def interrupt(bench: Any, source: Any, *rest: Any) -> Any:
        projected.append(source.name)
        if source.name == "xsid" and projected.count("xsid") == 1:
            raise KeyboardInterrupt
        return project_set(bench, source, *rest)

    monkeypatch.setattr(spans, "project_set", interrupt)
    command = ["bench", "data", "--tables", "europarl", "xsid", "--bitext", "none"]
    assert main(command) == 130
    assert "finished rows were kept" in capsys.readouterr().err
    kept = json.loads(Path("bench.json").read_text(encoding="utf-8"))["rows"]
    assert [row["table"] for row in kept] == ["europarl"]
    assert main(command) == 0
    assert projected == ["europarl", "xsid", "xsid"]
    assert [row["table"] for row in json.loads(Path("bench.json").read_text("utf-8"))["rows"]] == ["europarl", "xsid"]
    assert main([*command, "--fresh"]) == 0
    assert projected == ["europarl", "xsid", "xsid", "europarl", "xsid"]
    assert not list(Path().glob(".*.tmp"))


def test_a_row_is_measured_again_when_files_or_settings_change(folder: Path, tmp_path: Path) -> None:
    def run(**changes: Any) -> list[bool]:
        settings = list_engines()[0].read_settings({})
        options = Options(folder, bitext=("none",), settings=settings | changes)
        tables = [TABLES["europarl"]]
        return [measured.is_new for measured in run_bench(tables, options, Store(tmp_path / "rows.json"))]

    assert (run(), run(), run(min_score=0.2), run(min_score=0.2)) == ([True], [False], [True], [False])
    source = folder / "ner-europarl" / "en-europarl.test.conll02"
    write(source, source.read_text(encoding="utf-8") + "\n")
    assert (run(min_score=0.2), run(min_score=0.2)) == ([True], [False])


def test_languages_and_parts_are_read_off_the_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for lang in ("en", "zh-CN"):
        for part in ("train", "test"):
            rows = "".join(f"# text-en = {row[0].split()[0]}\n{row[0].split()[0]}\tB-PER\n\n" for row in PEOPLE)
            write(folder / "sid-xsid" / f"{lang}.{part}.conll", rows)
    found = {(source.lang, source.part) for source in SPAN_SETS["xsid"](folder)}
    assert found == {("de", "test"), ("zh-CN", "train"), ("zh-CN", "test")}
    chosen = _bench(capsys, "--tables", "xsid", "--langs", "zh")["rows"]
    assert {(row["lang"], row["part"]) for row in chosen} == {("zh-CN", "train"), ("zh-CN", "test")}


def test_what_cannot_be_measured_is_named_and_tried_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = folder / "ner-europarl" / "de-europarl.test.conll02"
    whole = gold.read_text(encoding="utf-8")
    write(gold, whole + "Rest\tO\n\n")
    assert main(["bench", "data", "--tables", "europarl", "ote", "--langs", "de", "--bitext", "none"]) == 2
    printed = capsys.readouterr()
    assert "failed: en-europarl.test.conll02 has 4 sentences, de-europarl.test.conll02 has 5." in printed.out
    assert "The table ote has no rows for these options" in printed.err
    assert "1 rows could not be measured" in printed.err
    write(gold, whole)
    assert _bench(capsys, "--tables", "europarl", "--bitext", "none")["rows"][0]["figures"]["f1"] == 92.31


def test_bad_bytes_are_replaced_and_noted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = folder / "ner-europarl" / "de-europarl.test.conll02"
    gold.write_bytes(gold.read_bytes().replace(b"alt", b"\xe4lt"))
    row = _bench(capsys, "--tables", "europarl", "--bitext", "none")["rows"][0]
    assert row["note"] == "de-europarl.test.conll02 is not valid UTF-8: bad bytes were replaced"
    assert row["figures"]["f1"] == 92.31


def test_lines_stand_beside_published_figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "data", "--tables", "uner", "--bitext", "none"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].startswith("de test bitext none")
    assert lines[3].endswith("baseline 74, ceiling 83.8")
    assert lines[-2:] == ["1 rows", "wrote bench.json"]


def test_a_file_of_something_else_is_not_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("notes.json").write_text('{"my": "notes"}', encoding="utf-8")
    assert main(["bench", "data", "--tables", "europarl", "--out", "notes.json"]) == 2
    assert "This is not a results file" in capsys.readouterr().err
    assert Path("notes.json").read_text(encoding="utf-8") == '{"my": "notes"}'


@pytest.mark.parametrize("option", ["--tables", "--bitext"])
def test_unknown_names_are_refused(folder: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    assert main(["bench", "data", option, "some"]) == 2
    assert f"There is no {option[2:].removesuffix('s')} 'some'. Known: " in capsys.readouterr().err


def test_every_table_and_choice_of_bitext_is_described() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8").split("## `bench`")[1].split("\n## ")[0]
    named = set(re.findall(r"`([^`\n]+)`", re.sub(r"(?s)```.*?```", "", page)))
    assert set(TABLES) | set(BITEXT_CHOICES) <= named


def test_bitext_of_a_language(folder: Path) -> None:
    found = find_bitext(folder, "all", src_lang="en", tgt_lang="de")
    items = list(read_bitext(found, src_lang="en", tgt_lang="de", at_blanks=False))
    assert [(item.source.words, item.target.words) for item in items] == [
        (["She", "saw", "Ada", "."], ["Sie", "sah", "Ada", "."])
    ]
    assert [item.source.words for item in read_bitext(found, src_lang="en", tgt_lang="de", at_blanks=True)] == [
        ["She", "saw", "Ada."]
    ]
    assert find_bitext(folder, "all", src_lang="en", tgt_lang="es") == []
    assert find_bitext(folder, "none", src_lang="en", tgt_lang="de") == []


def test_names_of_files_and_languages(tmp_path: Path) -> None:
    for name in ("es.test.tsv", "es.test.old.tsv", "README.md"):
        write(tmp_path / name, "")
    assert [file.fields for file in find_files(tmp_path, "{lang}.{part}.tsv")] == [{"lang": "es", "part": "test"}]
    assert find_files(tmp_path / "missing", "{lang}.tsv") == []
    assert [language_of(name) for name in ("yor", "yor_Latn", "zh-CN", "pcm")] == ["yo", "yo", "zh", "pcm"]
    assert same_language("deu_Latn", "de")
    assert not same_language("de", "nl")


@pytest.mark.data
def test_stored_projections_are_reproduced(data_dir: Path) -> None:
    cases = TABLES["ote-links"].list_cases(Workbench(Options(data_dir, langs=("es",))))
    chosen = [case for case in cases if case.key.part == "test" and case.key.variant.endswith("published")]
    assert [case.measure().figures["same"] for case in chosen] == [100.0] * 4
