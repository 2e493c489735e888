from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from projection.engines import get_engine
from projection.errors import EngineError, Problem
from projection.projectors import CombinedProjector, CombinedSettings, OneByOne, Projection, Stateless
from projection.types import SOURCE, TARGET, Alignment, Candidate, Interval, Item, Link, Segment, Span

Places = dict[str, list[tuple[int, int, float]]]


class Fixed(OneByOne, Stateless):
    """Proposes what it was given, by source span; or fails."""

    def __init__(self, places: Places, *, fails_on: str = "", links: tuple[Link, ...] | None = None) -> None:
        self._places, self._fails_on, self._links = places, fails_on, links

    def project(self, item: Item) -> Projection:
        if item.id == self._fails_on:
            raise EngineError(Problem("broken", "Cannot.", "Do not."))
        candidates = [
            Candidate(
                span.id,
                Span("X", (Interval(start, end),), 1, source_id=span.id),
                score,
                {"aligned": 1.0},
                rank,
                "",
                0.5,
            )
            for span in item.spans
            for rank, (start, end, score) in enumerate(self._places.get(span.id, []))
        ]
        found = {candidate.source_id for candidate in candidates}
        candidates += [Candidate(span.id, None, 0.0, reason="no-link") for span in item.spans if span.id not in found]
        alignment = None if self._links is None else Alignment(self._links)
        return Projection(item.id, alignment, tuple(candidates), (alignment,) if alignment else ())


def _item(name: str = "i") -> Item:
    spans = (Span("X", (Interval(0, 3),), id="a"), Span("X", (Interval(4, 7),), id="b"))
    return Item(name, (Segment("one two", "en", SOURCE), Segment("uno dos tres", "es", TARGET)), spans)


def _combined(first: Places, second: Places, **settings: object) -> CombinedProjector:
    return CombinedProjector({"m": Fixed(first), "n": Fixed(second)}, CombinedSettings(**settings))


def _shown(projection: Projection) -> list[tuple[str, int, int, float] | tuple[str, str]]:
    return [
        (c.source_id, *c.span.intervals[0], c.score) if c.span else (c.source_id, c.reason)
        for c in projection.candidates
    ]


def test_scores_are_weighted_means_of_scores_and_first_places() -> None:
    projector = _combined({"a": [(0, 3, 0.9)]}, {"a": [(4, 7, 0.8), (0, 3, 0.6)]}, weights=(3.0, 1.0))
    projection = projector.project(_item())
    # (3 * 0.9 + 0.6) / 4 and agreement 3/4; 0.8 / 4 and agreement 1/4.
    assert _shown(projection) == [("a", 0, 3, 0.7875), ("a", 4, 7, 0.225), ("b", "no-link")]
    first, second = projection.candidates[:2]
    assert first.parts == {"m": 0.9, "n": 0.6, "agreement": 0.75, "disagreement": 0.25}
    assert second.parts == {"n": 0.8, "agreement": 0.25, "disagreement": 0.25}
    assert (first.rank, second.rank, first.probability) == (0, 1, None)


def test_spans_that_want_the_same_words_are_assigned_best_first() -> None:
    both = {"a": [(0, 3, 0.9), (4, 7, 0.3)], "b": [(0, 3, 0.6)]}
    projection = _combined(both, both, weights=(1.0, 1.0)).project(_item())
    assert _shown(projection)[0] == ("a", 0, 3, 0.95)
    assert _shown(projection)[-1] == ("b", "conflict")
    other = {"a": [(0, 3, 0.5), (4, 7, 0.45)], "b": [(0, 3, 0.9)]}
    projection = _combined(other, other, weights=(1.0, 1.0)).project(_item())
    assert [_shown(projection)[0][:3], _shown(projection)[2][:3]] == [("a", 4, 7), ("b", 0, 3)]


def test_a_member_that_fails_on_an_item_leaves_the_others() -> None:
    good = Fixed({"a": [(0, 3, 0.8)]}, links=(Link(0, 0),))
    projector = CombinedProjector({"bad": Fixed({}, fails_on="i"), "good": good}, CombinedSettings((1.0, 3.0)))
    failed, whole = projector.project_many([_item("i"), _item("j")])
    assert _shown(failed)[0] == ("a", 0, 3, 0.9)
    assert failed.candidates[0].parts == {"good": 0.8, "agreement": 1.0, "disagreement": 0.0, "failed": 0.25}
    assert _shown(whole)[0] == ("a", 0, 3, 0.675)
    assert failed.alignment == Alignment((Link(0, 0),))
    hopeless = CombinedProjector({"bad": Fixed({}, fails_on="i")}, CombinedSettings((1.0,)))
    with pytest.raises(EngineError, match="Cannot"):
        hopeless.project(_item("i"))


