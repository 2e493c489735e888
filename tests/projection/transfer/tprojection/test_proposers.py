"""Hypotheses of a model, long sentences split; recorded ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from projection.neural import LoadedModel, load_model
from projection.neural.generation import generate_texts
from projection.transfer.tprojection.proposers import ModelProposer, RecordedProposer, Request, split_words
from projection.transfer.tprojection.records import Record
from tests.projection.tiny_seq2seq import save_m2m100, save_t5
from tests.projection.transfer.tprojection.sentences import make_item

WORDS = ["Ada", "lives", "in", "Rome", ".", "Bo", "sleeps", ",", "now", "<Person>[None]</Person>"]


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load_model(save_t5(tmp_path_factory.mktemp("t5"), WORDS), task="seq2seq", device="cpu")


def at_most(n_words: int) -> Callable[[int, int], bool]:
    return lambda start, end: end - start <= n_words


def test_sentences_are_cut_at_their_signs_first() -> None:
    words = ["a", "b", ".", "c", "d", ",", "e", "f", "g"]
    assert split_words(words, at_most(9)) == [(0, 9)]
    assert split_words(words, at_most(6)) == [(0, 3), (3, 9)]
    assert split_words(words, at_most(5)) == [(0, 3), (3, 6), (6, 9)]
    assert split_words(words, at_most(2)) == [(0, 1), (1, 3), (3, 4), (4, 6), (6, 7), (7, 9)]
    assert split_words(words, at_most(0)) is None


def test_every_word_stays_in_one_piece_and_only_there() -> None:
    words = [f"w{number}" for number in range(23)]
    pieces = split_words(words, at_most(4))
    assert [word for start, end in pieces for word in words[start:end]] == words
    assert all(0 < end - start <= 4 for start, end in pieces)


def test_the_model_gives_as_many_hypotheses_as_beams_for_each_piece(t5: LoadedModel) -> None:
    item = make_item("x", "Ada lives in Rome . Bo sleeps , now", [], tgt_lang="es")
    short = make_item("x", "Bo sleeps", [], name="2", tgt_lang="es")
    # 9 words, the tag and the end are 11 tokens.
    proposer = ModelProposer(lambda: t5, n_beams=3, max_length=10, batch_size=2)
    requests = [Request(each.id, each.target, ("PER",)) for each in (item, short)]
    found = proposer.propose(requests)
    assert [len(each.hypotheses) for each in found] == [6, 3]
    alone = proposer.propose(requests[1:])
    assert alone[0].hypotheses == found[1].hypotheses


def test_a_sentence_that_cannot_be_split_enough_is_reported(t5: LoadedModel) -> None:
    item = make_item("x", "Ada lives", [])
    request = Request(item.id, item.target, ("PER", "LOC", "ORG", "MISC"))
    proposer = ModelProposer(lambda: t5, n_beams=1, max_length=2)
    assert [(each.hypotheses, each.reason) for each in proposer.propose([request])] == [((), "text-too-long")]
    assert proposer.propose([]) == []


def test_beams_equal_those_of_the_model_alone_and_keep_special_tokens(t5: LoadedModel) -> None:
    ids = t5.tokenizer("Ada lives in Rome")["input_ids"]
    with torch.no_grad():
        rows = t5.model.generate(
            input_ids=torch.tensor([ids]), num_beams=4, num_return_sequences=4, max_new_tokens=6, do_sample=False
        )
    expected = [
        " ".join(t5.tokenizer.convert_ids_to_tokens([token for token in row if token > 1])) for row in rows.tolist()
    ]
    found = generate_texts(t5, [ids, ids[1:]], n_beams=4, n_returned=4, max_new_tokens=6)
    assert found[0] == expected


def test_outputs_begin_with_the_language_that_the_model_wants(tmp_path: Path) -> None:
    loaded = load_model(save_m2m100(tmp_path), task="seq2seq", device="cpu")
    seen: list[int] = []
    generate = loaded.model.generate

    def spy(**options: object) -> torch.Tensor:
        rows = generate(**options)
        seen.extend(rows[:, 1].tolist())
        return rows

    loaded.model.generate = spy
    item = make_item("x", "the old mill", [], tgt_lang="pl")
    proposer = ModelProposer(lambda: loaded, n_beams=2, max_length=40)
    (found,) = proposer.propose([Request("1", item.target, ("PER",))])
    assert set(seen) == {loaded.tokenizer.lang_code_to_id["pl"]}
    assert all("__pl__" not in text for text in found.hypotheses)


def test_recorded_hypotheses() -> None:
    item = make_item("Rome", "Roma", [("LOC", 0, 1)], name="a")
    proposer = RecordedProposer.of([Record(item, ("<Location>Roma</Location>",))])
    found = proposer.propose([Request("a", item.target, ("LOC",)), Request("b", item.target, ("LOC",))])
    assert [each.hypotheses for each in found] == [("<Location>Roma</Location>",), ()]
