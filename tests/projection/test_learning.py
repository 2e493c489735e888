"""Term lists and kept models on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projection.cli import main

_PAIRS = [
    ("the dog sees the cat .", "der hund erblickt die katze ."),
    ("the cat hears the dog .", "die katze vernimmt den hund ."),
    ("the bird sees the dog .", "der vogel erblickt den hund ."),
    ("the cat hears the bird .", "die katze vernimmt den vogel ."),
]


def _write(path: Path, lines: list[str]) -> str:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


@pytest.fixture
def bitext(tmp_path: Path) -> list[str]:
    src, tgt = zip(*_PAIRS, strict=True)
    return [
        "--src",
        _write(tmp_path / "en.txt", [*src]),
        "--tgt",
        _write(tmp_path / "de.txt", [*tgt]),
        "--tgt-lang",
        "de",
    ]


def _align(out: Path, options: list[str]) -> list[str]:
    assert main(["align", *options, "--out", str(out)]) == 0
    return out.read_text(encoding="utf-8").splitlines()


def _error(capsys: pytest.CaptureFixture[str], command: list[str]) -> str:
    capsys.readouterr()
    assert main(command) == 2
    return capsys.readouterr().err


def test_a_model_gives_the_same_links_and_links_words_it_never_saw(tmp_path: Path, bitext: list[str]) -> None:
    out, model = tmp_path / "links.pharaoh", tmp_path / "kept.model"
    learned = _align(out, [*bitext, "--save-model", str(model)])
    assert _align(out, [*bitext, "--model", str(model)]) == learned
    new = ["--src", _write(tmp_path / "new.en", ["Moser sees the dog and the bird ."])]
    new += ["--tgt", _write(tmp_path / "new.de", ["den hund und den vogel erblickt Moser ."]), "--tgt-lang", "de"]
    (links,) = _align(out, [*new, "--model", str(model)])
    assert {"0-6", "1-5", "3-1", "6-4"} <= set(links.split())


def test_project_takes_and_keeps_models_too(tmp_path: Path, bitext: list[str]) -> None:
    model, labelled = tmp_path / "kept.model", tmp_path / "labelled.conll"
    _align(tmp_path / "links.pharaoh", [*bitext, "--save-model", str(model)])
    labelled.write_text("the\tO\ncat\tB-ANIMAL\nhears\tO\nthe\tO\ndog\tB-ANIMAL\n.\tO\n\n", encoding="utf-8")
    tgt = _write(tmp_path / "tgt.txt", ["die katze vernimmt den hund ."])
    command = [
        "project",
        "--src",
        str(labelled),
        "--tgt",
        tgt,
        "--tgt-lang",
        "de",
        "--out",
        str(tmp_path / "out.jsonl"),
    ]
    assert main([*command, "--model", str(model)]) == 0
    (item,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [span["surface"] for span in item["spans"] if span["segment"] == 1] == ["katze", "hund"]
    assert main([*command, "--save-model", str(tmp_path / "second.model")]) == 0
    assert main([*command, "--model", str(tmp_path / "second.model")]) == 0


def test_models_that_do_not_fit_are_refused(
    tmp_path: Path, bitext: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out, model = str(tmp_path / "links.pharaoh"), str(tmp_path / "kept.model")
    _align(Path(out), [*bitext, "--save-model", model])
    use = ["align", *bitext, "--out", out, "--model", model]
    assert "learned with prior_weight 2, not 3" in _error(capsys, [*use, "--set", "prior_weight=3"])
    assert "was not learned from fr to de" in _error(capsys, [*use, "--src-lang", "fr"])
    assert "goes without --save-model" in _error(capsys, [*use, "--save-model", str(tmp_path / "other.model")])
    assert "goes without --bitext" in _error(capsys, [*use, "--bitext", bitext[1], bitext[3]])
    assert "goes without --lexicon" in _error(capsys, [*use, "--lexicon", bitext[1]])
    assert "holds no usable model" in _error(capsys, ["align", *bitext, "--out", out, "--model", bitext[1]])


def test_an_engine_without_use_for_terms_says_so(
    tmp_path: Path, bitext: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    terms = _write(tmp_path / "terms.tsv", ["dog\thund"])
    command = ["project", *bitext, "--out", str(tmp_path / "out.jsonl"), "--lexicon", terms, "--engine", "similarity"]
    assert "cannot use a term list" in _error(capsys, command)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([], {"3-3", "4-4"}),
        (["heart\tcardiaca", "failure\tinsuficiencia"], {"3-4", "4-3"}),
        (["HEART\tCardiaca\t20", "failure\tinsuficiencia\t20"], {"3-4", "4-3"}),
    ],
)
def test_terms_decide_what_the_sentences_leave_open(tmp_path: Path, terms: list[str], expected: set[str]) -> None:
    options = ["--src", _write(tmp_path / "en.txt", ["The patient had heart failure ."])]
    options += ["--tgt", _write(tmp_path / "es.txt", ["El enfermo tenía insuficiencia cardiaca ."]), "--tgt-lang", "es"]
    options += ["--lexicon", _write(tmp_path / "terms.tsv", terms)] if terms else []
    (links,) = _align(tmp_path / "links.pharaoh", options)
    assert set(links.split()) == {"0-0", "1-1", "2-2", "5-5"} | expected
