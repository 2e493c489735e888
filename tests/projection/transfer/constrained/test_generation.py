"""Real models under the automaton: they cannot change the text, and their likeliest tagging is found."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from projection.engines import get_engine
from projection.errors import EngineError
from projection.neural import LoadedModel, load_model
from projection.neural.scoring import score_ids
from projection.text import tokenize
from projection.transfer.constrained.automaton import TaggedSpan
from projection.transfer.constrained.generation import tag_ids, tag_words, word_ids
from projection.types import Interval, Item, Segment, Span
from tests.projection.tiny_causal import save_gpt2
from tests.projection.tiny_seq2seq import save_t5

WORDS = ["Ada", "lives", "in", "Berlin", "lebt", "->", "<LOC>", "</LOC>", "<PER>", "</PER>"]


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    torch.set_num_threads(1)
    folder = save_t5(tmp_path_factory.mktemp("t5"), WORDS, n_hidden=16)
    return load_model(folder, task="seq2seq", device="cpu")


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = save_gpt2(tmp_path_factory.mktemp("gpt2"))
    return load_model(folder, task="causal", device="cpu")


def test_the_best_tagging_is_that_of_an_exhaustive_search(t5: LoadedModel) -> None:
    words, labels = ["Ada", "lebt", "in", "Berlin"], ["LOC", "PER"]
    found = tag_words(t5, "Ada lives in Berlin", words, labels, max_spans=1, n_beams=40)
    prompt = t5.tokenizer("Ada lives in Berlin")["input_ids"]
    scores = {}
    for spans, ids in _all_taggings(t5, words, labels):
        scores[spans] = score_ids(t5, [prompt], [ids])[0].total
    assert len(scores) == 1 + 2 * 10
    best = sorted(scores, key=lambda spans: -scores[spans])
    assert [tagging.spans for tagging in found[:10]] == best[:10]
    for tagging in found:
        assert tagging.log_prob == pytest.approx(scores[tagging.spans], abs=1e-4)


def _all_taggings(
    loaded: LoadedModel, words: list[str], labels: list[str]
) -> Iterator[tuple[tuple[TaggedSpan, ...], list[int]]]:
    """Every tagging with at most one span, and its token ids."""
    ids, tags, end = word_ids(loaded, words), tag_ids(loaded, labels), loaded.tokenizer.eos_token_id
    yield (), [*itertools.chain(*ids), end]
    for label in labels:
        for start, stop in itertools.combinations(range(len(words) + 1), 2):
            inside = itertools.chain(tags.opening[label], *ids[start:stop], tags.closing[label])
            yield (
                (TaggedSpan(label, start, stop),),
                [*itertools.chain(*ids[:start]), *inside, *itertools.chain(*ids[stop:]), end],
            )


TEXTS = [
    "Ada lives in Berlin",
    "Владимир Путин в Берлине",
    "<LOC> is no </LOC> tag here",
    "a\u0301 👩‍🚀 ภาษาไทย",
    "x",
    "שלום עולם , مرحبا",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_causal_model_cannot_change_the_text(gpt2: LoadedModel, text: str) -> None:
    words = text.split()
    found = tag_words(gpt2, "say it again: ", words, ["LOC", "PER"], max_spans=2, n_beams=6)
    assert found
    assert [tagging.log_prob for tagging in found] == sorted((each.log_prob for each in found), reverse=True)
    for tagging in found:
        assert len(tagging.spans) <= 2
        assert all(0 <= span.start < span.end <= len(words) for span in tagging.spans)
    # The tokens of the words, put together, are the text itself.
    ids = list(itertools.chain(*word_ids(gpt2, words)))
    assert gpt2.tokenizer.decode(ids, clean_up_tokenization_spaces=False) == " ".join(words)


def test_texts_that_do_not_fit_are_refused_never_cut(gpt2: LoadedModel) -> None:
    with pytest.raises(EngineError, match="takes 256"):
        tag_words(gpt2, "go", ["Berlin"] * 300, ["LOC"], max_spans=1, n_beams=2)


def _item(source: str, target: str, **spans: str) -> Item:
    segments = (
        Segment(source, "en", "source", tokens=tokenize(source, lang="en")),
        Segment(target, "de", "target", tokens=tokenize(target, lang="de")),
    )
    found = [
        Span(label, (Interval(source.index(surface), source.index(surface) + len(surface)),), id=label)
        for label, surface in spans.items()
    ]
    return Item("1", segments, tuple(found))


@pytest.mark.parametrize("prompt", ["example", "tags"])
def test_the_engine_gives_every_source_span_candidates_or_a_reason(
    t5: LoadedModel, gpt2: LoadedModel, prompt: str
) -> None:
    item = _item("Ada lives in Berlin", "Ada lebt in Berlin", PER="Ada", LOC="Berlin")
    for architecture, loaded in (("seq2seq", t5), ("causal", gpt2)):
        engine = get_engine("tagging")
        given = {"model": loaded.name, "architecture": architecture, "prompt": prompt, "n_beams": 8, "device": "cpu"}
        projector = engine.build(engine.read_settings(given))
        found = projector.project(item).candidates
        assert {candidate.source_id for candidate in found} == {"PER", "LOC"}
        for candidate in found:
            assert (candidate.span is None) == (candidate.reason in ("not-tagged", "conflict"))
            if candidate.span:
                assert candidate.span.label == candidate.source_id
                assert 0 <= candidate.score <= candidate.parts["beams"] <= 1


def test_a_model_that_prefers_a_tagging_projects_it(tmp_path: Path) -> None:
    """A model whose output layer knows one text only writes that one."""
    folder = save_t5(tmp_path, WORDS, n_hidden=16)
    _learn(folder, "Ada lives in Berlin -> <PER> Ada </PER> lives in <LOC> Berlin </LOC> Ada lebt in Berlin ->")
    engine = get_engine("tagging")
    projector = engine.build(engine.read_settings({"model": folder, "device": "cpu"}))
    item = _item("Ada lives in Berlin", "Ada lebt in Berlin", PER="Ada", LOC="Berlin")
    best = {found.source_id: found for found in projector.project(item).candidates if found.rank == 0}
    surfaces = {name: found.span.surface(item.target.text) for name, found in best.items() if found.span}
    assert surfaces == {"PER": "Ada", "LOC": "Berlin"}
    assert min(found.score for found in best.values()) > 0.8


def _learn(folder: str, prompt: str) -> None:
    torch.manual_seed(0)
    loaded = load_model(folder, task="seq2seq", device="cpu")
    model, tokenizer = loaded.model, loaded.tokenizer
    inputs = torch.tensor([tokenizer(prompt)["input_ids"]])
    labels = torch.tensor([tokenizer("<PER> Ada </PER> lebt in <LOC> Berlin </LOC>")["input_ids"]])
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02)
    model.train()
    for _ in range(600):
        loss = model(input_ids=inputs, labels=labels).loss
        if loss.item() < 0.005:
            break
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert np.exp(-loss.item()) > 0.95
    model.save_pretrained(folder)
