"""Panels from files: what is wrong is named, no host is asked that may not be, no key is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from projection.cli import main
from projection.errors import EngineError
from projection.formats import write_jsonl
from projection.types import Interval
from projection.vote.ballots import LABEL, VoterSpec
from projection.vote.build import check_host, make_sheets, make_voter, read_panel
from projection.vote.files import read_ballots
from projection.vote.limits import NEVER, Limits
from tests.chat_server import Script, label_all, serve
from tests.projection.vote.made import NAMES, TOPIC, make_item

LAYERS = [
    {"name": "topic", "kind": "class", "labels": ["travel", {"name": "health", "definition": "d", "translated": "t"}]}
]
CHAT = {"id": "c", "kind": "chat", "family": "f", "model": "m", "base_url": "http://localhost:1/v1"}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def script() -> Script:
    return Script(answer=label_all("travel"))


@pytest.fixture
def url(script: Script) -> Iterator[str]:
    with serve(script) as base_url:
        yield base_url


def test_a_panel_is_read() -> None:
    more = {"limits": {"n_workers": 2, "budget": 1.5}, "prices": {"per_million_input": 1}, "ask": {"n_rounds": 2}}
    panel = read_panel({"layers": LAYERS, "voters": [CHAT | more, CHAT | {"id": "d"}]})
    assert panel.layers[0].names == ("travel", "health")
    assert (panel.layers[0].labels[1].translated, panel.layers[0].is_open) == ("t", False)
    assert panel.voters[0].settings["limits"] == {"n_workers": 2, "budget": 1.5}
    assert panel.shared_families == {"f": ["c", "d"]}
    voter = make_voter(panel.voters[0])
    assert voter.gate.limits == Limits(n_workers=2, budget=1.5)
    assert voter.spec.prompt.startswith("v1-")


@pytest.mark.parametrize(
    ("panel", "says"),
    [
        ([], "no object"),
        ({"layers": {}, "voters": []}, "no list"),
        ({"layers": [], "voters": []}, "no layers"),
        ({"layers": [{"kind": "class"}]}, r"layers\[0\] has no 'name'"),
        ({"layers": [{"name": "x", "kind": "song"}]}, "none of span"),
        ({"layers": [{"name": "x", "colour": 1}]}, "no field 'colour'"),
        ({"layers": LAYERS, "voters": [CHAT, CHAT]}, "same id"),
        ({"layers": LAYERS, "voters": [CHAT | {"kind": "oracle"}]}, "none of chat"),
    ],
)
def test_a_wrong_panel_is_refused_with_its_place(panel: Any, says: str) -> None:
    with pytest.raises(EngineError, match=says) as caught:
        read_panel(panel)
    assert caught.value.problem.code == "bad-panel"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"api_key": "secret"}, "no setting 'api_key'"),
        ({"temperature": "hot"}, "'temperature' has the wrong type"),
        ({"limits": {"n_workers": 0}}, "out of range"),
        ({"prices": {"each": 1}}, "no setting 'each'"),
        ({"ask": {"n_round": 2}}, "no setting 'n_round'"),
        ({"base_url": "ftp://x"}, "no address"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], says: str) -> None:
    (spec,) = read_panel({"layers": LAYERS, "voters": [CHAT | settings]}).voters
    with pytest.raises(EngineError, match=says) as caught:
        make_voter(spec)
    assert "secret" not in str(caught.value)


def test_only_allowed_hosts_are_asked() -> None:
    allowed = ["localhost:8000", "API.example.org"]
    for good in ("http://localhost:8000/v1", "https://api.example.org/v1", "https://api.example.org:9/v1"):
        check_host(good, allowed)
    check_host("http://anywhere", None)
    for bad in (
        "http://localhost:9000/v1",
        "https://api.example.org.evil.net/v1",
        "https://api.example.org@evil.net",
        "",
    ):
        with pytest.raises(EngineError, match="not among those"):
            check_host(bad, allowed)
    with pytest.raises(EngineError, match="not among those"):
        make_voter(VoterSpec("c", "chat", "f", "m", {"base_url": "http://localhost:1/v1"}), allowed_hosts=[])


def test_context_is_of_the_same_document() -> None:
    items = [make_item(f"i{number}", target=f"Text {number}.") for number in range(4)]
    items = [replace(item, document="a" if number < 3 else "b") for number, item in enumerate(items)]
    sheets = make_sheets([*items, make_item("i9")], [NAMES], n_context=2)
    assert [(sheet.before, sheet.after) for sheet in sheets] == [
        ((), ("Text 1.", "Text 2.")),
        (("Text 0.",), ("Text 2.",)),
        (("Text 0.", "Text 1."), ()),
        ((), ()),
        ((), ()),
    ]


def test_engines_and_recorded_replies_are_made_by_name(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("id,reply\ni1,This is about travel.\n", encoding="utf-8")
    spec = VoterSpec("r", "recorded", "f", settings={"path": "r.csv"})
    item = make_item()
    (sheet,) = make_sheets([item], [TOPIC])
    assert make_voter(spec, folder=tmp_path).vote(sheet, stop=NEVER).votes[0].span.label == "travel"
    (sheet,) = make_sheets([item], [NAMES])
    engine = make_voter(VoterSpec("p", "projector", "f", "similarity"), items=[item])
    assert engine.vote(sheet, stop=NEVER).votes[0].span.intervals == (Interval(0, 3),)
    for kind, code in (("oracle", "bad-setting"), ("projector", "unknown-engine")):
        with pytest.raises(EngineError) as caught:
            make_voter(VoterSpec("x", kind, "f", "zzz"))
        assert caught.value.problem.code == code


# -------------------------------------------------------------------------------------------------------- command line


def write(folder: Path, voters: list[dict[str, Any]], *, n_items: int = 3) -> list[str]:
    items = [make_item(f"i{number}", target=f"Text {number}.") for number in range(n_items)]
    (folder / "items.jsonl").write_text(write_jsonl(items).text, encoding="utf-8")
    panel = {"layers": [{"name": "topic", "kind": "class", "labels": ["travel", "health"]}], "voters": voters}
    (folder / "panel.json").write_text(json.dumps(panel), encoding="utf-8")
    return ["--items", str(folder / "items.jsonl"), "--panel", str(folder / "panel.json")]


def test_ask_writes_ballots_and_asks_nothing_twice(
    script: Script, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    voters = [CHAT | {"base_url": url}, {"id": "p", "kind": "projector", "family": "engine", "model": "similarity"}]
    given = [*write(tmp_path, voters), "--out", str(tmp_path / "b.jsonl"), "--cache", str(tmp_path / "c.db")]
    assert main(["vote", "ask", *given]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "c: 3 ballots (label 3), 3 requests",
        "p: 3 ballots (label 3), 0 requests",
        f"wrote {tmp_path / 'b.jsonl'}",
    ]
    ballots = read_ballots((tmp_path / "b.jsonl").read_bytes()).rows
    assert [(each.item_id, each.voter_id) for each in ballots] == [(f"i{n}", v) for n in range(3) for v in ("c", "p")]
    assert {vote.outcome for each in ballots for vote in each.votes} == {LABEL}
    assert main(["vote", "ask", *given, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["voters"]["c"]["requests"] == 0
    assert record["left"] == []
    assert len(script.requests) == 3


def test_ask_says_what_is_left_and_why(
    script: Script, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.plan = [401]
    given = [
        *write(tmp_path, [CHAT | {"base_url": url, "limits": {"n_workers": 1}}]),
        "--out",
        str(tmp_path / "b.jsonl"),
    ]
    assert main(["vote", "ask", *given]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "c: 0 ballots (no votes), 0 requests"
    assert lines[1].startswith("c was stopped: The endpoint answered with status 401")
    assert lines[2] == "3 without a ballot; run the same again"


def test_ask_shows_its_prompts_without_asking(
    script: Script, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [*write(tmp_path, [CHAT | {"base_url": url}]), "--out", str(tmp_path / "b.jsonl"), "--prompts", "--blind"]
    assert main(["vote", "ask", *given]) == 0
    shown = capsys.readouterr().out
    assert "q1: the class in the layer topic\n" in shown
    assert script.requests == []
    assert not (tmp_path / "b.jsonl").exists()


def test_parse_reads_recorded_replies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = write(tmp_path, [])
    replies = "index_id\tx\tgpt\ni0\t.\tIt is about travel.\ni1\t.\tSorry, I cannot say.\ni7\t.\tTravel\n"
    (tmp_path / "r.tsv").write_text(replies, encoding="utf-8")
    given += ["--replies", str(tmp_path / "r.tsv"), "--voter", "gpt"]
    assert main(["vote", "parse", *given, "--out", str(tmp_path / "b.csv")]) == 1
    assert "parts-lost" not in capsys.readouterr().out
    assert main(["vote", "parse", *given, "--out", str(tmp_path / "b.csv"), "--accept-losses"]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == "gpt: 2 ballots (abstain 1, label 1), 0 requests"
    assert "There is no item 'i7'" in printed.err
    read = read_ballots((tmp_path / "b.csv").read_bytes())
    assert [ballot.votes[0].reason for ballot in read.rows] == ["", "voter-declines"]


def test_wrong_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = [*write(tmp_path, []), "--out", str(tmp_path / "b.jsonl")]
    assert main(["vote", "ask", *given]) == 2
    assert "The panel has no voters" in capsys.readouterr().err
    (tmp_path / "panel.json").write_text("{oops", encoding="utf-8")
    assert main(["vote", "ask", *given]) == 2
    assert "panel.json: The file is not valid JSON" in capsys.readouterr().err
    (tmp_path / "panel.json").write_text('{"layers": []}', encoding="utf-8")
    assert main(["vote", "ask", *given]) == 2
    assert "panel.json: The panel has no layers" in capsys.readouterr().err
    (tmp_path / "items.jsonl").write_text("", encoding="utf-8")
    assert main(["vote", "ask", *given]) == 2
    assert "no item in the file" in capsys.readouterr().err
