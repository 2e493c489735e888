"""The embedding engine from a model's folder to projected spans."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from projection.cli import main
from projection.engines import Projector, get_engine
from projection.errors import EngineError
from projection.types import SOURCE, TARGET, Interval, Item, Segment, Span
from tests.projection.tiny_encoder import save_bilingual_bert

TRANSLATIONS = {
    "Ada": "Adele",
    "met": "traf",
    "the": "die",
    "queen": "Königin",
    "in": "aus",
    "Vienna": "Wien",
    "old": "alten",
    "town": "Stadt",
    "yesterday": "gestern",
}
SOURCE_TEXT = "Ada met the queen in Vienna yesterday ."
TARGET_TEXT = "gestern traf Adele aus Wien die Königin ."


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_bilingual_bert(tmp_path_factory.mktemp("bilingual"), TRANSLATIONS)


def _projector(model: str, items: list[Item], **settings: object) -> Projector:
    engine = get_engine("embedding")
    built = engine.build(engine.read_settings({"model": model, "layer": 2, "device": "cpu"} | settings))
    built.fit(items, progress=lambda _: None)
    return built


def _item(source: str, target: str, **spans: str) -> Item:
    found = tuple(
        Span(label, (Interval(source.index(text), source.index(text) + len(text)),), id=label)
        for label, text in spans.items()
    )
    return Item("1", (Segment(source, "en", SOURCE), Segment(target, "de", TARGET)), found)


ITEM = _item(SOURCE_TEXT, TARGET_TEXT, PER="Ada", ROLE="the queen", LOC="Vienna", TIME="yesterday")
EXPECTED = {"PER": "Adele", "ROLE": "die Königin", "LOC": "Wien", "TIME": "gestern"}


def _best(projector: Projector, item: Item) -> dict[str, str]:
    return {
        candidate.source_id: candidate.span.surface(item.target.text) if candidate.span else candidate.reason
        for candidate in projector.project(item).candidates
        if candidate.rank == 0
    }


@pytest.mark.parametrize("transfer", ["scored", "corrected"])
@pytest.mark.parametrize("matching", ["itermax", "argmax", "softmax"])
@pytest.mark.parametrize("unit", ["subword", "word"])
def test_spans_go_where_the_vectors_are_alike(model: str, transfer: str, matching: str, unit: str) -> None:
    # Vectors of 16 numbers are alike by chance more than those of real models.
    projector = _projector(model, [ITEM], transfer=transfer, matching=matching, unit=unit, threshold=0.1)
    assert _best(projector, ITEM) == EXPECTED
    links = projector.project(ITEM).alignments[0].links
    assert {(0, 2), (1, 1), (2, 5), (3, 6), (4, 3), (5, 4), (6, 0), (7, 7)} <= {link[:2] for link in links}


def test_a_span_in_the_middle_of_a_long_text_is_found(model: str) -> None:
    before, after = " in the old town ." * 200, " yesterday met the old town ." * 200
    tgt_before, tgt_after = " aus die alten Stadt ." * 200, " gestern traf die alten Stadt ." * 200
    item = _item(f"{before[1:]} Ada {after[1:]}", f"{tgt_before[1:]} Adele {tgt_after[1:]}", PER="Ada")
    assert len(item.source.text.split()) > 2000
    assert _best(_projector(model, [item]), item) == {"PER": "Adele"}


def test_it_stores_nothing_and_goes_on_after_a_restart(model: str, tmp_path: Path) -> None:
    projector = _projector(model, [ITEM])
    projector.save(tmp_path / "state.npz")
    engine = get_engine("embedding")
    again = engine.build(engine.read_settings({"model": model, "layer": 2, "device": "cpu"}))
    again.load(tmp_path / "state.npz")
    assert again.project(ITEM) == projector.project(ITEM)


def test_items_alone_and_together_give_the_same(model: str) -> None:
    other = _item("the queen met Ada .", "die Königin traf Adele .", PER="Ada")
    projector = _projector(model, [ITEM, other])
    assert projector.project_many([ITEM, other]) == [projector.project(ITEM), projector.project(other)]


def test_eight_bits_project_the_same(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("CROSSGLOSS_CACHE", str(tmp_path))
    assert _best(_projector(model, [ITEM], backend="onnx-int8"), ITEM) == EXPECTED


def test_a_wrong_layer_is_said_before_anything_is_projected(model: str) -> None:
    with pytest.raises(EngineError, match="has 2 layers, not 8"):
        _projector(model, [ITEM], layer=8)


def test_the_command_line_projects_with_a_model(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    tags = ["B-PER", "O", "B-ROLE", "I-ROLE", "O", "B-LOC", "B-TIME", "O"]
    rows = (f"{word}\t{tag}\n" for word, tag in zip(SOURCE_TEXT.split(), tags, strict=True))
    Path("en.conll").write_text("".join(rows), encoding="utf-8")
    Path("de.txt").write_text(f"{TARGET_TEXT}\n", encoding="utf-8")
    command = "project --src en.conll --tgt de.txt --tgt-lang de --engine embedding --out out.conll --json"
    assert main([*command.split(), "--set", f"model={model}", "--set", "layer=2"]) == 0
    assert json.loads(capsys.readouterr().out)["n_projected"] == 4
    lines = Path("out.conll").read_text("utf-8").splitlines()
    assert {"gestern\tB-TIME", "Adele\tB-PER", "Wien\tB-LOC", "die\tB-ROLE", "Königin\tI-ROLE"} <= set(lines)
