"""A model learns to copy names into tags and projects the labels of sentences of an invented language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch

from projection.engines import get_engine
from projection.errors import EngineError
from projection.neural import load_model
from projection.projectors import Projection
from projection.projectors.tprojection import SelectionMode, TProjectionProjector, TProjectionSettings
from projection.transfer.tprojection.improved import SelectionSettings
from projection.transfer.tprojection.proposers import RecordedProposer, RecordedScorer
from projection.transfer.tprojection.training import (
    Example,
    TrainingReport,
    TrainingSettings,
    make_examples,
    save_proposer,
    train_proposer,
)
from projection.types import Item
from tests.projection.tiny_seq2seq import save_t5
from tests.projection.transfer.tprojection.invented import NAMES, VOCABULARY, labelled_items, pair_items

HELD_OUT = pair_items(40, seed=2)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, TrainingReport]:
    """The folder of a model that learned from labelled sentences of the source language alone."""
    folder = tmp_path_factory.mktemp("proposer")
    loaded = load_model(save_t5(folder / "raw", VOCABULARY), task="seq2seq", device="cpu")
    report = train_proposer(
        loaded,
        make_examples(labelled_items(800, seed=1)),
        lang="en",
        labels=["PER", "LOC"],
        settings=TrainingSettings(learning_rate=1e-2, warmup_steps=20, epochs=8, batch_size=16),
    )
    save_proposer(loaded, folder / "trained")
    return str(folder / "trained"), report


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a model that translates names, that is, copies them."""
    folder = tmp_path_factory.mktemp("scorer")
    loaded = load_model(save_t5(folder / "raw", VOCABULARY, seed=3), task="seq2seq", device="cpu")
    examples = [Example(name, name, name) for name in NAMES]
    settings = TrainingSettings(learning_rate=1e-2, warmup_steps=10, epochs=60, batch_size=len(NAMES))
    train_proposer(loaded, examples, lang="en", labels=[], settings=settings)
    save_proposer(loaded, folder / "trained")
    return str(folder / "trained")


def project(model: str, **given: object) -> list[Projection]:
    engine = get_engine("tprojection")
    settings = {"model": model, "n_beams": 5, "max_length": 32, "n_grams": "never", "device": "cpu", **given}
    projector = engine.build(engine.read_settings(settings))
    projector.fit(HELD_OUT, progress=lambda _: None)
    return projector.project_many(HELD_OUT)


def share_right(items: Sequence[Item], found: Sequence[Projection]) -> float:
    """Share of the source spans whose first candidate is the same name in the target."""
    right = [
        candidate.span is not None and candidate.span.surface(item.target.text) == source[candidate.source_id]
        for item, projection in zip(items, found, strict=True)
        for source in [{span.id: span.surface(item.source.text) for span in item.spans}]
        for candidate in projection.candidates
        if candidate.rank == 0
    ]
    return sum(right) / len(right)


def test_the_training_reports_what_it_did(trained: tuple[str, TrainingReport]) -> None:
    _, report = trained
    assert (report.n_examples, report.n_steps, report.n_new_tokens, report.problems) == (800, 400, 4, ())
    assert len(report.losses) == 8
    assert report.losses[-1] < 0.25 < report.losses[0]


def test_the_model_projects_held_out_sentences_by_its_own_proposals(trained: tuple[str, TrainingReport]) -> None:
    found = project(trained[0])
    assert share_right(HELD_OUT, found) >= 0.95
    first = next(candidate for candidate in found[0].candidates if candidate.rank == 0)
    assert {"proposed", "similarity", "aligned"} <= set(first.parts)
    assert found[0].alignments
    assert share_right(HELD_OUT, project(trained[0], links="no")) >= 0.95


def test_an_untrained_model_proposes_nothing_of_use(tmp_path: Path) -> None:
    found = project(save_t5(tmp_path, VOCABULARY))
    assert share_right(HELD_OUT, found) == 0.0
    assert {candidate.reason for each in found for candidate in each.candidates} == {"not-in-target"}
    # Word sequences of the target take the place of proposals, scored by spelling and links.
    assert share_right(HELD_OUT, project(save_t5(tmp_path, VOCABULARY), n_grams="missing")) >= 0.95


@pytest.mark.parametrize("mode", ["improved", "published"])
def test_a_translation_model_scores_the_proposals(trained: tuple[str, TrainingReport], scorer: str, mode: str) -> None:
    found = project(trained[0], scorer=scorer, mode=mode, links="no", link_weight=0.0)
    assert share_right(HELD_OUT, found) >= 0.95
    right = [candidate for each in found for candidate in each.candidates if candidate.rank == 0 and candidate.span]
    assert min(candidate.parts["translation"] for candidate in right if candidate.score > 0.5) > 0.9
    wrong = [candidate for each in found for candidate in each.candidates if candidate.rank == 1]
    assert max(candidate.score for candidate in wrong) < 0.9


@pytest.mark.parametrize("mode", ["improved", "published"])
def test_recorded_proposals_and_scores_give_the_same(
    trained: tuple[str, TrainingReport], scorer: str, mode: SelectionMode
) -> None:
    engine = get_engine("tprojection")
    given = {"model": trained[0], "scorer": scorer, "n_beams": 5, "max_length": 32, "device": "cpu"}
    projector = engine.build(engine.read_settings({**given, "mode": mode, "links": "no", "n_grams": "never"}))
    projector.fit(HELD_OUT, progress=lambda _: None)
    records, scores, problems = projector.record(HELD_OUT)
    assert problems == []
    settings = TProjectionSettings(mode, SelectionSettings(n_grams="never"))
    recorded = TProjectionProjector(RecordedProposer.of(records), RecordedScorer(scores.by_pair), settings)
    recorded.fit(HELD_OUT, progress=lambda _: None)
    assert recorded.project_many(HELD_OUT) == projector.project_many(HELD_OUT)


def test_items_one_by_one_give_the_same(trained: tuple[str, TrainingReport]) -> None:
    engine = get_engine("tprojection")
    settings = {"model": trained[0], "n_beams": 3, "max_length": 32, "device": "cpu"}
    projector = engine.build(engine.read_settings(settings))
    items = HELD_OUT[:5]
    projector.fit(items, progress=lambda _: None)
    together = projector.project_many(items)
    assert [projector.project(item) for item in items] == together


def test_the_published_mode_needs_a_scorer() -> None:
    with pytest.raises(EngineError, match="needs a translation model"):
        project("model", mode="published")


def test_a_folder_without_a_model_is_an_error_when_it_is_used(tmp_path: Path) -> None:
    engine = get_engine("tprojection")
    projector = engine.build(engine.read_settings({"model": str(tmp_path)}))
    projector.fit(HELD_OUT[:1], progress=lambda _: None)
    with pytest.raises(EngineError) as caught:
        projector.project(HELD_OUT[0])
    assert caught.value.problem.code == "bad-model"