def test_weights_are_estimated_from_what_the_members_propose() -> None:
    def places(number: int) -> tuple[Places, Places, Places]:
        wrong = {"a": [(8, 10 + number % 3, 0.9)], "b": [(number % 2, 8, 0.9)]}
        right = {"a": [(0, 3, 0.9)], "b": [(4, 7, 0.9)]}
        return right, right, wrong

    class Numbered(OneByOne, Stateless):
        def __init__(self, choose: Callable[[int], Places]) -> None:
            self._choose = choose

        def project(self, item: Item) -> Projection:
            return Fixed(self._choose(int(item.id))).project(item)

    members = {f"m{voice}": Numbered(lambda number, voice=voice: places(number)[voice]) for voice in range(3)}
    projector = CombinedProjector(members)
    projector.fit(iter([_item(str(number)) for number in range(40)]), progress=lambda _: None)
    assert projector.weights is not None
    assert projector.weights["m0"] == projector.weights["m1"] == 1.0
    assert projector.weights["m2"] < 0.2


def _items() -> list[Item]:
    rows = [("Anna saw London.", "Anna sah London."), ("Bob left London.", "Bob verliess London.")] * 3
    return [
        Item(
            str(number),
            (Segment(src, "en", SOURCE), Segment(tgt, "de", TARGET)),
            (Span("LOC", (Interval(src.index("London"), len(src) - 1),), id="s"),),
        )
        for number, (src, tgt) in enumerate(rows)
    ]


def test_the_engine_builds_its_members_and_keeps_their_state(tmp_path: Path) -> None:
    engine = get_engine("combined")
    settings = engine.read_settings(
        {"members": "hmm:hmm_rounds=2;stem_letters=0, similarity, similarity:min_score=0.9"}
    )
    projector = engine.build(settings)
    with pytest.raises(EngineError, match="not learned yet"):
        projector.save(tmp_path / "model")
    items = _items()
    projector.fit(items, progress=lambda _: None)
    found = projector.project_many(items)
    assert {
        item.target.text[slice(*each.candidates[0].span.intervals[0])] for item, each in zip(items, found, strict=True)
    } == {"London"}
    assert {"hmm", "similarity", "similarity-2", "agreement", "disagreement"} == set(found[0].candidates[0].parts)
    projector.save(tmp_path / "model")
    loaded = engine.build(settings)
    loaded.load(tmp_path / "model")
    assert repr(loaded.project_many(items)) == repr(found)
    for members, fault in (
        ("hmm,similarity", "learned with stem_letters 0, not 4"),
        ("hmm:hmm_rounds=2;stem_letters=0,links", "model holds no usable state"),
    ):
        other = engine.build(engine.read_settings({"members": members}))
        with pytest.raises(EngineError, match=fault):
            other.load(tmp_path / "model")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ("hmm,magic", "'magic' cannot be a member"),
        ("combined", "'combined' cannot be a member"),
        ("", "'' cannot be a member"),
        ("hmm:fast", "'fast' of hmm has no value"),
        ("hmm:speed=3", "no setting 'speed'"),
        ("hmm:min_score=3", "outside 0 to 1"),
        ("embedding:model=/etc", "embedding cannot name a model here"),
    ],
)
def test_wrong_members_are_refused(members: str, message: str) -> None:
    engine = get_engine("combined")
    with pytest.raises(EngineError, match=message):
        engine.build(engine.read_settings({"members": members}))


def test_a_member_that_cannot_work_at_all_is_not_left_out_quietly() -> None:
    class Unloadable(Fixed):
        def project(self, item: Item) -> Projection:
            raise EngineError(Problem("bad-model", "It cannot be loaded.", "Give another."))

    members = {"m": Fixed({"a": [(0, 3, 0.9)]}), "n": Unloadable({})}
    projector = CombinedProjector(members, CombinedSettings(weights=(1.0, 1.0)))
    with pytest.raises(EngineError, match="cannot be loaded"):
        projector.project(_item())


def test_cost_and_versions_are_those_of_the_members() -> None:
    engine = get_engine("combined")
    settings = engine.read_settings({"members": "hmm,tagging,similarity", "model": "some"})
    members = [get_engine(name) for name in ("hmm", "tagging", "similarity")]
    assert [(member, given.get("model")) for member, given in engine.members(settings)] == [
        (members[0], None),
        (members[1], "some"),
        (members[2], None),
    ]
    assert engine.estimate_seconds(10, settings) == pytest.approx(sum(each.estimate_seconds(10) for each in members))
    assert {"torch", "rapidfuzz"} <= set(engine.list_versions(settings))
    assert "torch" not in engine.list_versions(engine.read_settings({}))
