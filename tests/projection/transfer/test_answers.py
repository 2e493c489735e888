from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from projection.cli import main
from projection.engines import get_engine
from projection.measure import Answer
from projection.transfer.answers import project_answers

ROWS = [("Ada", "Bonn", "1815"), ("Bob", "Rome", "1791"), ("Cem", "Paris", "1843"), ("Dan", "Oslo", "1899")]


def _squad(lang: str, *, with_answers: bool = True) -> bytes:
    paragraphs = []
    for number, (name, town, year) in enumerate(ROWS):
        text = f"{name} was born in {town} in {year}." if lang == "en" else f"{name} nació en {year} en {town}."
        asked = {"where": town, "when": year}
        words = {"where": ("Where was", "born"), "when": ("When was", "born")}
        if lang == "es":
            words = {"where": ("Dónde nació", ""), "when": ("Cuándo nació", "")}
        qas = [
            {
                "id": f"{kind}{number}",
                "question": f"{words[kind][0]} {name} {words[kind][1]}?",
                "answers": [{"text": answer, "answer_start": text.index(answer)}] if with_answers else [],
            }
            for kind, answer in asked.items()
        ]
        paragraphs.append({"context": text, "qas": qas})
    return json.dumps({"data": [{"title": "People", "paragraphs": paragraphs}]}).encode()


def test_answers_are_found_in_the_translated_passage() -> None:
    engine = get_engine("hmm")
    projector = engine.build(engine.read_settings({}))
    found = project_answers(_squad("en"), _squad("es", with_answers=False), projector, langs=("en", "es"))
    assert found.problems == []
    assert len(found.answers) == 8
    assert found.answers["when0"] == Answer("1815", "Ada nació en 1815 en Bonn.".index("1815"))
    assert found.answers["where3"] == Answer("Oslo", "Dan nació en 1899 en Oslo.".index("Oslo"))
    assert {len(projection.candidates) >= 2 for projection in found.projections} == {True}


def test_answers_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for lang in ("en", "es"):
        (tmp_path / f"{lang}.json").write_bytes(_squad(lang))
    src, tgt, out, every = (str(tmp_path / name) for name in ("en.json", "es.json", "out.json", "all.jsonl"))
    command = ["project", "--labels", "answers", "--src", src, "--tgt", tgt, "--tgt-lang", "es", "--out", out]
    assert main([*command, "--candidates", every, "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert (done["n_items"], done["n_spans"], done["n_projected"], done["problems"]) == (4, 8, 8, [])
    answer = json.loads(Path(out).read_bytes())["data"][0]["paragraphs"][0]["qas"][0]["answers"][0]
    assert (answer["text"], answer["answer_start"]) == ("Bonn", 21)
    assert 0 < answer["score"] <= 1
    assert main(["measure", "answers", "--gold", tgt, "--predicted", out, "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["exact"], scores["char_f1"], scores["n_answered"]) == (100.0, 100.0, 8)
    first = Path(out).read_bytes()
    assert main(command) == 0
    assert Path(out).read_bytes() == first


def test_files_without_a_common_question_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_bytes(_squad("en"))
    (tmp_path / "b.json").write_bytes(_squad("es").replace(b"where", b"x").replace(b"when", b"y"))
    paths = ["--src", str(tmp_path / "a.json"), "--tgt", str(tmp_path / "b.json"), "--out", str(tmp_path / "c.json")]
    assert main(["project", "--labels", "answers", *paths]) == 2
    assert "no paragraph in common" in capsys.readouterr().err


@pytest.mark.data
@pytest.mark.parametrize(("lang", "least"), [("es", 96.0), ("tr", 91.0), ("th", 77.5)])
def test_answers_of_xquad(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, least: float
) -> None:
    for name in ("en", lang):
        packed = (data_dir / "qa-xquad" / f"xquad.{name}.json.gz").read_bytes()
        (tmp_path / f"{name}.json").write_bytes(gzip.decompress(packed))
    src, tgt, out = (str(tmp_path / name) for name in ("en.json", f"{lang}.json", "out.json"))
    assert main(["project", "--labels", "answers", "--src", src, "--tgt", tgt, "--tgt-lang", lang, "--out", out]) == 0
    capsys.readouterr()
    assert main(["measure", "answers", "--gold", tgt, "--predicted", out, "--lang", lang, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["char_f1"] >= least
