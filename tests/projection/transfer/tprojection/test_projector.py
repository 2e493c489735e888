"""The projector: what it learns, keeps and hands back, with recorded proposals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from projection.engines.tprojection import link_learner
from projection.errors import EngineError
from projection.projectors.tprojection import TProjectionProjector, TProjectionSettings
from projection.transfer.tprojection.improved import SelectionSettings
from projection.transfer.tprojection.proposers import Proposed, RecordedProposer, RecordedScorer, Request
from projection.types import SOURCE, TARGET, Interval, Item, Segment, Span
from tests.projection.transfer.tprojection.sentences import make_item, surfaces

ITEMS = [
    make_item("Ada lives in Rome", "Ada vive en Roma", [("PER", 0, 1), ("LOC", 3, 4)], name="1"),
    make_item("Rome is old", "Roma es vieja", [("LOC", 0, 1)], name="2"),
    make_item("nothing here", "nada aquí", [], name="3"),
]
PROPOSER = RecordedProposer(
    {"1": ("<Person>Ada</Person><Location>Roma</Location>",), "2": ("<Location>Roma</Location>",)}
)
SCORES = {("Rome", "Roma"): 0.9, ("Ada", "Ada"): 1.0}
QUIET = TProjectionSettings(selection=SelectionSettings(n_grams="never"))
PUBLISHED = TProjectionSettings(mode="published")


def make(settings: TProjectionSettings = QUIET, *, links: bool = False) -> TProjectionProjector:
    aligned = link_learner() if links else None
    return TProjectionProjector(PROPOSER, RecordedScorer(SCORES), settings, aligned=aligned)


def texts(projector: TProjectionProjector, items: Sequence[Item]) -> list[list[str]]:
    return [
        surfaces(found.candidates, item.target.text)
        for item, found in zip(items, projector.project_many(items), strict=True)
    ]


@pytest.mark.parametrize("settings", [QUIET, PUBLISHED])
@pytest.mark.parametrize("links", [False, True])
def test_what_was_learned_survives_a_restart(tmp_path: Path, settings: TProjectionSettings, links: bool) -> None:
    projector = make(settings, links=links)
    shares: list[float] = []
    projector.fit(iter(ITEMS), progress=shares.append)
    projector.save(tmp_path / "state")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    restarted = make(settings, links=links)
    restarted.load(tmp_path / "state")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert restarted.project_many(ITEMS) == projector.project_many(ITEMS)
    assert texts(projector, ITEMS) == [["Ada", "Roma"], ["Roma"], []]
    assert bool(projector.project(ITEMS[0]).alignments) is links
    assert shares[-1] == 1.0


def test_whether_signs_count_is_learned_from_all_items_and_kept(tmp_path: Path) -> None:
    signs = make_item("U . N . met", "la O . N . U .", [("ORG", 0, 4)], name="4")
    projector = make(PUBLISHED)
    projector.fit([*ITEMS, signs], progress=lambda _: None)
    projector.save(tmp_path / "state")
    restarted = make(PUBLISHED)
    restarted.load(tmp_path / "state")
    assert (projector._strip_signs, restarted._strip_signs) == (False, False)
    projector.fit(ITEMS, progress=lambda _: None)
    assert projector._strip_signs


def test_a_missing_state_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no usable model"):
        make().load(tmp_path / "state")
    with pytest.raises(EngineError, match="has not learned"):
        make(links=True).project(ITEMS[0])


class Unreadable:
    """Stands for a model that can take no sentence, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def propose(self, requests: Sequence[Request]) -> list[Proposed]:
        self.asked += requests
        return [Proposed(reason="text-too-long") for _ in requests]


def test_sentences_that_the_model_cannot_read_are_reported() -> None:
    proposer = Unreadable()
    projector = TProjectionProjector(proposer, None, QUIET)
    assert texts(projector, ITEMS) == [["text-too-long"] * 2, ["text-too-long"], []]
    assert [(request.item_id, request.labels) for request in proposer.asked] == [("1", ("PER", "LOC")), ("2", ("LOC",))]
    _, scores, problems = projector.record(ITEMS)
    assert (scores.by_pair, [problem.item_id for problem in problems]) == ({}, ["1", "2"])
    published = TProjectionProjector(Unreadable(), RecordedScorer(SCORES), PUBLISHED)
    assert texts(published, ITEMS[1:]) == [["text-too-long"], []]
    with_n_grams = TProjectionProjector(Unreadable(), None)
    assert texts(with_n_grams, ITEMS) == [["Ada", "Roma"], ["Roma"], []]


def test_the_scorer_is_asked_once_for_each_pair_of_languages() -> None:
    class Counting:
        def __init__(self) -> None:
            self.asked: list[tuple[str, str, list[tuple[str, str]]]] = []

        def score(
            self, pairs: Iterable[tuple[str, str]], *, src_lang: str, tgt_lang: str
        ) -> Mapping[tuple[str, str], float]:
            self.asked.append((src_lang, tgt_lang, list(pairs)))
            return SCORES

    scorer = Counting()
    TProjectionProjector(PROPOSER, scorer, QUIET).project_many(ITEMS)
    assert scorer.asked == [("en", "es", [("Ada", "Ada"), ("Rome", "Roma")])]


def test_spans_without_a_target_segment_and_out_of_text_order() -> None:
    item = ITEMS[0]
    lone = Item("5", (Segment("Rome", "en", SOURCE),), (Span("LOC", (Interval(0, 4),), id="s1"),))
    assert [found.reason for found in make().project(lone).candidates] == ["no-target-segment"]
    swapped = replace(item, spans=item.spans[::-1])
    found = make().project(swapped)
    assert surfaces(found.candidates, item.target.text) == ["Roma", "Ada"]


def test_several_segments_of_one_item_stay_apart() -> None:
    question = [Segment("who is Ada", "en", SOURCE, "question"), Segment("quién es Ada", "es", TARGET, "question")]
    item = replace(ITEMS[0], segments=(*ITEMS[0].segments, *question))
    item = replace(item, spans=(*item.spans, Span("PER", (Interval(7, 10),), segment=2, id="s9")))
    found = {each.source_id: each.span for each in make().project(item).candidates if each.rank == 0}
    assert {key: span.segment for key, span in found.items()} == {"s1": 1, "s2": 1, "s9": 3}
