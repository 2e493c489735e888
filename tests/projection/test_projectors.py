from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from projection.engines import Projector, get_engine
from projection.errors import EngineError
from projection.projectors import LinksProjector, pair_segments
from projection.types import SOURCE, TARGET, Alignment, Interval, Item, Link, Segment, Span

_WORDS = {"Anna": "Anna", "Bob": "Bob", "Vienna": "Wien", "Cologne": "Köln", "Munich": "München"}


def _item(number: int, src: str, tgt: str, names: tuple[str, ...] = (), **extra: object) -> Item:
    spans = tuple(
        Span("NAME", (Interval(src.index(name), src.index(name) + len(name)),), id=f"s{place}")
        for place, name in enumerate(names)
    )
    segments = (Segment(src, "en", SOURCE), Segment(tgt, "de", TARGET))
    return Item(f"i{number}", segments, spans, **extra)


def _items() -> list[Item]:
    cities = ["Vienna", "Cologne", "Munich"]
    sentences = [
        (f"{who} met {whom} in {city}.", f"In {_WORDS[city]} traf {who} {whom}.", (who, whom, city))
        for city in cities
        for who, whom in (("Anna", "Bob"), ("Bob", "Anna"))
    ]
    sentences += [
        (f"{one} is far from {two}.", f"{_WORDS[one]} ist weit von {_WORDS[two]}.", (one, two))
        for one in cities
        for two in cities
        if one != two
    ]
    return [_item(number, *sentence) for number, sentence in enumerate(sentences)]


def _built(name: str, **settings: object) -> Projector:
    engine = get_engine(name)
    return engine.build(engine.read_settings(settings))


def _fitted(name: str, items: Iterator[Item] | list[Item], **settings: object) -> Projector:
    projector = _built(name, **settings)
    projector.fit(items, progress=lambda _: None)
    return projector


def _best(projector: Projector, item: Item) -> dict[str, str]:
    return {
        candidate.source_id: candidate.span.surface(item.segments[candidate.span.segment].text)
        if candidate.span
        else candidate.reason
        for candidate in projector.project(item).candidates
        if candidate.rank == 0
    }


def test_hmm_projects_crossing_and_translated_names_from_untokenised_text() -> None:
    items = _items()
    projector = _fitted("hmm", iter(items))
    for item in items:
        names = [span.surface(item.source.text) for span in item.spans]
        assert _best(projector, item) == {f"s{place}": _WORDS[name] for place, name in enumerate(names)}


def test_hmm_gives_links_and_no_candidates_for_items_without_spans() -> None:
    items = _items()
    found = _fitted("hmm", items).project(replace(items[0], spans=()))
    assert found.candidates == ()
    assert found.alignment is not None
    assert found.alignments == (found.alignment,)
    # Anna met Bob in Vienna . / In Wien traf Anna Bob .
    assert {(0, 3), (2, 4), (4, 1), (5, 5)} <= {(link.src, link.tgt) for link in found.alignment.links}


def test_hmm_is_deterministic_also_after_save_and_load(tmp_path: Path) -> None:
    items = _items()
    first, second = _fitted("hmm", items), _fitted("hmm", iter(items))
    first.save(tmp_path / "model.npz")
    loaded = _built("hmm")
    loaded.load(tmp_path / "model.npz")
    for item in items:
        assert repr(first.project(item)) == repr(second.project(item)) == repr(loaded.project(item))


def test_hmm_learns_each_pair_of_languages_on_its_own(tmp_path: Path) -> None:
    items = _items()
    french = [replace(item, segments=(item.source, replace(item.target, lang="fr"))) for item in items[:2]]
    projector = _fitted("hmm", [*items, *french])
    alone = _fitted("hmm", items)
    assert [projector.project(item) for item in items] == [alone.project(item) for item in items]
    projector.save(tmp_path / "model.npz")
    loaded = _built("hmm")
    loaded.load(tmp_path / "model.npz")
    assert loaded.project(french[0]) == projector.project(french[0])
    other = replace(items[0], segments=(items[0].source, replace(items[0].target, lang="it")))
    assert set(_best(projector, other).values()) == {"no-model"}


