"""Likelihood of targets, compared with a step-by-step computation by the whole model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import NllbTokenizer

from projection.errors import EngineError
from projection.neural import LoadedModel, load_model
from projection.neural.languages import find_language, forced_ids, language_codes, tokenize_sources
from projection.neural.scoring import MAX_TOKENS, _batches, longest_input, score_ids, score_targets
from tests.projection.tiny_seq2seq import SENTENCES, save_m2m100, save_t5

WORDS = " ".join(SENTENCES).split()
PAIRS = [
    ("the old mill", "stary młyn"),
    ("London", "London"),
    ("the old mill", "młyn"),
    ("Ada Lovelace wrote to Charles Babbage", "the river"),
    ("river", "młyn stoi nad rzeką w Londynie"),
]
SOURCES, TARGETS = [src for src, _ in PAIRS], [tgt for _, tgt in PAIRS]


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_model(save_t5(tmp_path_factory.mktemp("t5"), WORDS), task="seq2seq", device="cpu")


@pytest.fixture(scope="module")
def m2m100(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_model(save_m2m100(tmp_path_factory.mktemp("m2m100")), task="seq2seq", device="cpu")


def step_by_step(model: Any, source: list[int], target: list[int], start: int) -> list[float]:
    """Log-probability of each target id from a pass of its own over all that comes before it."""
    found = []
    for length in range(len(target)):
        before = torch.tensor([[start, *target[:length]]])
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([source]), decoder_input_ids=before).logits[0, -1]
        found.append(float(logits.log_softmax(-1)[target[length]]))
    return found


def test_t5_scores_equal_those_of_single_steps(t5: LoadedModel) -> None:
    scores = score_targets(t5, SOURCES, TARGETS, batch_size=3)
    for (source, target), score in zip(PAIRS, scores, strict=True):
        ids = t5.tokenizer(target)["input_ids"]
        expected = step_by_step(t5.model, t5.tokenizer(source)["input_ids"], ids, start=0)
        assert list(score.ids) == ids
        assert score.log_probs == pytest.approx(expected, abs=1e-5)
        assert score.total == pytest.approx(sum(expected), abs=1e-4)
        assert score.mean == pytest.approx(sum(expected) / len(ids), abs=1e-4)


def test_m2m100_scores_are_given_the_languages_and_leave_the_language_token_out(m2m100: LoadedModel) -> None:
    scores = score_targets(m2m100, SOURCES, TARGETS, src_lang="en", tgt_lang="pl", batch_size=2)
    codes = m2m100.tokenizer.lang_code_to_id
    for (source, target), score in zip(PAIRS, scores, strict=True):
        pieces = m2m100.tokenizer.convert_tokens_to_ids(m2m100.tokenizer.tokenize(target))
        src_ids = [codes["en"], *m2m100.tokenizer.convert_tokens_to_ids(m2m100.tokenizer.tokenize(source)), 2]
        expected = step_by_step(m2m100.model, src_ids, [codes["pl"], *pieces, 2], start=2)
        assert list(score.ids) == [*pieces, 2]
        assert score.log_probs == pytest.approx(expected[1:], abs=1e-5)


def test_the_order_and_size_of_batches_do_not_matter(t5: LoadedModel) -> None:
    alone = [score_targets(t5, [src], [tgt])[0] for src, tgt in PAIRS]
    together = score_targets(t5, SOURCES[::-1], TARGETS[::-1])[::-1]
    for one, other in zip(alone, together, strict=True):
        assert np.allclose(one.log_probs, other.log_probs, atol=1e-5)
    assert score_targets(t5, [], []) == []


def test_the_output_layer_sees_target_tokens_only(t5: LoadedModel) -> None:
    rows: list[tuple[int, ...]] = []
    hook = t5.model.get_output_embeddings().register_forward_hook(lambda *made: rows.append(made[2].shape))
    score_targets(t5, SOURCES, TARGETS)
    hook.remove()
    n_tokens = sum(len(target.split()) + 1 for target in TARGETS)
    assert [shape[0] for shape in rows] == [n_tokens]


def test_batches_are_bounded_by_pairs_and_by_tokens() -> None:
    pairs = [((1,), (1,) * length) for length in (2, 2, 2, 600, 600)]
    assert list(_batches(range(5), pairs, 2)) == [[0, 1], [2], [3], [4]]
    assert MAX_TOKENS == 1024


def test_too_long_a_text_is_refused_instead_of_cut(m2m100: LoadedModel, t5: LoadedModel) -> None:
    assert (longest_input(m2m100), longest_input(t5)) == (64, None)
    with pytest.raises(EngineError, match="A text has 65 tokens") as caught:
        score_ids(m2m100, [[5] * 65], [[5, 2]])
    assert caught.value.problem.code == "text-too-long"
    assert len(score_ids(m2m100, [[5] * 64], [[5, 2]])[0].log_probs) == 2


def test_sources_without_a_target_are_refused(t5: LoadedModel) -> None:
    with pytest.raises(EngineError, match="1 sources and 2 targets"):
        score_targets(t5, ["a"], ["b", "c"])


def test_languages_of_m2m100(m2m100: LoadedModel) -> None:
    tokenizer = m2m100.tokenizer
    known = {"de-AT": "de", "zh-Hant": "zh", "nso": "ns", "fil": "tl", "arb": "ar", "nb": "no"}
    assert {lang: find_language(tokenizer, lang) for lang in known} == known
    assert forced_ids(tokenizer, "de") == (tokenizer.lang_code_to_id["de"],)
    with pytest.raises(EngineError, match="no language 'und'"):
        find_language(tokenizer, "und")


def test_languages_of_nllb_are_found_by_bcp_47_codes() -> None:
    tokenizer = NllbTokenizer()
    given = "en zh zh-TW ar yo no deu_Latn tw ps qu fa sw prs ff cmn pt-BR iw sr"
    wanted = (
        "eng_Latn zho_Hans zho_Hant arb_Arab yor_Latn nob_Latn deu_Latn twi_Latn pbt_Arab quy_Latn pes_Arab swh_Latn "
        "prs_Arab fuv_Latn zho_Hans por_Latn heb_Hebr srp_Cyrl"
    )
    assert [find_language(tokenizer, lang) for lang in given.split()] == wanted.split()
    with pytest.raises(EngineError, match="no language 'sd-Deva'"):
        find_language(tokenizer, "sd-Deva")
    assert tokenizer.convert_ids_to_tokens(list(forced_ids(tokenizer, "de"))) == ["deu_Latn"]


def test_marian_models_of_several_languages_want_a_prefix() -> None:
    class Tokenizer(SimpleNamespace):
        def __call__(self, texts: list[str], **options: object) -> dict[str, list[list[str]]]:
            return {"input_ids": [text.split() for text in texts]}

    tokenizer = Tokenizer(supported_language_codes=[">>deu<<", ">>nld<<"])
    assert language_codes(tokenizer) == ("deu", "nld")
    assert tokenize_sources(tokenizer, ["a b"], src_lang="en", tgt_lang="nl") == [[">>nld<<", "a", "b"]]
    assert forced_ids(tokenizer, "nl") == ()


def test_models_of_one_pair_need_no_language(t5: LoadedModel) -> None:
    assert language_codes(t5.tokenizer) == ()
    assert find_language(t5.tokenizer, "und") == ""
