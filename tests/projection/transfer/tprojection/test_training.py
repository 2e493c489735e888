"""Training pairs, the learning rate and what is left out; the learning itself is in test_end_to_end.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from projection.errors import EngineError
from projection.neural import LoadedModel, load_model
from projection.transfer.tprojection.training import (
    Example,
    TrainingSettings,
    add_tags,
    make_examples,
    rate_factor,
    save_proposer,
    train_proposer,
)
from tests.projection.tiny_seq2seq import save_t5
from tests.projection.transfer.tprojection.sentences import make_item

EXAMPLE = Example("Ada sleeps <Person>[None]</Person>", "<Person>Ada</Person>", "1")
ONE_STEP = TrainingSettings(epochs=1, batch_size=2, learning_rate=1e-3)


@pytest.fixture
def t5(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tmp_path_factory.mktemp("t5")
    return load_model(save_t5(folder, ["Ada", "sleeps", "[None]"], n_layers=1), task="seq2seq", device="cpu")


def test_examples_are_sentences_with_themselves_in_text_order() -> None:
    item = make_item("Ada saw Rome , and Bo", "x", [("LOC", 2, 3), ("PER", 0, 1), ("PER", 5, 6)])
    unlabelled = make_item("nobody here", "x", [], name="2")
    assert make_examples([item, unlabelled]) == [
        Example(
            "Ada saw Rome , and Bo <Person>[None]</Person><Location>[None]</Location><Person>[None]</Person>",
            "<Person>Ada</Person><Location>Rome</Location><Person>Bo</Person>",
            "1",
        )
    ]


def test_examples_of_untokenised_text_are_tokenised_as_at_projection() -> None:
    item = make_item("Ada left.", "x", [("PER", 0, 1)])
    bare = replace(item, segments=(replace(item.segments[0], tokens=()), item.segments[1]))
    assert make_examples([bare])[0].source == "Ada left . <Person>[None]</Person>"


def test_tags_become_single_tokens_once(t5: LoadedModel) -> None:
    n_before = t5.model.get_input_embeddings().num_embeddings
    assert add_tags(t5, ["PER", "LOC"]) == 4
    assert add_tags(t5, ["LOC"]) == 0
    assert t5.tokenizer.tokenize(EXAMPLE.source) == ["Ada", "sleeps", "<Person>", "[None]", "</Person>"]
    assert t5.model.get_input_embeddings().num_embeddings == n_before + 4


def test_the_rate_rises_and_falls() -> None:
    factor = rate_factor(100, 4)
    assert [factor(step) for step in (0, 1, 3, 4)] == [0.25, 0.5, 1.0, 1.0]
    assert factor(52) == pytest.approx(0.5)
    assert factor(100) == pytest.approx(0.0)
    # 500 steps of warming up are a tenth of a short training.
    assert rate_factor(20, 500)(1) == 1.0


def test_long_examples_are_left_out_and_named(t5: LoadedModel) -> None:
    long = Example(f"{'Ada ' * 20}<Person>[None]</Person>", "<Person>Ada</Person>", "long one")
    settings = replace(ONE_STEP, max_length=10)
    report = train_proposer(t5, [EXAMPLE, long], lang="en", labels=["PER"], settings=settings)
    assert (report.n_examples, report.n_steps) == (1, 1)
    assert [(problem.code, problem.item_id) for problem in report.problems] == [("text-too-long", "long one")]
    assert "24 tokens, more than 10" in report.problems[0].message
    assert not t5.model.training


@pytest.mark.parametrize("examples", [[], [EXAMPLE]])
def test_nothing_to_learn_from_is_an_error(t5: LoadedModel, examples: list[Example]) -> None:
    with pytest.raises(EngineError) as caught:
        train_proposer(t5, examples, lang="en", labels=["PER"], settings=replace(ONE_STEP, max_length=2))
    assert caught.value.problem.code == "no-examples"


def test_a_loss_that_is_not_finite_is_an_error(t5: LoadedModel) -> None:
    t5.model.get_input_embeddings().weight.data.fill_(float("nan"))
    with pytest.raises(EngineError) as caught:
        train_proposer(t5, [EXAMPLE], lang="en", labels=["PER"], settings=ONE_STEP)
    assert caught.value.problem.code == "bad-training"


def test_the_same_seed_gives_the_same_model(tmp_path_factory: pytest.TempPathFactory) -> None:
    files = []
    for _ in range(2):
        folder = tmp_path_factory.mktemp("t5")
        loaded = load_model(save_t5(folder, ["Ada", "sleeps"], n_layers=1), task="seq2seq", device="cpu")
        shares: list[float] = []
        settings = replace(ONE_STEP, epochs=2)
        examples = [EXAMPLE, EXAMPLE._replace(source=f"sleeps {EXAMPLE.source}"), EXAMPLE]
        train_proposer(loaded, examples, lang="en", labels=["PER"], settings=settings, progress=shares.append)
        save_proposer(loaded, folder / "trained")
        files.append((folder / "trained" / "model.safetensors").read_bytes())
        assert shares == [0.25, 0.5, 0.75, 1.0]
    assert files[0] == files[1]
    assert load_model(str(folder / "trained"), task="seq2seq").tokenizer.tokenize("<Person>Ada</Person>") == [
        "<Person>",
        "Ada",
        "</Person>",
    ]
