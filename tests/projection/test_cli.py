from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from projection.cli import main

PAIRS = [
    ("Anna met Bob in Vienna .", "In Wien traf Anna Bob .", "B-PER O B-PER O B-LOC O", "O B-LOC O B-PER B-PER O"),
    ("Bob met Anna in Vienna .", "In Wien traf Bob Anna .", "B-PER O B-PER O B-LOC O", "O B-LOC O B-PER B-PER O"),
    ("Vienna is old .", "Wien ist alt .", "B-LOC O O O", "B-LOC O O O"),
    ("Anna is old .", "Anna ist alt .", "B-PER O O O", "B-PER O O O"),
    ("Bob is here .", "Bob ist hier .", "B-PER O O O", "B-PER O O O"),
]
LINKS = ["0-3 1-2 2-4 3-0 4-1 5-5", "0-3 1-2 2-4 3-0 4-1 5-5", *["0-0 1-1 2-2 3-3"] * 3]


def _conll(rows: list[tuple[str, str]]) -> str:
    blocks = (zip(words.split(), tags.split(), strict=True) for words, tags in rows)
    return "\n".join("".join(f"{word}\t{tag}\n" for word, tag in block) for block in blocks)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    files = {
        "src.conll": _conll([(src, tags) for src, _, tags, _ in PAIRS]),
        "gold.conll": _conll([(tgt, tags) for _, tgt, _, tags in PAIRS]),
        "src.txt": "".join(f"{src}\n" for src, *_ in PAIRS),
        "tgt.txt": "".join(f"{tgt}\n" for _, tgt, *_ in PAIRS),
        "raw.txt": "".join(f"{tgt.replace(' .', '.')}\n" for _, tgt, *_ in PAIRS),
        "gold.talp": "".join(f"{links}\n" for links in LINKS),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _run(capsys: pytest.CaptureFixture[str], command: str, *, code: int = 0) -> str:
    assert main(command.split()) == code
    return capsys.readouterr().out


def _json(capsys: pytest.CaptureFixture[str], command: str) -> dict:
    return json.loads(_run(capsys, f"{command} --json"))


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


PROJECT = "project --src src.conll --tgt tgt.txt --src-lang en --tgt-lang de --out out.conll"


def test_project_then_measure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = _json(capsys, f"{PROJECT} --bitext src.txt tgt.txt --set n_alternatives=2 --candidates all.jsonl")
    assert (done["n_items"], done["n_spans"], done["n_projected"], done["n_unprojected"]) == (5, 9, 9, 0)
    assert done["settings"]["n_alternatives"] == 2
    assert done["tokens"] == "blanks"
    scores = _json(capsys, "measure spans --gold gold.conll --predicted out.conll")
    assert scores["strict"]["f1"] == 100.0
    assert set(scores["strict"]["labels"]) == {"LOC", "PER"}
    assert {"strict", "exact", "partial", "type"} <= set(scores)
    items = [json.loads(line) for line in (folder / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(items) == 5
    for item in items:
        sources = {span["id"] for span in item["spans"]}
        assert {candidate["source_id"] for candidate in item["candidates"]} == sources
    assert not [name for name in _names(folder) if name.endswith(".tmp")]


def test_project_writes_the_same_bytes_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(capsys, f"{PROJECT} --candidates one.jsonl")
    first = (folder / "out.conll").read_bytes()
    _run(capsys, f"{PROJECT} --candidates two.jsonl")
    assert (folder / "out.conll").read_bytes() == first
    assert (folder / "one.jsonl").read_bytes() == (folder / "two.jsonl").read_bytes()


def test_raw_text_is_split_by_word_boundaries(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = _json(capsys, PROJECT.replace("tgt.txt", "raw.txt"))
    assert done["tokens"] == "icu"
    assert (folder / "out.conll").read_text(encoding="utf-8").splitlines()[-3:] == ["hier\tO", ".\tO", ""]
    # The texts are equal but for white space, so the files can still be compared.
    assert _json(capsys, "measure spans --gold gold.conll --predicted out.conll")["strict"]["f1"] == 100.0


# The published rule takes Vienna, which comes first in the target, for an overlap with the span before it: two of
# nine spans are lost, so recall is 7/9.
@pytest.mark.parametrize(
    ("mode", "f1"), [("corrected", 100.0), ("published", 87.5), ("scored", 100.0), ("fused", 100.0)]
)
def test_transfer(folder: Path, capsys: pytest.CaptureFixture[str], mode: str, f1: float) -> None:
    _run(capsys, f"transfer --src src.conll --tgt gold.conll --links gold.talp --mode {mode} --out out.conll")
    assert _json(capsys, "measure spans --gold gold.conll --predicted out.conll")["strict"]["f1"] == f1


def test_transfer_counts_what_has_no_link(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "few.talp").write_text("0-3\n" + "\n" * 4, encoding="utf-8")
    done = _json(capsys, "transfer --src src.conll --tgt tgt.txt --links few.talp --out out.conll")
    assert (done["n_projected"], done["reasons"]) == (1, {"no-link": 8})
    scores = _json(capsys, "measure spans --gold gold.conll --predicted out.conll")
    assert (scores["strict"]["precision"], scores["strict"]["recall"]) == (100.0, pytest.approx(100 / 9, abs=0.01))


def test_transfer_over_several_links(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.talp").write_text("0-0 2-1 4-2\n" * 2 + "0-1\n" * 3, encoding="utf-8")
    given = "transfer --src src.conll --tgt tgt.txt --links gold.talp --links bad.talp --out out.conll"
    done = _json(capsys, f"{given} --mode fused --set learn=no --set weights=1,0.2")
    assert (done["engine"], done["settings"]["weights"], done["n_projected"]) == ("fused", "1,0.2", 9)
    assert _json(capsys, "measure spans --gold gold.conll --predicted out.conll")["strict"]["f1"] == 100.0
    turned = _json(capsys, f"{given} --mode fused --set learn=no --set weights=0.2,1")
    assert turned["n_projected"] == 9
    assert _json(capsys, "measure spans --gold gold.conll --predicted out.conll")["strict"]["f1"] < 60
    for extra, message in (
        ("", "takes the links of one aligner"),
        ("--mode fused --min-length-ratio 0.5", "no setting 'min_length_ratio'"),
        ("--mode fused --set weights=x", "are no weights"),
    ):
        assert main(f"{given} {extra}".split()) == 2
        assert message in capsys.readouterr().err


def test_align_then_measure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = _json(capsys, "align --src src.txt --tgt tgt.txt --src-lang en --tgt-lang de --out out.talp")
    assert done["n_items"] == 5
    score = _json(capsys, "measure alignment --gold gold.talp --predicted out.talp")
    assert score["precision"] >= 90
    assert score["recall"] >= 80
    same = _json(capsys, "measure alignment --gold gold.talp --predicted gold.talp")
    assert (same["f1"], same["aer"]) == (100.0, 0.0)


def test_measure_by_id_and_text_and_subset(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = (folder / "gold.conll").read_text(encoding="utf-8").split("\n\n")
    numbered = [f"# sent_id = n{number}\n{block.strip()}\n" for number, block in enumerate(blocks)]
    (folder / "gold.ids.conll").write_text("\n".join(numbered), encoding="utf-8")
    (folder / "part.conll").write_text("\n".join([numbered[3], numbered[1]]), encoding="utf-8")
    (folder / "list.txt").write_text("n3\nn1\n", encoding="utf-8")
    command = "measure spans --gold gold.ids.conll --predicted part.conll"
    for join in ("id", "text"):
        scores = _json(capsys, f"{command} --join {join}")
        assert (scores["n_sentences"], scores["n_left_out"], scores["strict"]["f1"]) == (2, 3, 100.0)
    (folder / "part.conll").write_text("\n".join([numbered[1], numbered[3]]), encoding="utf-8")
    assert _json(capsys, f"{command} --ids list.txt")["n_sentences"] == 2
    assert main(command.split()) == 2
    assert "has 5 sentences, part.conll has 2" in capsys.readouterr().err


def test_convert_and_losses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(capsys, "convert --from conll --to jsonl --lang de gold.conll items.jsonl")
    _run(capsys, "convert --from jsonl --to conll items.jsonl again.conll")
    assert _json(capsys, "measure spans --gold gold.conll --predicted again.conll")["strict"]["f1"] == 100.0
    before = _names(folder)
    _run(capsys, "convert --from jsonl --to plain items.jsonl out.txt", code=1)
    assert _names(folder) == before
    _run(capsys, "convert --from jsonl --to plain items.jsonl out.txt --accept-losses")
    assert (folder / "out.txt").read_text(encoding="utf-8") == (folder / "tgt.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (PROJECT.replace("tgt.txt", "missing.txt"), "missing.txt: No such file"),
        (PROJECT.replace("tgt.txt", "short.txt"), "src.conll has 5 sentences, short.txt has 1"),
        (f"{PROJECT} --engine magic", "Known engines: hmm, links, similarity"),
        (f"{PROJECT} --set kind", "Write --set key=value"),
        (f"{PROJECT} --set kind=word", "setting kind: 'word' is not one of"),
        (f"{PROJECT} --candidates .", "This is a folder"),
        (f"{PROJECT} --candidates out.conll", "Two outputs have the same path"),
        (PROJECT.replace("out.conll", "no/out.conll"), "The folder no does not exist"),
        (f"{PROJECT} --bitext src.txt short.txt", "src.txt has 5 lines, short.txt has 1"),
        (PROJECT.replace("tgt.txt", "latin.txt"), "latin.txt, line 1: Byte 0xF6 is not valid UTF-8"),
        (
            "transfer --src src.conll --tgt tgt.txt --links short.talp --out out.conll",
            "short.talp: The file has 1 lines",
        ),
        ("measure spans --gold gold.conll --predicted src.conll", "texts of gold sentence '1'"),
        ("convert --from conll --to tsv gold.conll out.tsv", "has no source segment"),
    ],
)
def test_wrong_input_ends_with_a_message_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, message: str
) -> None:
    (folder / "short.txt").write_text("Nur ein Satz .\n", encoding="utf-8")
    (folder / "short.talp").write_text("0-0\n", encoding="utf-8")
    (folder / "latin.txt").write_bytes("Köln ist schön\n".encode("latin-1"))
    before = _names(folder)
    assert main(command.split()) == 2
    assert message in capsys.readouterr().err
    assert _names(folder) == before


def test_links_outside_the_sentences_are_losses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.talp").write_text("0-99 0-3\n" + "\n" * 4, encoding="utf-8")
    command = "transfer --src src.conll --tgt tgt.txt --links bad.talp --out out.conll"
    assert main(command.split()) == 1
    assert "line 1: The link '0-99' is outside" in capsys.readouterr().err
    assert not (folder / "out.conll").exists()
    assert _json(capsys, f"{command} --accept-losses")["n_projected"] == 1


def test_errors_in_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = json.loads(_run(capsys, f"{PROJECT} --engine magic --json", code=2))["error"]
    assert error["code"] == "unknown-engine"
    assert error["remedy"]


def test_a_failed_write_leaves_the_old_file(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "out.conll").write_text("old", encoding="utf-8")
    write_bytes = Path.write_bytes

    def fail_on_second(path: Path, data: bytes) -> int:
        if "all.jsonl" in path.name:
            raise OSError(28, "No space left on device", str(path))
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", fail_on_second)
    assert main(f"{PROJECT} --candidates all.jsonl".split()) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert not [name for name in _names(folder) if name.endswith(".tmp")]
    assert (folder / "out.conll").read_text(encoding="utf-8") == "old"


def test_usage_errors_exit_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["project", "--src", "x"])
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "Exit codes: 0 done" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["align", "transfer", "project", "measure", "convert"])
def test_help_of_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    assert command in capsys.readouterr().out


def test_help_loads_no_heavy_package() -> None:
    script = (
        "import sys\nfrom projection.cli import main\n"
        "try:\n    main(['project', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'transformers', 'uroman', 'django'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--set KEY=VALUE" in done.stdout


def test_unspaced_languages_are_split_by_word_boundaries(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "th.txt").write_text("แอนนารักบ๊อบ\nบ๊อบรักแอนนา\n", encoding="utf-8")
    (folder / "en.txt").write_text("Anna loves Bob\nBob loves Anna\n", encoding="utf-8")
    done = _json(capsys, "align --src en.txt --tgt th.txt --tgt-lang th --out out.talp")
    assert done["tokens"] == "icu"
    assert done["n_links"] >= 4
    (folder / "th.txt").write_text("แอนนา รัก บ๊อบ\nบ๊อบ รัก แอนนา\n", encoding="utf-8")
    done = _json(capsys, "align --src en.txt --tgt th.txt --tgt-lang th --out out.talp")
    assert done["tokens"] == "blanks"
    lines = (folder / "out.talp").read_text(encoding="utf-8").splitlines()
    assert lines == ["0-0 1-1 2-2", "0-0 1-1 2-2"]
