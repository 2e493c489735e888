from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from projection.cli import main

PAIRS = [
    ("the/DET red/ADJ house/NOUN ./PUNCT", "la/DET casa/NOUN roja/ADJ ./PUNCT"),
    ("the/DET red/ADJ dog/NOUN ./PUNCT", "el/DET perro/NOUN rojo/ADJ ./PUNCT"),
    ("the/DET house/NOUN sleeps/VERB ./PUNCT", "la/DET casa/NOUN duerme/VERB ./PUNCT"),
    ("the/DET dog/NOUN sleeps/VERB ./PUNCT", "el/DET perro/NOUN duerme/VERB ./PUNCT"),
    ("red/ADJ dog/NOUN", "perro/NOUN rojo/ADJ"),
    ("house/NOUN", "casa/NOUN"),
]


def _columns(rows: list[str]) -> str:
    blocks = ("".join(f"{token.replace('/', chr(9))}\n" for token in row.split()) for row in rows)
    return "\n".join(blocks)


@pytest.mark.parametrize("out", ["out.conll", "out.conllu"])
def test_tags_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("en.conll").write_text(_columns([src for src, _ in PAIRS]), encoding="utf-8")
    Path("gold.conll").write_text(_columns([tgt for _, tgt in PAIRS]), encoding="utf-8")
    plain = [" ".join(token.split("/")[0] for token in tgt.split()) for _, tgt in PAIRS]
    Path("es.txt").write_text("".join(f"{line}\n" for line in plain), encoding="utf-8")
    command = f"project --labels tags --src en.conll --tgt es.txt --tgt-lang es --out {out}"
    assert main([*command.split(), "--also-src", "en.conll", "copy", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["n_sentences"], done["n_tokens"], done["n_abstained"]) == (6, 19, 0)
    assert done["reliability"] == {"en": 0.5, "copy": 0.5}
    assert {row["form"] for row in done["types"]} >= {"casa", "duerme"}
    assert main(["measure", "tokens", "--gold", "gold.conll", "--predicted", out, "--json"]) == 0
    score = json.loads(capsys.readouterr().out)
    assert score["coverage"] == 100.0
    assert score["accuracy"] >= 85.0
    assert score["labels"]["PUNCT"]["f1"] == 100.0


def test_settings_of_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("en.conll").write_text(_columns([src for src, _ in PAIRS]), encoding="utf-8")
    Path("es.conll").write_text(_columns([tgt for _, tgt in PAIRS]), encoding="utf-8")
    command = ["project", "--labels", "tags", "--src", "en.conll", "--tgt", "es.conll", "--out", "out.conll"]
    assert main([*command, "--set", "min_probability=1.01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_abstained"] == 19
    assert main([*command, "--set", "mode=published"]) == 0
    for wrong in ("no_such=1", "word_weight=many", "mode=published --set word_weight=1"):
        assert main([*command, "--set", *wrong.split()]) == 2
    assert main([*command, "--candidates", "all.jsonl"]) == 2


def test_files_that_do_not_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("en.conll").write_text("Go\tVERB\n", encoding="utf-8")
    Path("two.conll").write_text("ve\tVERB\n\nve\tVERB\n", encoding="utf-8")
    assert main(["project", "--labels", "tags", "--src", "en.conll", "--tgt", "two.conll", "--out", "out.conll"]) == 2
    assert main(["measure", "tokens", "--gold", "en.conll", "--predicted", "two.conll"]) == 2
    assert not Path("out.conll").exists()


@pytest.mark.data
@pytest.mark.parametrize(
    ("lang", "sources", "least"),
    [("de", ["en"], 86.5), ("tr", ["en"], 72.0), ("id", ["en"], 85.0), ("es", ["en", "de", "fr"], 90.3)],
)
def test_parts_of_speech(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, sources: list[str], least: float
) -> None:
    for name in (*sources, lang):
        packed = (data_dir / "pos-pud" / f"{name}_pud-ud-test.conllu.gz").read_bytes()
        (tmp_path / f"{name}.conllu").write_bytes(gzip.decompress(packed))
    gold, out = str(tmp_path / f"{lang}.conllu"), str(tmp_path / "out.conllu")
    command = ["project", "--labels", "tags", "--src", str(tmp_path / f"{sources[0]}.conllu"), "--tgt", gold]
    others = [word for name in sources[1:] for word in ("--also-src", str(tmp_path / f"{name}.conllu"), name)]
    assert main([*command, "--tgt-lang", lang, "--out", out, *others]) == 0
    capsys.readouterr()
    assert main(["measure", "tokens", "--gold", gold, "--predicted", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] >= least
