from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from projection.engines import get_engine
from projection.errors import EngineError
from projection.projectors import FusedProjector
from projection.types import SOURCE, TARGET, Alignment, Interval, Item, Link, Segment, Span

_CITIES = ["Vienna", "Cologne", "Munich", "Prague"]
_GERMAN = {"Vienna": "Wien", "Cologne": "Köln", "Munich": "München", "Prague": "Prag"}


def _item(number: int, one: str, two: str) -> Item:
    src = f"The old town of {one} is far from {two} ."
    tgt = f"Die alte Stadt {_GERMAN[one]} liegt weit von {_GERMAN[two]} ."
    spans = tuple(
        Span("LOC", (Interval(src.index(name), src.index(name) + len(name)),), id=f"s{place}")
        for place, name in enumerate((one, two))
    )
    good = Alignment((Link(4, 3), Link(8, 7), Link(1, 1), Link(2, 2)))
    # The second aligner hangs some neighbour to each name, another one from item to item.
    bad = Alignment((Link(4, number % 3), Link(4, number % 3 + 1), Link(8, 4 + number % 3), Link(8, 5 + number % 3)))
    return Item(f"i{number}", (Segment(src, "en", SOURCE), Segment(tgt, "de", TARGET)), spans, alignments=(good, bad))


def _items() -> list[Item]:
    pairs = [(one, two) for one in _CITIES for two in _CITIES if one != two]
    return [_item(number, *pair) for number, pair in enumerate(pairs)]


def _built(**settings: object) -> FusedProjector:
    engine = get_engine("fused")
    projector = engine.build(engine.read_settings(settings))
    assert isinstance(projector, FusedProjector)
    return projector


def _fitted(items: list[Item], **settings: object) -> FusedProjector:
    projector = _built(**settings)
    projector.fit(iter(items), progress=lambda _: None)
    return projector


def _best(projector: FusedProjector, item: Item) -> list[str]:
    return [
        candidate.span.surface(item.target.text) if candidate.span else candidate.reason
        for candidate in projector.project(item).candidates
        if candidate.rank == 0
    ]


@pytest.mark.parametrize("learn", [False, True])
def test_weights_are_learned_without_gold(learn: bool) -> None:
    items = _items()
    projector = _fitted(items, learn=learn)
    assert projector.weights is not None
    assert len(projector.weights) == 2 + learn
    assert projector.weights[1] < 0.3 < projector.weights[0]
    for item in items:
        names = [_GERMAN[span.surface(item.source.text)] for span in item.spans]
        assert _best(projector, item) == names
        assert projector.project(item).alignments == (item.alignments[0],)


def test_given_weights_are_taken() -> None:
    items = _items()
    turned = _fitted(items, learn=False, weights="0.1, 1")
    assert turned.weights == (0.1, 1.0)
    assert _best(turned, items[0]) == ["Die alte", "liegt weit"]


@pytest.mark.parametrize("weights", ["many", "1,-1", "0,0", "1;2", "nan"])
def test_weights_must_be_numbers(weights: str) -> None:
    with pytest.raises(EngineError, match=r"setting weights: .* are no weights"):
        _built(weights=weights)


def test_what_was_learned_survives_saving(tmp_path: Path) -> None:
    items = _items()
    for learn in (False, True):
        projector = _fitted(items, learn=learn)
        projector.save(tmp_path / "one.model")
        projector.save(tmp_path / "two.model")
        assert (tmp_path / "one.model").read_bytes() == (tmp_path / "two.model").read_bytes()
        loaded = _built(learn=learn)
        loaded.load(tmp_path / "one.model")
        assert repr(loaded.project_many(items)) == repr(projector.project_many(items))
    plain = _built(learn=True)
    (tmp_path / "one.model").write_bytes(b"no archive")
    for name in ("one.model", "missing"):
        with pytest.raises(EngineError, match="holds no usable state"):
            plain.load(tmp_path / name)
    _fitted(items, learn=False).save(tmp_path / "other.model")
    with pytest.raises(EngineError, match="holds no usable state"):
        plain.load(tmp_path / "other.model")
    with pytest.raises(EngineError, match="not learned yet"):
        _built().project(items[0])


def test_a_pair_that_some_aligner_did_not_link_goes_on_with_the_others() -> None:
    items = _items()
    bare = replace(items[0], alignments=())
    assert _best(_fitted(items, learn=True), bare) == ["Wien", "Köln"]
    assert _best(_fitted(items, learn=False), bare) == ["no-alignment", "no-alignment"]
    wrong = replace(items[0], alignments=(Alignment((Link(0, 99),)),))
    with pytest.raises(EngineError, match="item i0: The link 0-99 lies outside"):
        _fitted(items, learn=False).project(wrong)


def test_long_spans_and_pieces_are_settings() -> None:
    src, tgt = "She will ring us all up tomorrow morning", "Morgen früh ruft sie uns alle dann an"
    whole = Span("C", (Interval(0, len(src)),), id="c", layer="clauses")
    verb = Span("V", (Interval(9, 13), Interval(21, 23)), id="v")
    links = Alignment(tuple(Link(*pair) for pair in ((0, 3), (2, 2), (3, 4), (4, 5), (5, 7), (7, 0), (6, 6))))
    item = Item("i", (Segment(src, "en", SOURCE), Segment(tgt, "de", TARGET)), (whole, verb), alignments=(links,))
    for name in ("links", "fused"):
        engine = get_engine(name)
        settings = {"discontinuous": True, "gap": 9} | ({"learn": False} if name == "fused" else {})
        projector = engine.build(engine.read_settings(settings))
        projector.fit([item], progress=lambda _: None)
        assert _best(projector, item) == [tgt, "ruft an"]
