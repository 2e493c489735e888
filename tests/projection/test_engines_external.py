"""The engines that call outside aligners, from the choice of an engine to projected spans."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projection.cli import main
from projection.engines import get_engine
from projection.types import SOURCE, TARGET, Interval, Item, Segment, Span
from tests.projection.align.stand_ins import install, read_notes

PROGRAMS = {"eflomal": "eflomal-align", "fast-align": "fast_align"}
SENTENCES = [
    ("Anna met Bob in Vienna .", "Anna traf Bob in Wien .", {"PER": "Bob", "LOC": "Vienna"}),
    ("Bob sleeps .", "Bob schläft .", {"PER": "Bob"}),
    ("nothing", "", {"PER": "nothing"}),
]
EXPECTED = [{"PER": "Bob", "LOC": "Wien"}, {"PER": "Bob"}, {"PER": "empty-target"}]


def _item(number: int, source: str, target: str, spans: dict[str, str]) -> Item:
    found = tuple(
        Span(label, (Interval(source.index(text), source.index(text) + len(text)),), id=label)
        for label, text in spans.items()
    )
    return Item(str(number), (Segment(source, "en", SOURCE), Segment(target, "de", TARGET)), found)


ITEMS = [_item(number, *sentence) for number, sentence in enumerate(SENTENCES)]


@pytest.fixture(params=PROGRAMS)
def engine_name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    install(monkeypatch, tmp_path, PROGRAMS[request.param])
    return str(request.param)


@pytest.mark.parametrize("transfer", ["scored", "corrected"])
def test_spans_go_where_the_program_links(engine_name: str, transfer: str, tmp_path: Path) -> None:
    engine = get_engine(engine_name)
    assert engine.list_missing() == []
    settings = engine.read_settings({"transfer": transfer, "symmetrisation": "intersection"})
    projector = engine.build(settings)
    projector.fit(ITEMS, progress=lambda _: None)
    projector.save(tmp_path / "state.npz")
    again = engine.build(settings)
    again.load(tmp_path / "state.npz")
    n_calls = len(read_notes(tmp_path / f"{PROGRAMS[engine_name]}.notes"))
    for built in (projector, again):
        found = [
            {
                each.source_id: each.span.surface(item.target.text) if each.span else each.reason
                for each in built.project(item).candidates
                if each.rank == 0
            }
            for item in ITEMS
        ]
        assert found == EXPECTED
    assert projector.project_many(ITEMS) == again.project_many(ITEMS)
    assert len(read_notes(tmp_path / f"{PROGRAMS[engine_name]}.notes")) == n_calls


def test_a_missing_program_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projection.programs.which", lambda *_, **__: None)
    assert [str(problem) for problem in get_engine("eflomal").list_missing()] == [
        "The program eflomal-align is not installed. Install it: pip install eflomal (GPL-3; needs a C compiler)."
    ]
    assert len(get_engine("fast-align").list_missing()) == 1


def test_the_command_line_aligns_with_the_program(
    engine_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("en.txt").write_text("Anna met Bob\nBob sleeps\n", "utf-8")
    Path("de.txt").write_text("Anna traf Bob\nBob schläft\n", "utf-8")
    command = f"align --src en.txt --tgt de.txt --engine {engine_name} --symmetrise intersection --out links --json"
    assert main(command.split()) == 0
    assert json.loads(capsys.readouterr().out)["settings"]["symmetrisation"] == "intersection"
    assert Path("links").read_text("utf-8") == "0-0 1-1 2-2\n0-0 1-1\n"


def test_the_command_line_says_when_the_program_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, tmp_path, "fast_align", "raise SystemExit('out of memory')")
    monkeypatch.chdir(tmp_path)
    Path("en.txt").write_text("a\n", "utf-8")
    assert main(["align", "--src", "en.txt", "--tgt", "en.txt", "--engine", "fast-align", "--out", "links"]) == 2
    assert capsys.readouterr().err == (
        "error: fast_align ended with code 1: out of memory. Run it by hand to see more.\n"
    )
    assert not Path("links").exists()
