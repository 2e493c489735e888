"""Wrong options and files on the command line: each ends with place, fault and remedy, and writes nothing."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from projection.cli import main

SOURCE = "Ada\tB-PER\nmet\tO\nBob\tB-PER\n.\tO\n\nBob\tB-PER\nleft\tO\n.\tO\n\n"
TARGET = "Ada traf Bob .\nBob ging .\n"
TAGGED = "Ada\tPROPN\nmet\tVERB\nBob\tPROPN\n.\tPUNCT\n\nBob\tPROPN\nleft\tVERB\n.\tPUNCT\n\n"
QA = (
    '{"data": [{"title": "t", "paragraphs": [{"context": "Ada met Bob.", "qas": '
    '[{"id": "q", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]}]}]}]}'
)
PROJECT = "project --src src.conll --tgt tgt.txt --tgt-lang de --out out.conll"
TAGS = "project --labels tags --src tags.conll --tgt tgt.txt --tgt-lang de --out out.conll"
TRANSLATE = "translate --src src.conll --tgt-lang de --out out.txt"
TRAIN = "tprojection train --src src.conll --model nowhere --out trained"
FILES = {
    "src.conll": SOURCE,
    "tgt.txt": TARGET,
    "tags.conll": TAGGED,
    "qa.json": QA,
    "good.pharaoh": "0-0 1-1 2-2 3-3\n0-0 1-1 2-2\n",
    "bad.pharaoh": "0-0 1-9 2-2 3-3\n0-0 1-1 2-2\n",
    "empty.txt": "",
    "empty.json": '{"data": []}',
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def check_refused(folder: Path, capsys: pytest.CaptureFixture[str], command: str, said: str, *, code: int = 2) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    try:
        found = main(shlex.split(command))
    except SystemExit as err:
        found = int(str(err.code))
    assert said in capsys.readouterr().err
    assert found == code
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--beams 0", "argument --beams: 0 is below 1"),
        ("--batch-size x", "argument --batch-size: 'x' is not an integer"),
        ("--max-ratio 0", "argument --max-ratio: 0 is not above 0"),
        ("--max-ratio nan", "argument --max-ratio: nan is not above 0"),
        ("--max-ratio x", "argument --max-ratio: 'x' is not a number"),
        ("--min-ratio 2", "argument --min-ratio: 2 is not at least 0 and at most 1"),
        ("--timeout -1", "argument --timeout: -1 is not at least 0"),
        ("--workers 0", "argument --workers: 0 is below 1"),
    ],
)
def test_numbers_of_translate_have_bounds(
    options: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_refused(folder, capsys, f"{TRANSLATE} --engine t5 --model m {options}", said)


@pytest.mark.parametrize(
    ("engine", "option"), [("command", "--run"), ("t5", "--model"), ("chat --model m", "--base-url")]
)
def test_translators_name_the_option_that_they_need(
    engine: str, option: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_refused(folder, capsys, f"{TRANSLATE} --engine {engine}", f"needs {option}. Give it")


@pytest.mark.parametrize("options", ["--epochs 0", "--batch-size 0", "--learning-rate 0", "--warmup-steps -1"])
def test_numbers_of_training_have_bounds(options: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_refused(folder, capsys, f"{TRAIN} {options}", f"argument {options.split()[0]}:")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("mode=best", "setting mode: 'best' is not one of scored, published"),
        ("word_weight=-3", "setting word_weight: -3 is not at least 0. The default is 3.0."),
        ("min_probability=-1", "setting min_probability: -1 is not at least 0"),
        ("ending_letters=2.5", "setting ending_letters: '2.5' is not an integer"),
        ("case_weight=nan", "setting case_weight: nan is not at least 0"),
        ("nothing=1", "no setting 'nothing'"),
    ],
)
def test_settings_of_tags_have_bounds(
    setting: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_refused(folder, capsys, f"{TAGS} --set {setting}", said)


def test_engines_without_links_send_to_transfer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options in ("links", "fused --set learn=no"):
        check_refused(folder, capsys, f"{PROJECT} --engine {options}", "Use transfer --links FILE")


def test_further_sources_go_with_tags_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_refused(folder, capsys, f"{PROJECT} --also-src src.conll fr", "--also-src goes with --labels tags only.")


@pytest.mark.parametrize("option", ["--model src.conll", "--save-model kept"])
@pytest.mark.parametrize("engine", ["similarity", "tagging --set model=nowhere"])
def test_models_go_with_engines_that_learn(
    engine: str, option: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_refused(folder, capsys, f"{PROJECT} --engine {engine} {option}", "learns nothing that could be kept")


@pytest.mark.parametrize(
    ("model", "said"),
    [("none.model", "there is no such file"), ("tgt.txt", "something else, damaged, or of another version")],
)
def test_a_model_that_is_none(model: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_refused(folder, capsys, f"{PROJECT} --model {model}", f"{model} holds no usable model: {said}.")


def test_the_model_is_not_kept_where_nothing_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    qa = "project --labels answers --src qa.json --tgt qa.json --out out.json --save-model kept"
    assert main(shlex.split(f"{qa} --json")) == 0
    assert '"outputs": ["out.json", "kept"]' in capsys.readouterr().out
    (folder / "kept").unlink()
    (folder / "tgt.txt").write_text(f" {TARGET}", encoding="utf-8")
    check_refused(folder, capsys, f"{PROJECT} --save-model kept", "nothing was written", code=1)


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("src.conll", "src.conll: This file is read: it would be overwritten."),
        ("./tgt.txt", "tgt.txt: This file is read"),
        ("src.conll/out.conll", "The folder src.conll does not exist"),
        (os.devnull, f"{os.devnull}: This is a device or a pipe"),
    ],
)
def test_outputs_replace_neither_inputs_nor_devices(
    out: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_refused(folder, capsys, PROJECT.replace("out.conll", out), said)
    if out.endswith(".txt"):
        check_refused(folder, capsys, f"{TAGS[: TAGS.index('--out')]} --out {out}", said)


def test_links_are_named_with_their_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = "transfer --src src.conll --tgt tgt.txt --out out.conll --mode fused --links good.pharaoh"
    said = "bad.pharaoh, line 1: The link '1-9' is outside 4 source and 4 target tokens."
    check_refused(folder, capsys, f"{command} --links bad.pharaoh", said, code=1)
    said = "setting weights: There are 2 weights for 3 aligners"
    check_refused(folder, capsys, f"{command} --links good.pharaoh --set weights=1,1", said)


def test_the_file_that_cannot_be_read_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = "project --labels answers --out out.json --src"
    check_refused(folder, capsys, f"{command} qa.json --tgt tgt.txt", "tgt.txt: The file is not valid JSON.")
    check_refused(folder, capsys, f"{command} tgt.txt --tgt qa.json", "tgt.txt: The file is not valid JSON.")


@pytest.mark.parametrize(
    ("kind", "file"),
    [("spans", "empty.txt"), ("alignment", "empty.txt"), ("tokens", "empty.txt"), ("answers", "empty.json")],
)
def test_nothing_is_measured_without_gold(
    kind: str, file: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = f"{file}: There is nothing in the file to compare with. Choose another file."
    check_refused(folder, capsys, f"measure {kind} --gold {file} --predicted {file}", said)
