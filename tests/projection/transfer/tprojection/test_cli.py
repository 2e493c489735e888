"""`tprojection select` and `tprojection train`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projection.cli import main
from projection.formats import read_conll, read_jsonl
from projection.neural import load_model
from projection.tagging import TokenSpan
from projection.transfer.tprojection.records import Record, Scores, write_records, write_scores
from tests.projection.tiny_seq2seq import save_t5
from tests.projection.transfer.tprojection.sentences import make_item

ITEMS = [
    make_item("Dutch and Flemish", "flamencos y neerlandeses", [("MISC", 0, 1), ("MISC", 2, 3)], name="1"),
    make_item("Rome fell", "cayó", [("LOC", 0, 1)], name="2"),
]
HYPOTHESES = [("<Miscellaneous>flamencos</Miscellaneous><Miscellaneous>neerlandeses</Miscellaneous>",), ()]
SCORES = {("Dutch", "flamencos"): 0.7, ("Dutch", "neerlandeses"): 0.6, ("Flemish", "flamencos"): 0.95}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    records = [Record(item, texts) for item, texts in zip(ITEMS, HYPOTHESES, strict=True)]
    (tmp_path / "records.jsonl").write_text(write_records(records).text, encoding="utf-8")
    (tmp_path / "scores.json").write_text(write_scores(Scores(SCORES, "m2m")), encoding="utf-8")
    return ["--records", str(tmp_path / "records.jsonl"), "--scores", str(tmp_path / "scores.json")]


def test_propose_writes_what_select_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labelled, text = tmp_path / "en.conll", tmp_path / "es.txt"
    labelled.write_text("Ada\tB-PER\nsleeps\tO\n\nnothing\tO\n\n", encoding="utf-8")
    text.write_text("Ada duerme\nnada\n", encoding="utf-8")
    model = save_t5(tmp_path / "model", ["Ada", "sleeps", "<Person>", "</Person>"], n_layers=1)
    out, scores = tmp_path / "proposals.jsonl", tmp_path / "scores.json"
    command = ["tprojection", "propose", "--src", str(labelled), "--tgt", str(text), "--tgt-lang", "es"]
    command += ["--out", str(out), "--set", "n_beams=3", "--set", "max_length=16", "--set", "device=cpu"]
    command += ["--set", f"model={model}", "--scores", str(scores)]
    assert main(command) == 2
    assert "--scores needs a translation model" in capsys.readouterr().err
    assert main([*command, "--set", f"scorer={model}", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["n_items"], result["problems"]) == (2, [])
    records = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [len(record["preds"]) for record in records] == [3, 0]
    assert records[0]["source_entity"] == "<Person>Ada</Person>"
    assert json.loads(scores.read_text(encoding="utf-8"))["#@!@#_model_name"] == model
    files = ["--records", str(out), "--scores", str(scores), "--out", str(tmp_path / "out.conll")]
    assert main(["tprojection", "select", *files, "--mode", "published"]) == 0


@pytest.mark.parametrize(
    ("mode", "spans"),
    [
        ("published", (TokenSpan("MISC", 0, 1), TokenSpan("MISC", 2, 3))),
        ("improved", (TokenSpan("MISC", 0, 1), TokenSpan("MISC", 2, 3))),
    ],
)
def test_select(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str, spans: tuple[TokenSpan, ...]
) -> None:
    out, candidates = tmp_path / "out.conll", tmp_path / "all.jsonl"
    command = ["tprojection", "select", *files, "--tgt-lang", "es", "--mode", mode, "--out", str(out), "--json"]
    assert main([*command, "--candidates", str(candidates)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["n_items"], result["n_spans"], result["n_projected"]) == (2, 3, 2)
    assert result["reasons"] == {"not-in-target": 1}
    assert result["scores_of"] == "m2m"
    assert result["settings"]["mode"] == mode
    sentences = read_conll(out.read_bytes()).rows
    assert [sentence.spans for sentence in sentences] == [spans, ()]
    items = read_jsonl(candidates.read_bytes()).rows
    best = {each.source_id: each.span.start_char for each in items[0].candidates if each.rank == 0}
    assert best == ({"s1": 0, "s2": 12} if mode == "published" else {"s1": 12, "s2": 0})
    assert items[1].candidates[0].reason == "not-in-target"


def test_select_without_scores_and_with_links(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["tprojection", "select", *files[:2], "--out", str(tmp_path / "out.conll")]
    assert main([*command, "--mode", "published"]) == 2
    assert "needs --scores" in capsys.readouterr().err
    assert main([*command, "--align", "--n-grams", "always", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_spans"] == 3


def test_select_names_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text("{\n", encoding="utf-8")
    assert main(["tprojection", "select", "--records", str(path), "--out", str(tmp_path / "out.conll")]) == 2
    errors = capsys.readouterr().err
    assert "line 1: The line is not valid JSON" in errors
    assert "no sentence pair" in errors


def test_train_writes_a_model_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labelled = tmp_path / "en.conll"
    labelled.write_text("Ada\tB-PER\nsleeps\tO\n\nRome\tB-LOC\n\nnothing\tO\n\n", encoding="utf-8")
    model = save_t5(tmp_path / "raw", ["Ada", "sleeps", "Rome"], n_layers=1)
    out = tmp_path / "trained"
    command = ["tprojection", "train", "--src", str(labelled), "--model", model, "--out", str(out)]
    assert main([*command, "--epochs", "2", "--batch-size", "1", "--device", "cpu", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["n_examples"], result["n_steps"], result["n_new_tokens"]) == (2, 4, 4)
    assert result["labels"] == ["LOC", "PER"]
    assert len(result["losses"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["en.conll", "raw", "trained"]
    assert load_model(str(out), task="seq2seq").tokenizer.tokenize("<Person>") == ["<Person>"]
    assert main(command) == 2
    assert "exists already" in capsys.readouterr().err


def test_train_needs_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "en.txt"
    text.write_text("Ada sleeps\n", encoding="utf-8")
    command = ["tprojection", "train", "--src", str(text), "--model", "none", "--out", str(tmp_path / "new")]
    assert main(command) == 2
    assert "no labelled sentence" in capsys.readouterr().err
