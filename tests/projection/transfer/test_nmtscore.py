"""Likeness of texts by a translation model: normalisation by hand, probabilities step by step."""

from __future__ import annotations

import math

import pytest
import torch

from projection.neural import LoadedModel, load_model
from projection.neural.scoring import TargetScore
from projection.transfer import nmtscore
from projection.transfer.nmtscore import TranslationScorer, likelihood_ratio
from tests.projection.tiny_seq2seq import save_m2m100

PAIRS = [("the old mill", "stary młyn"), ("the old mill", "nad rzeką"), ("London", "London")]


@pytest.fixture(scope="module")
def m2m100(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_model(save_m2m100(tmp_path_factory.mktemp("m2m100"), n_positions=40), task="seq2seq", device="cpu")


def mean_log_prob(loaded: LoadedModel, source: str, src_lang: str, target: str, tgt_lang: str) -> float:
    """The mean of the log-probabilities of the pieces and the end, each from a pass of its own."""
    tokenizer, codes = loaded.tokenizer, loaded.tokenizer.lang_code_to_id
    src = [codes[src_lang], *tokenizer.convert_tokens_to_ids(tokenizer.tokenize(source)), 2]
    tgt = [codes[tgt_lang], *tokenizer.convert_tokens_to_ids(tokenizer.tokenize(target)), 2]
    found = []
    for length in range(1, len(tgt)):
        with torch.no_grad():
            output = loaded.model(input_ids=torch.tensor([src]), decoder_input_ids=torch.tensor([[2, *tgt[:length]]]))
        found.append(float(output.logits[0, -1].log_softmax(-1)[tgt[length]]))
    return sum(found) / len(found)


def test_ratios_worked_by_hand() -> None:
    # Probabilities 1/2 and 1/8 have the geometric mean 1/4; given itself the text has 1/2.
    given_other, given_itself = (math.log(1 / 2) + math.log(1 / 8)) / 2, math.log(1 / 2)
    assert likelihood_ratio(given_other, given_itself) == pytest.approx(0.5)
    # 2 to the power of ln(1/2): the mean stays in nats.
    assert likelihood_ratio(given_other, given_itself, base="2") == pytest.approx(2**-0.693147, abs=1e-6)
    assert likelihood_ratio(-1.0, -1.0) == 1.0
    assert likelihood_ratio(-0.9, -1.0) > 1.0


def test_both_directions_count_half(monkeypatch: pytest.MonkeyPatch) -> None:
    means = {("de", "en", "b", "a"): -2.0, ("en", "en", "a", "a"): -1.0}
    means |= {("en", "de", "a", "b"): -3.0, ("de", "de", "b", "b"): -1.0}
    made = []

    def score(loaded: object, sources: list[str], targets: list[str], **options: str) -> list[TargetScore]:
        made.append(options["src_lang"] + options["tgt_lang"])
        rows = [(options["src_lang"], options["tgt_lang"], *pair) for pair in zip(sources, targets, strict=True)]
        return [TargetScore((1,), torch.tensor([means[row]]).numpy()) for row in rows]

    monkeypatch.setattr(nmtscore, "score_targets", score)
    monkeypatch.setattr(nmtscore, "longest_input", lambda _: None)
    scorer = TranslationScorer(lambda: None)
    assert scorer.score([("a", "b")], src_lang="en", tgt_lang="de")["a", "b"] == pytest.approx(
        (math.exp(-1) + math.exp(-2)) / 2
    )
    assert sorted(made) == ["dede", "deen", "ende", "enen"]
    scorer.score([("a", "b")], src_lang="en", tgt_lang="de")
    assert len(made) == 4


@pytest.mark.parametrize("base", ["e", "2"])
def test_direct_scores_equal_those_of_single_steps(m2m100: LoadedModel, base: str) -> None:
    found = TranslationScorer(lambda: m2m100, base=base, batch_size=2).score(PAIRS, src_lang="en", tgt_lang="pl")
    number = math.e if base == "e" else 2.0
    for a, b in PAIRS:
        one = number ** (mean_log_prob(m2m100, b, "pl", a, "en") - mean_log_prob(m2m100, a, "en", a, "en"))
        other = number ** (mean_log_prob(m2m100, a, "en", b, "pl") - mean_log_prob(m2m100, b, "pl", b, "pl"))
        assert found[a, b] == pytest.approx((one + other) / 2, rel=1e-4)


def test_cross_likelihood_compares_both_texts_against_translations(m2m100: LoadedModel) -> None:
    scorer = TranslationScorer(lambda: m2m100, comparison="cross", max_new_tokens=5)
    (a, b), *_ = PAIRS
    found = scorer.score([(a, b)], src_lang="en", tgt_lang="pl")[a, b]
    of_a, of_b = scorer._translations["en", "pl", a], scorer._translations["pl", "pl", b]
    assert of_a
    one = mean_log_prob(m2m100, b, "pl", of_a, "pl") - mean_log_prob(m2m100, a, "en", of_a, "pl")
    other = mean_log_prob(m2m100, a, "en", of_b, "pl") - mean_log_prob(m2m100, b, "pl", of_b, "pl")
    assert found == pytest.approx((math.exp(one) + math.exp(other)) / 2, rel=1e-4)


def test_a_text_and_itself_in_one_language_are_alike(m2m100: LoadedModel) -> None:
    scorer = TranslationScorer(lambda: m2m100)
    assert scorer.score([("London", "London")], src_lang="en", tgt_lang="en")["London", "London"] == pytest.approx(1.0)


def test_pairs_that_the_model_cannot_take_are_left_out(m2m100: LoadedModel) -> None:
    long = "the old mill stands by the river " * 6
    pairs = [("", "młyn"), (long, "młyn"), ("młyn", long), ("mill", "młyn")]
    assert list(TranslationScorer(lambda: m2m100).score(pairs, src_lang="en", tgt_lang="pl")) == [("mill", "młyn")]
    assert TranslationScorer(lambda: m2m100).score([], src_lang="en", tgt_lang="pl") == {}


def test_the_model_is_loaded_when_it_is_needed(m2m100: LoadedModel) -> None:
    loads = []

    def load() -> LoadedModel:
        loads.append(1)
        return m2m100

    scorer = TranslationScorer(load)
    assert loads == []
    scorer.score(PAIRS, src_lang="en", tgt_lang="pl")
    scorer.score(PAIRS, src_lang="en", tgt_lang="pl")
    assert loads == [1]
