"""The search over real models: against scoring every text, and through the engine."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
import torch
from tokenizers import pre_tokenizers
from transformers import AutoTokenizer

from projection.engines import get_engine
from projection.errors import EngineError
from projection.neural import LoadedModel, load_model
from projection.neural.scoring import score_ids
from projection.transfer.codec.scoring import ModelScores, bracket_ids, token_places
from projection.transfer.codec.search import search_by_depth, search_exactly
from projection.types import Interval, Item, Segment, Span
from tests.projection.tiny_seq2seq import save_m2m100, save_t5

SOURCE, TARGET = "Ada lives in Berlin", "in Berlin lebt Ada"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A T5 that learned where the brackets of two names go, with tokens that are words and signs."""
    torch.set_num_threads(1)
    path = save_t5(tmp_path_factory.mktemp("t5"), [*SOURCE.split(), *TARGET.split(), "[", "]"])
    tokenizer = AutoTokenizer.from_pretrained(path)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save_pretrained(path)
    _learn(path)
    return path


def _learn(folder: str) -> None:
    pairs = [
        (SOURCE, TARGET),
        ("[Ada] lives in Berlin", "in Berlin lebt [Ada]"),
        ("Ada lives in [Berlin]", "in [Berlin] lebt Ada"),
        ("Ada", "Ada"),
        ("Berlin", "Berlin"),
    ]
    torch.manual_seed(0)
    loaded = load_model(folder, task="seq2seq", device="cpu")
    model, tokenizer = loaded.model, loaded.tokenizer
    inputs = tokenizer([source for source, _ in pairs], padding=True, return_tensors="pt")
    labels = tokenizer([target for _, target in pairs], padding=True, return_tensors="pt")["input_ids"]
    labels[labels == tokenizer.pad_token_id] = -100
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    model.train()
    for _ in range(300):
        loss = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1
    model.save_pretrained(folder)


@pytest.fixture(scope="module")
def loaded(folder: str) -> LoadedModel:
    return load_model(folder, task="seq2seq", device="cpu")


def test_the_search_equals_scoring_every_text_with_brackets(loaded: LoadedModel) -> None:
    source = loaded.tokenizer("[Ada] lives in Berlin")["input_ids"]
    target = loaded.tokenizer(TARGET)["input_ids"]
    brackets = bracket_ids(loaded.tokenizer)
    assert loaded.tokenizer.convert_ids_to_tokens(list(brackets)) == ["[", "]"]
    expected = {}
    for start, end in combinations(range(len(target)), 2):
        text = [*target[:start], brackets.opening, *target[start:end], brackets.closing, *target[end:]]
        expected[start, end] = score_ids(loaded, [source], [text])[0].total
    best = sorted(expected, key=lambda place: -expected[place])
    for found in (
        search_exactly(ModelScores(loaded, source, target, brackets), range(5), n_best=10),
        search_by_depth(ModelScores(loaded, source, target, brackets), range(5), n_best=10, future_steps=-1),
    ):
        assert [(each.start, each.end) for each in found] == best
        for each in found:
            assert each.score == pytest.approx(expected[each.start, each.end], abs=1e-4)
    # in Berlin lebt [Ada]
    assert best[0] == (3, 4)


@pytest.mark.parametrize("future_steps", [-1, 1])
def test_the_engine_puts_the_brackets_where_the_model_learned_them(folder: str, future_steps: int) -> None:
    engine = get_engine("codec")
    given = {"model": folder, "device": "cpu", "future_steps": future_steps, "threshold": 0.001, "seed": 0.002}
    projector = engine.build(engine.read_settings(given))
    item = _item(SOURCE, TARGET, PER="Ada", LOC="Berlin")
    found = projector.project(item).candidates
    best = {each.source_id: each.span.surface(TARGET) for each in found if each.rank == 0 and each.span}
    assert best == {"PER": "Ada", "LOC": "Berlin"}
    ada = [each for each in found if each.source_id == "PER"]
    assert [each.rank for each in ada] == list(range(len(ada)))
    assert ada[0].parts["similarity"] == 1.0
    assert ada[0].score >= max(each.score for each in ada)


def _item(source: str, target: str, **spans: str) -> Item:
    def words(text: str) -> tuple[Interval, ...]:
        starts = [index for index, char in enumerate(text) if char != " " and (index == 0 or text[index - 1] == " ")]
        return tuple(Interval(start, (text + " ").index(" ", start)) for start in starts)

    segments = (
        Segment(source, "en", "source", tokens=words(source)),
        Segment(target, "de", "target", tokens=words(target)),
    )
    found = [
        Span(label, (Interval(source.index(surface), source.index(surface) + len(surface)),), id=label)
        for label, surface in spans.items()
    ]
    return Item("1", segments, tuple(found))


def test_a_model_without_brackets_is_refused(tmp_path: Path) -> None:
    folder = save_m2m100(tmp_path / "m2m", n_positions=32)
    engine = get_engine("codec")
    projector = engine.build(engine.read_settings({"model": folder, "device": "cpu"}))
    with pytest.raises(EngineError, match="does not know the brackets"):
        projector.project(_item("London is far", "London jest daleko", LOC="London"))


def test_texts_that_do_not_fit_come_back_with_a_reason(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = get_engine("codec")
    projector = engine.build(engine.read_settings({"model": folder, "device": "cpu"}))
    monkeypatch.setattr(projector._loaded.model.config, "max_position_embeddings", 6, raising=False)
    item = _item("Ada lives in Berlin", TARGET, PER="Ada")
    assert [each.reason for each in projector.project(item).candidates] == ["text-too-long"]


def test_places_of_tokens_cover_the_words_of_the_text(loaded: LoadedModel) -> None:
    ids = loaded.tokenizer(TARGET)["input_ids"]
    places = token_places(loaded.tokenizer, TARGET, ids)
    assert [TARGET[start:end] for start, end in places] == ["in", "Berlin", "lebt", "Ada", ""]


def test_an_unknown_token_reaches_up_to_the_next_known_one(loaded: LoadedModel) -> None:
    text = "in Wien lebt Ada"
    ids = loaded.tokenizer(text)["input_ids"]
    places = token_places(loaded.tokenizer, text, ids)
    assert [text[start:end].strip() for start, end in places] == ["in", "Wien", "lebt", "Ada", ""]


def test_pieces_of_sentencepiece_are_found_one_after_the_other(tmp_path: Path) -> None:
    folder = save_m2m100(tmp_path / "m2m")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = "London is far from the sea , London is near"
    ids = tokenizer(text)["input_ids"]
    places = token_places(tokenizer, text, ids)
    assert [place.start_char for place in places] == sorted(place.start_char for place in places)
    covered = "".join(text[start:end] for start, end in places).replace(" ", "")
    assert covered == text.replace(" ", "")
