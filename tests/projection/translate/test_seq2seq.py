"""Sequence-to-sequence models of each family, trained on a few sentences, through the code of real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from projection.errors import EngineError
from projection.neural import load_model
from projection.neural.scoring import score_targets
from projection.translate import Translator, identity_key, seq2seq
from projection.translate.seq2seq import Seq2seqSettings, Seq2seqTranslator, language_name
from tests.projection.translate.tiny_translators import N_POSITIONS, PAIRS, save_m2m100, save_marian, save_nllb, save_t5

PREFIX = "translate {src_name} to {tgt_name}: "
SOURCES, GERMAN, FRENCH = ([row[number] for row in PAIRS] for number in range(3))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        "nllb": save_nllb(tmp_path_factory.mktemp("nllb")),
        "m2m100": save_m2m100(tmp_path_factory.mktemp("m2m100")),
        "marian": save_marian(tmp_path_factory.mktemp("marian"), codes=(">>deu<<", ">>fra<<")),
        "one-pair": save_marian(tmp_path_factory.mktemp("one-pair")),
        "t5": save_t5(tmp_path_factory.mktemp("t5"), prefix=PREFIX),
    }


def make(models: dict[str, str], name: str, **settings: object) -> Seq2seqTranslator:
    family = "marian" if name == "one-pair" else name
    prefix = PREFIX if name == "t5" else ""
    return Seq2seqTranslator(Seq2seqSettings(models[name], family=family, prefix=prefix, **settings), device="cpu")


def texts(translator: Translator, sources: list[str], tgt_lang: str = "de") -> list[str]:
    return [each.text for each in translator.translate(sources, src_lang="en", tgt_lang=tgt_lang)]


@pytest.mark.parametrize("name", ["nllb", "m2m100", "marian", "t5"])
def test_each_family_is_told_the_target_language_in_its_own_way(models: dict[str, str], name: str) -> None:
    translator = make(models, name)
    assert texts(translator, SOURCES) == GERMAN
    assert texts(translator, [*SOURCES, " ", ""], "fr") == [*FRENCH, " ", ""]
    assert texts(make(models, name, beams=1, batch_size=1), SOURCES[::-1], "fr") == FRENCH[::-1]
    assert translator.translate([], src_lang="en", tgt_lang="de") == []


def test_a_marian_model_of_one_pair_needs_no_code(models: dict[str, str]) -> None:
    assert texts(make(models, "one-pair"), SOURCES) == GERMAN


@pytest.mark.parametrize("name", ["nllb", "marian"])
def test_an_unknown_language_is_named(models: dict[str, str], name: str) -> None:
    with pytest.raises(EngineError, match="no language 'ja'") as caught:
        texts(make(models, name), SOURCES, "ja")
    assert caught.value.problem.code == "unknown-language"


def test_scores_are_the_mean_probability_of_a_token(models: dict[str, str]) -> None:
    found = make(models, "m2m100", with_scores=True).translate(SOURCES, src_lang="en", tgt_lang="de")
    loaded = load_model(models["m2m100"], task="seq2seq", device="cpu")
    expected = score_targets(loaded, SOURCES, GERMAN, src_lang="en", tgt_lang="de")
    assert [each.score for each in found] == pytest.approx([float(torch.tensor(one.mean).exp()) for one in expected])
    assert all(each.score is None for each in make(models, "m2m100").translate(SOURCES, src_lang="en", tgt_lang="de"))


@pytest.mark.parametrize("name", ["nllb", "m2m100", "marian", "t5"])
def test_long_texts_are_translated_in_pieces_and_nothing_is_cut(models: dict[str, str], name: str) -> None:
    n_tokens = 60 if name == "t5" else N_POSITIONS
    translator = make(models, name, max_tokens=n_tokens, every_sentence=True)
    found = translator.translate(["a cat ! the dog ! a cat !", "the dog !\na cat !"] * 4, src_lang="en", tgt_lang="de")
    assert [each.text for each in found] == ["eine katze ! der hund ! eine katze !", "der hund !\neine katze !"] * 4
    assert all(each.problem is None for each in found)


def test_a_text_beyond_the_limit_is_split_at_the_ends_of_sentences(
    models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    generate = seq2seq._generate

    def watch(loaded: object, inputs: list[list[int]], *rest: object) -> object:
        lengths.extend(map(len, inputs))
        return generate(loaded, inputs, *rest)

    monkeypatch.setattr(seq2seq, "_generate", watch)
    # "a cat !" has 8 letters and marks with its three blanks, and two tokens around them.
    make(models, "nllb").translate(["a cat ! " * 9], src_lang="en", tgt_lang="de")
    assert len(lengths) == 3
    assert max(lengths) <= N_POSITIONS
    assert sum(lengths) == 9 * 8 + 3 * 2


def test_a_sentence_beyond_the_limit_is_split_with_a_word(models: dict[str, str]) -> None:
    found = make(models, "nllb").translate(["a cat " * 12], src_lang="en", tgt_lang="de")
    assert found[0].problem.code == "split-inside-sentence"
    assert found[0].text
    too_long = make(models, "nllb").translate(["a" * 60, "a cat !"], src_lang="en", tgt_lang="de")
    assert too_long[0].problem.code == "text-too-long"
    assert too_long[0].is_missing
    assert too_long[1].text == "eine katze !"


@pytest.mark.parametrize("name", ["one-pair", "t5"])
def test_a_translation_that_does_not_end_is_reported(models: dict[str, str], name: str) -> None:
    translator = make(models, name, max_ratio=0.01, beams=1)
    found = translator.translate([SOURCES[2], SOURCES[0]], src_lang="en", tgt_lang="de")
    assert [each.problem and each.problem.code for each in found] == ["translation-cut", None]
    assert len(found[0].text) < len(GERMAN[2])
    assert found[1].text == GERMAN[0]


def test_what_a_model_is_counts_and_not_how_its_folder_is_called(models: dict[str, str], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in Path(models["nllb"]).iterdir():
        (copy / path.name).write_bytes(path.read_bytes())

    def key(folder: str, **settings: object) -> str:
        return identity_key(Seq2seqTranslator(Seq2seqSettings(folder, **settings)).identity)

    assert key(str(copy)) == key(models["nllb"], batch_size=3, family="nllb")
    assert key(str(copy)) != key(str(copy), beams=2)
    (copy / "generation_config.json").write_text("{}")
    assert key(str(copy)) != key(models["nllb"])
    assert key(models["nllb"]) != key(models["m2m100"])


def test_wrong_models_and_prefixes_are_refused(models: dict[str, str], tmp_path: Path) -> None:
    for settings, code in (
        (Seq2seqSettings(models["nllb"], family="marian"), "wrong-model"),
        (Seq2seqSettings(models["m2m100"], family="nllb"), "wrong-model"),
        (Seq2seqSettings(models["t5"], prefix="{lang}: "), "bad-prefix"),
        (Seq2seqSettings(models["t5"], prefix="{"), "bad-prefix"),
        (Seq2seqSettings(models["t5"], prefix="{src_name:>9}"), "bad-prefix"),
        (Seq2seqSettings(models["t5"], prefix="{src_name!r}"), "bad-prefix"),
        (Seq2seqSettings(models["t5"], prefix="{src_name.__class__}"), "bad-prefix"),
        (Seq2seqSettings(str(tmp_path)), "bad-model"),
    ):
        with pytest.raises(EngineError) as caught:
            texts(Seq2seqTranslator(settings, device="cpu"), SOURCES)
        assert caught.value.problem.code == code
    assert [language_name(lang) for lang in ("de", "pt-BR", "zz_top")] == ["German", "Portuguese (Brazil)", "zz_top"]
