from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer, ByT5Tokenizer

from projection.align.embedding import (
    EmbeddingAligner,
    MatchSettings,
    SentenceVectors,
    WordEncoder,
    align_vectors,
)
from projection.align.encoder import load_encoder
from projection.align.subwords import Subwords, Window, WordTokenizer, make_windows
from projection.errors import EngineError
from tests.projection.tiny_encoder import save_bert, save_mt5, save_xlmr

MAKERS: dict[str, Callable[[Path], str]] = {"bert": save_bert, "xlmr": save_xlmr, "mt5": save_mt5}
SENTENCES = [["ab", "c"], [], ["hello", "this", "is", "longer"], ["x"], ["words", "in", "between"]]


@pytest.fixture(scope="module", params=MAKERS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return MAKERS[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_bert(tmp_path_factory.mktemp("bert"), n_positions=40)


def _whole(folder: str, text: str) -> list[np.ndarray]:
    """All hidden states of the whole model, without special tokens."""
    model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    if model.config.is_encoder_decoder:
        model = model.get_encoder()
    given = tokenizer(text, return_tensors="pt")
    with torch.inference_mode():
        states = model(given["input_ids"], attention_mask=given["attention_mask"], output_hidden_states=True)
    return [state[0, 1:-1].numpy() for state in states.hidden_states]


# ------------------------------------------------------------------------------------------------------------ layers


@pytest.mark.parametrize(("layer", "n_run"), [(0, 1), (1, 1), (2, 2), (3, 3), (-1, 3), (-2, 2), (-4, 1)])
def test_a_layer_is_that_of_the_whole_model_and_no_more_layers_are_run(folder: str, layer: int, n_run: int) -> None:
    encoder = load_encoder(folder, layer=layer, device="cpu")
    assert encoder.n_layers == n_run
    found = WordEncoder(lambda: encoder).encode([["hello", "ab"]])[0]
    np.testing.assert_allclose(found.vectors, _whole(folder, "hello ab")[layer], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layer", [4, -5])
def test_a_layer_that_the_model_does_not_have_is_refused(bert: str, layer: int) -> None:
    with pytest.raises(EngineError, match=rf"has 3 layers, not {layer}. Give a layer from 0 to 3, or -1 for the last"):
        load_encoder(bert, layer=layer, device="cpu")


def test_a_model_whose_layers_are_no_list_is_run_whole(bert: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projection.align.encoder._find_layers", lambda *_: None)
    encoder = load_encoder(bert, layer=1, device="cpu")
    assert encoder.n_layers == 3
    found = WordEncoder(lambda: encoder).encode([["hello", "ab"]])[0]
    np.testing.assert_allclose(found.vectors, _whole(bert, "hello ab")[1], rtol=1e-4, atol=1e-5)


def test_a_missing_gpu_is_said(bert: str) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(EngineError, match="no usable GPU"):
        load_encoder(bert, layer=1, device="cuda")


# ---------------------------------------------------------------------------------------------------------- subwords


def test_subwords_know_their_words(bert: str) -> None:
    tokenizer = WordTokenizer(AutoTokenizer.from_pretrained(bert))
    # A zero-width blank is dropped by the tokenizer; a word with a blank inside stays one word.
    found, empty = tokenizer.split_many([["ab", "\u200b", "c d", "."], []])
    assert found.words == (0, 0, 2, 2, 3)
    assert empty == Subwords((), ())
    assert (len(tokenizer.prefix), len(tokenizer.suffix)) == (1, 1)


@pytest.mark.parametrize("maker", MAKERS)
def test_subwords_are_those_of_the_tokenizer_for_split_words(maker: str, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(MAKERS[maker](tmp_path))
    words = ["hello", "wörld", "x"]
    found = WordTokenizer(tokenizer).split_many([words])[0]
    expected = tokenizer(words, is_split_into_words=True, add_special_tokens=False)
    assert list(found.ids) == expected["input_ids"]
    assert list(found.words) == expected.word_ids()


def test_a_mark_of_a_words_beginning_goes_with_the_word(tmp_path: Path) -> None:
    # "ж" is unknown, so "▁" stands alone before it.
    found = WordTokenizer(AutoTokenizer.from_pretrained(save_xlmr(tmp_path))).split_many([["a", "ж", "b"]])[0]
    assert found.words == (0, 1, 1, 2)


def test_slow_tokenizers_are_asked_word_by_word() -> None:
    tokenizer = WordTokenizer(ByT5Tokenizer())
    assert tokenizer.split_many([["ab", "", "é"]]) == [Subwords((100, 101, 198, 172), (0, 0, 2, 2))]
    assert (tokenizer.prefix, tokenizer.suffix) == ([], [1])


def test_windows_worked_by_hand() -> None:
    assert make_windows(0, capacity=8, overlap=2) == []
    assert make_windows(8, capacity=8, overlap=2) == [Window(0, 8, 0, 8)]
    # Starts 0, 6 and 9 (so that the last window is full); cuts in the middle of 6 to 8 and of 9 to 14.
    assert make_windows(17, capacity=8, overlap=2) == [Window(0, 8, 0, 7), Window(6, 14, 7, 11), Window(9, 17, 11, 17)]


@pytest.mark.parametrize("n_subwords", range(1, 60))
def test_windows_answer_for_each_subword_once_and_not_at_their_edges(n_subwords: int) -> None:
    windows = make_windows(n_subwords, capacity=12, overlap=4)
    assert [place for window in windows for place in range(window.keep_start, window.keep_end)] == [*range(n_subwords)]
    for window in windows:
        assert window.end - window.start == min(12, n_subwords)
        assert window.start == 0 or window.keep_start - window.start >= 2
        assert window.end == n_subwords or window.end - window.keep_end >= 2


# ------------------------------------------------------------------------------------------------------------ batches


def test_sorted_batches_give_what_single_sentences_give(folder: str) -> None:
    encoder = load_encoder(folder, layer=2, device="cpu")
    together = WordEncoder(lambda: encoder, batch_size=2).encode(SENTENCES)
    alone = [WordEncoder(lambda: encoder).encode([words])[0] for words in SENTENCES]
    for one, other, words in zip(together, alone, SENTENCES, strict=True):
        assert one.words == other.words
        assert one.n_words == len(words)
        assert len(one.vectors) == len(one.words)
        np.testing.assert_allclose(one.vectors, other.vectors.reshape(one.vectors.shape), rtol=1e-4, atol=1e-5)


def test_long_inputs_are_read_to_their_end(folder: str) -> None:
    encoder = load_encoder(folder, layer=2, device="cpu")
    words = [f"{'abcdefghij'[number % 10]}{'klmn'[number % 4]}" for number in range(2000)]
    short = ["ab", "c"]
    long, found = WordEncoder(lambda: encoder).encode([words, short])
    assert set(long.words) == set(range(2000))
    assert len(long.vectors) == len(long.words) >= 2 * len(words)
    assert np.isfinite(long.vectors).all()
    assert np.abs(long.vectors).sum(axis=1).min() > 0
    np.testing.assert_allclose(
        found.vectors, WordEncoder(lambda: encoder).encode([short])[0].vectors, rtol=1e-4, atol=1e-5
    )


def test_a_window_gives_what_the_model_gives_for_its_text(bert: str) -> None:
    encoder = load_encoder(bert, layer=2, device="cpu")
    assert encoder.capacity == 40
    words = ["abcdefghijklmnopqrstuvwxyz"[number % 26] for number in range(100)]
    found = WordEncoder(lambda: encoder).encode([words])[0].vectors
    # Windows of 38 subwords begin at 0, 29, 58 and 62; the second answers for 33 (between 29 and 38) to 62.
    np.testing.assert_allclose(found[33:62], _whole(bert, " ".join(words[29:67]))[2][4:33], rtol=1e-4, atol=1e-5)


def test_positions_of_models_that_count_from_their_padding_are_not_exceeded(tmp_path: Path) -> None:
    assert load_encoder(save_xlmr(tmp_path), layer=1, device="cpu").capacity == 38


# -------------------------------------------------------------------------------------------------------------- links


def _vectors(*rows: tuple[float, ...], words: tuple[int, ...], n_words: int) -> SentenceVectors:
    return SentenceVectors(np.array(rows, dtype=np.float32), words, n_words)


def test_links_of_subwords_become_links_of_words() -> None:
    src = _vectors((1, 0, 0), (0, 1, 0), (0, 0, 1), words=(0, 0, 2), n_words=3)
    tgt = _vectors((0, 0, 1), (0, 1, 0), words=(0, 1), n_words=2)
    found = align_vectors(src, tgt, MatchSettings(matching="argmax"))
    assert [(link.src, link.tgt) for link in found.hard_links()] == [(0, 1), (2, 0)]
    assert found.forward.shape == (3, 2)
    # Word 1 has no subwords.
    assert not found.mean[1].any()
    assert found.mean[0, 1] > 0.5 > found.mean[0, 0]


def test_units_differ_where_a_word_falls_into_subwords() -> None:
    # The second subword of source word 0 is like target word 1, the mean of the word is not.
    src = _vectors((5, 0), (0, 1), (0.4, 1), words=(0, 0, 1), n_words=2)
    tgt = _vectors((1, 0), (0, 1), words=(0, 1), n_words=2)
    by_subword = align_vectors(src, tgt, MatchSettings(matching="argmax", unit="subword"))
    by_word = align_vectors(src, tgt, MatchSettings(matching="argmax", unit="word"))
    assert [link[:2] for link in by_subword.hard_links()] == [(0, 0), (0, 1)]
    assert [link[:2] for link in by_word.hard_links()] == [(0, 0), (1, 1)]


def test_a_link_weighs_half_and_is_shared_among_the_links_of_a_word() -> None:
    src = _vectors((1, 0), (0, 1), (1, 0), words=(0, 1, 2), n_words=3)
    tgt = _vectors((1, 0), (0, 1), words=(0, 1), n_words=2)
    found = align_vectors(src, tgt, MatchSettings(matching="softmax", threshold=0.3, temperature=0.1))
    assert [link[:2] for link in found.hard_links()] == [(0, 0), (1, 1), (2, 0)]
    # Both directions of softmax give 1/2 to the two links of target word 0, and 1 to that of word 1.
    np.testing.assert_allclose(found.mean, [[0.5, 0], [0, 1], [0.5, 0]], atol=1e-3)


def test_empty_sides_and_dropped_words_have_no_links(bert: str) -> None:
    aligner = EmbeddingAligner(WordEncoder(lambda: load_encoder(bert, layer=1, device="cpu")))
    shares: list[float] = []
    aligner.learn(aligner.new_corpus(), progress=shares.append)
    assert shares == [1.0]
    pairs = [(["a"], []), ([], ["b"]), ([], []), (["\u200b"], ["a"]), (["a"], ["a"])]
    found = aligner.align_many(pairs)
    assert [posterior.mean.shape for posterior in found] == [(1, 0), (0, 1), (0, 0), (1, 1), (1, 1)]
    assert [len(posterior.hard_links()) for posterior in found] == [0, 0, 0, 0, 1]
    assert aligner.align_many([]) == []


def test_a_wrong_model_is_found_when_learning_begins(tmp_path: Path) -> None:
    aligner = EmbeddingAligner(WordEncoder(lambda: load_encoder(str(tmp_path / "none"), layer=1)))
    with pytest.raises(EngineError, match="cannot be loaded"):
        aligner.learn(aligner.new_corpus(), progress=lambda _: None)
