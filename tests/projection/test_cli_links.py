"""Links through the command line: other engines, probabilities and possible links from end to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projection.cli import main
from tests.projection.tiny_encoder import save_bilingual_bert

SOURCE = "the queen met Ada"
TARGET = "Adele traf die Königin"
TAGS = ["B-ROLE", "I-ROLE", "O", "B-PER"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("en.txt").write_text(f"{SOURCE}\n", "utf-8")
    Path("de.txt").write_text(f"{TARGET}\n", "utf-8")
    rows = (f"{word}\t{tag}\n" for word, tag in zip(SOURCE.split(), TAGS, strict=True))
    Path("en.conll").write_text("".join(rows), "utf-8")
    return tmp_path


def _run(command: str, *, code: int = 0) -> None:
    assert main(command.split()) == code


def test_align_with_a_model_and_transfer_over_its_links(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = save_bilingual_bert(folder / "model", {"the": "die", "queen": "Königin", "met": "traf", "Ada": "Adele"})
    given = f"--src en.txt --tgt de.txt --tgt-lang de --engine embedding --set model={model} --set layer=-1"
    _run(f"align {given} --set unit=word --probabilities --out links.talp")
    text = Path("links.talp").read_text("utf-8")
    links = dict(link.split(":") if ":" in link else (link, "1") for link in text.split())
    assert list(links) == ["0-2", "1-3", "2-1", "3-0"]
    assert all(0.5 <= float(probability) <= 1 for probability in links.values())
    _run("transfer --src en.conll --tgt de.txt --links links.talp --mode scored --out out.conll")
    rows = [line.split("\t") for line in Path("out.conll").read_text("utf-8").splitlines() if "\t" in line]
    assert rows == [["Adele", "B-PER"], ["traf", "O"], ["die", "B-ROLE"], ["Königin", "I-ROLE"]]


def test_an_engine_without_that_setting_refuses_to_symmetrise(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = "--src en.txt --tgt de.txt --engine embedding --set model=x --symmetrise union --out links.talp"
    _run(f"align {given}", code=2)
    assert "The engine embedding has no setting 'symmetrisation'" in capsys.readouterr().err


def test_only_engines_that_find_links_are_offered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["align", "--src", "en.txt", "--tgt", "de.txt", "--engine", "similarity", "--out", "links.talp"])
    assert "invalid choice: 'similarity'" in capsys.readouterr().err


def _candidates(mode: str, links: str) -> dict[str, dict]:
    Path("given.talp").write_text(f"{links}\n", "utf-8")
    given = "--src en.conll --tgt de.txt --links given.talp"
    _run(f"transfer {given} --mode {mode} --out out.conll --candidates all.jsonl")
    item = json.loads(Path("all.jsonl").read_text("utf-8"))
    names = {span["id"]: span["label"] for span in item["spans"]}
    return {names[each["source_id"]]: each for each in item["candidates"] if each["rank"] == 0}


def test_probabilities_of_given_links_reach_the_scores(folder: Path) -> None:
    # Dice by hand for "the queen" -> "die Königin": (0.5 + 1 + 0.5 + 1) / 4 = 0.75; for Ada (0.4 + 0.4) / 2 = 0.4.
    found = _candidates("corrected", "0-2:0.5 1-3 2-1 3-0:0.4")
    assert {label: each["score"] for label, each in found.items()} == {"ROLE": 0.75, "PER": 0.4}
    sure, unsure = _candidates("scored", "0-2 1-3 2-1 3-0"), _candidates("scored", "0-2 1-3 2-1 3-0:0.3")
    assert unsure["PER"]["score"] < sure["PER"]["score"] - 0.01
    assert unsure["ROLE"]["span"] == sure["ROLE"]["span"]


def test_possible_links_carry_spans_like_sure_ones(folder: Path) -> None:
    found = _candidates("corrected", "0?2 1p3 2-1 3p0:0.4")
    assert {label: each["score"] for label, each in found.items()} == {"ROLE": 1.0, "PER": 0.4}


def test_links_are_measured_against_sure_and_possible_ones(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Pair 1: S = {00, 11}, P = S + {12, 22}; A = {00, 12, 21}. Pair 2: S = {10}, P = S + {00}; A = {00, 10}.
    # Sums: |A| = 5, |S| = 3, A and S = 00, 10 = 2, A and P = 00, 12, 00, 10 = 4.
    Path("gold.talp").write_text("0-0 1-1 1p2 2?2\n0p0 1-0\n", "utf-8")
    Path("found.talp").write_text("0-0:0.9 1-2 2-1\n0p0 1-0\n", "utf-8")
    capsys.readouterr()
    _run("measure alignment --gold gold.talp --predicted found.talp --json")
    found = json.loads(capsys.readouterr().out)
    counts = {name: found[name] for name in ("n_predicted", "n_sure", "n_possible", "n_sentences")}
    assert counts == {"n_predicted": 5, "n_sure": 3, "n_possible": 6, "n_sentences": 2}
    assert found["precision"] == pytest.approx(100 * 4 / 5)
    assert found["recall"] == pytest.approx(100 * 2 / 3, abs=0.01)
    assert found["aer"] == pytest.approx(100 * (1 - (2 + 4) / (5 + 3)))
    Path("gold1.talp").write_text("1-1 2-2 2p3 3?3\n1p1 2-1\n", "utf-8")
    _run("measure alignment --gold gold1.talp --predicted found.talp --first-index 1 --json")
    assert json.loads(capsys.readouterr().out) == found
