"""`python -m projection translate` from files to files."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from projection.cli import main
from projection.formats import read_jsonl
from tests.chat_server import Script, serve
from tests.projection.translate.tiny_translators import save_marian

SOURCE = """# sent_id = s1
Ada\tB-PER
met\tO
Bob\tB-PER
in\tO
Vienna\tB-LOC
.\tO

# sent_id = s2
Nothing\tO
.\tO

# sent_id = s3
Eve\tB-PER
left\tO
.\tO
"""
NUMBERED = "id\ttarget\ns1\tIn [3]Wien[/3] traf [1]Ada[/1] [2]Bob .\ns2\tNichts .\ns3\t[1] Eva [/1] ging .\n"
WORDS = {"met": "traf", "in": "in", "Vienna": "Wien", "Nothing": "Nichts", "left": "ging", "Eve": "Eva"}
PROGRAM = f"""
import re, sys
words = {WORDS!r}
with open("asked.log", "a") as log:
    for line in sys.stdin:
        log.write(line)
        print(re.sub("[A-Za-z]+", lambda found: words.get(found[0], found[0]), line.rstrip()))
"""
BASE = "translate --src src.conll --tgt-lang de --out out.txt"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src.conll").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "numbered.tsv").write_text(NUMBERED, encoding="utf-8")
    (tmp_path / "mt.py").write_text(PROGRAM, encoding="utf-8")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], command: str, *, code: int = 0) -> tuple[str, str]:
    assert main(shlex.split(command)) == code
    return capsys.readouterr()


def with_program(command: str) -> str:
    return f"{command} --engine command --run {shlex.quote(shlex.join([sys.executable, 'mt.py']))}"


def test_recorded_translations_with_markers_become_labels(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = f"{BASE} --engine recorded --recorded numbered.tsv --markers numbered"
    out, err = run(capsys, f"{command} --labelled all.jsonl --json")
    result = json.loads(out)
    assert (result["n_items"], result["n_missing"], result["n_spans"], result["n_unprojected"]) == (3, 0, 4, 1)
    assert (result["reasons"], result["loss"]) == ({"marker-unclosed": 1}, 25.0)
    assert [problem["place"] for problem in result["problems"]] == ["item s1, span s2, translation character 31"]
    assert "its closing marker is gone" in err
    assert (folder / "out.txt").read_text() == "In Wien traf Ada Bob .\nNichts .\nEva ging .\n"
    first = read_jsonl((folder / "all.jsonl").read_bytes()).rows[0]
    targets = [(span.source_id, span.label, span.surface(first.target.text)) for span in first.spans_of("target")]
    assert targets == [("s3", "LOC", "Wien"), ("s1", "PER", "Ada")]
    assert [each.reason for each in first.candidates] == ["", "marker-unclosed", ""]
    run(capsys, f"{command} --labelled labelled.conll")
    tagged = (folder / "labelled.conll").read_text()
    assert "In\tO\nWien\tB-LOC\ntraf\tO\nAda\tB-PER\nBob\tO\n" in tagged


def test_a_command_is_asked_once_with_a_cache(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = with_program(f"{BASE} --markers xml --labelled a.jsonl --cache cache.db")
    first = run(capsys, command)[0]
    assert "3 texts translated, 0 taken from the cache\n4 spans, 0 lost (0.0 %)\n" in first
    text, labelled = (folder / "out.txt").read_bytes(), (folder / "a.jsonl").read_bytes()
    assert text.decode() == "Ada traf Bob in Wien .\nNichts .\nEva ging .\n"
    assert "0 texts translated, 3 taken from the cache" in run(capsys, command)[0]
    assert ((folder / "out.txt").read_bytes(), (folder / "a.jsonl").read_bytes()) == (text, labelled)
    assert len((folder / "asked.log").read_text().splitlines()) == 3


def test_brackets_ask_for_the_single_spans_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = json.loads(run(capsys, with_program(f"{BASE} --markers brackets --labelled a.conll --json"))[0])
    assert (out["n_asked"], out["n_projected"], out["markers"]) == (6, 4, "brackets")
    asked = (folder / "asked.log").read_text().splitlines()
    assert asked == ["[Ada] met [Bob] in [Vienna] .", "Nothing .", "[Eve] left .", "Ada", "Bob", "Vienna"]


def test_without_markers_the_text_alone_is_translated(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, with_program(BASE))[0]
    assert out == "3 sentences, 0 without a translation\n3 texts translated, 0 taken from the cache\nwrote out.txt\n"
    assert "[" not in (folder / "asked.log").read_text()


def test_missing_translations_are_losses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "src.txt").write_text("One .\nTwo .\n", encoding="utf-8")
    (folder / "tgt.txt").write_text("Eins .\n\n", encoding="utf-8")
    command = "translate --src src.txt --tgt-lang de --out out.txt --engine recorded --recorded src.txt tgt.txt"
    err = run(capsys, command, code=1)[1]
    assert "item 2: There is no recorded translation" in err
    assert not (folder / "out.txt").exists()
    result = json.loads(run(capsys, f"{command} --accept-losses --json")[0])
    assert (result["n_items"], result["n_missing"]) == (2, 1)
    assert (folder / "out.txt").read_text() == "Eins .\n\n"
    marked = f"{command.replace('src.txt --tgt', 'src.conll --tgt')} --markers numbered --accept-losses --json"
    assert json.loads(run(capsys, marked)[0])["reasons"] == {"no-translation": 4}


def test_a_model_and_an_endpoint_translate_too(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "src.txt").write_text("a cat !\nwe see [1]ada[/1] !\n", encoding="utf-8")
    command = "translate --src src.txt --tgt-lang de --out out.txt --engine"
    model = save_marian(folder / "model")
    run(capsys, f"{command} marian --model {model} --beams 1 --scores --device cpu --cache c.db")
    assert (folder / "out.txt").read_text() == "eine katze !\nwir sehen [1]ada[/1] !\n"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("MY_KEY", "secret-4711")
    script = Script()
    with serve(script) as url:
        chat = f"{BASE} --engine chat --model tiny --base-url {url} --key-variable MY_KEY --markers numbered --json"
        out, err = run(capsys, f"{chat} --labelled a.jsonl")
    assert "Keep every tag such as [1]" in script.requests[0]["messages"][0]["content"]
    assert json.loads(out)["n_projected"] == 4
    assert "secret" not in out + err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--engine chat --model m", "--engine chat needs --base-url."),
        ("--engine nllb", "--engine nllb needs --model."),
        ("--engine command", "--engine command needs --run."),
        ('--engine command --run "a \'b"', "cannot be split"),
        ("--engine command --run no-such-program", "no program 'no-such-program'"),
        ("--engine recorded", "needs --recorded"),
        ("--engine recorded --recorded src.conll", "src.conll"),
        ("--engine recorded --recorded numbered.tsv --labelled a.conll", "--labelled needs markers"),
        ("--engine recorded --recorded numbered.tsv --cache src.conll", "no cache of translations"),
        ("--engine chat --model m --base-url http://x/v1 --key-variable NO_KEY_HERE", "NO_KEY_HERE holds no key"),
    ],
)
def test_wrong_usage_ends_with_a_message(
    folder: Path, capsys: pytest.CaptureFixture[str], options: str, message: str
) -> None:
    assert message in run(capsys, f"{BASE} {options}", code=2)[1]
    assert not (folder / "out.txt").exists()