def test_hmm_refuses_to_project_before_it_has_learned() -> None:
    with pytest.raises(EngineError, match="not learned yet"):
        _built("hmm").project(_items()[0])


def test_segments_pair_by_role_then_by_order() -> None:
    def segment(side: str, role: str) -> Segment:
        return Segment("x", "en", side, role)

    sides = [(SOURCE, "context"), (SOURCE, "question"), (TARGET, "question"), (TARGET, "context"), (SOURCE, "question")]
    item = Item("i", tuple(segment(*side) for side in sides))
    assert [(view.src_index, view.tgt_index) for view in pair_segments(item)] == [(0, 3), (1, 2)]
    unlike = Item("i", (segment(SOURCE, "text"), segment(TARGET, "translation")))
    assert [(view.src_index, view.tgt_index) for view in pair_segments(unlike)] == [(0, 1)]


def test_sources_in_several_languages_share_a_target() -> None:
    def item(sources: str, n_targets: int) -> Item:
        segments = [Segment("x", lang, SOURCE) for lang in sources.split()]
        return Item("i", (*segments, *(Segment("x", "pt", TARGET) for _ in range(n_targets))))

    def pairs(sources: str, n_targets: int) -> list[tuple[int, int]]:
        return [(view.src_index, view.tgt_index) for view in pair_segments(item(sources, n_targets))]

    assert pairs("en de sv", 1) == [(0, 3), (1, 3), (2, 3)]
    assert pairs("en de en de", 2) == [(0, 4), (1, 4), (2, 5), (3, 5)]
    # One language, or as many targets as sources: the n-th with the n-th.
    assert pairs("en en", 1) == [(0, 2)]
    assert pairs("en de", 2) == [(0, 2), (1, 3)]


def test_spans_of_every_segment_come_back_in_stored_order() -> None:
    segments = (
        Segment("Who is Anna?", "en", SOURCE, "question"),
        Segment("Anna sings.", "en", SOURCE, "context"),
        Segment("Anna singt.", "de", TARGET, "context"),
        Segment("Anna", "de", TARGET, "answer"),
    )
    spans = (
        Span("P", (Interval(7, 11),), 0, id="q"),
        Span("P", (Interval(0, 4),), 1, id="c"),
        Span("P", (Interval(0, 4),), 1),
    )
    item = Item("i", segments, spans)
    assert _best(_fitted("similarity", [item]), item) == {"q": "no-target-segment", "c": "Anna", "#2": "Anna"}


def test_similarity_finds_names_across_scripts_and_leaves_the_rest() -> None:
    item = _item(
        0, "Putin came to Berlin with bread.", "Путин приехал к Берлину с хлебом.", ("Putin", "Berlin", "bread")
    )
    projector = _fitted("similarity", [item])
    assert _best(projector, item) == {"s0": "Путин", "s1": "Берлину", "s2": "low-score"}
    assert projector.project(item).alignment is None


def test_links_uses_the_links_of_the_item() -> None:
    item = _item(0, "the red hat", "den roten Hut da", ("red hat",))
    linked = replace(item, alignments=(Alignment((Link(0, 0), Link(1, 1), Link(2, 2))),))
    for method in ("corrected", "published", "scored"):
        assert _best(_fitted("links", [linked], method=method), linked) == {"s0": "roten Hut"}
    assert _best(_fitted("links", [item]), item) == {"s0": "no-alignment"}
    outside = replace(item, alignments=(Alignment((Link(0, 9),)),))
    with pytest.raises(EngineError, match="item i0: The link 0-9 lies outside 3 source and 4 target tokens"):
        LinksProjector().project(outside)


def test_empty_targets_come_back_as_such() -> None:
    item = _item(0, "Anna sings", "", ("Anna",))
    for name in ("hmm", "similarity"):
        assert _best(_fitted(name, [item]), item) == {"s0": "empty-target"}


def test_engines_without_a_state_save_and_load(tmp_path: Path) -> None:
    projector = _fitted("similarity", _items())
    projector.save(tmp_path / "state")
    projector.load(tmp_path / "state")
    with pytest.raises(EngineError, match="does not exist"):
        projector.load(tmp_path / "missing")
