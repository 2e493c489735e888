from __future__ import annotations

import numpy as np
import pytest

from projection.transfer.memory import CorpusMemory

PAIRS = [
    ("see the park today", "lihat taman hari ini"),
    ("today the park", "hari ini taman"),
    ("one more day", "satu hari lagi"),
    ("today", "hari ini hari ini"),
]


def _memory() -> CorpusMemory:
    memory = CorpusMemory()
    for src, tgt in PAIRS:
        memory.add(src.split(), tgt.split())
    return memory


def _counts(memory: CorpusMemory, src: str, tgt: str, tokens: list[int], longest: int = 3) -> np.ndarray | None:
    found = memory.look_up(src.split(), tgt.split()).sight(tokens, longest=longest)
    return None if found is None else found.counts


def test_sequences_in_sentences_with_the_phrase() -> None:
    memory = _memory()
    found = memory.look_up(["now", "today"], ["kini", "hari", "ini"]).sight([1], longest=2)
    assert found is not None
    assert found.n_sentences == 3
    # "hari" and "hari ini" stand once, once and twice in the three sentences with "today"; "kini" nowhere.
    assert found.counts.tolist() == [[0, 0, 0], [0, 4, 4], [0, 4, 0], [0, 0, 0]]
    assert found.totals.tolist() == [0, 4, 3]
    assert found.common.tolist() == [0, 1, 1]


def test_all_words_of_the_phrase_must_be_there_and_the_pair_itself_does_not_count() -> None:
    memory = _memory()
    src, tgt = PAIRS[1]
    counts = _counts(memory, src, tgt, [1, 2])
    assert counts is not None
    # Only the first pair has "the park" too: "hari ini" and "taman" once each.
    assert counts[:3, 1].tolist() == [1, 1, 1]
    assert counts[0, 2] == 1
    assert counts[1, 2] == 0
    assert _counts(memory, src, tgt, [0, 1, 2]) is not None
    assert _counts(memory, "one more day", "satu hari lagi", [0]) is None
    assert _counts(memory, "unknown", "hari", [0]) is None
    assert _counts(CorpusMemory(), "a", "b", [0]) is None


def test_pairs_of_the_same_lengths_count_where_a_word_differs() -> None:
    memory = CorpusMemory()
    memory.add(["see", "today"], ["hari", "ini"])
    assert _counts(memory, "see today", "hari ini", [1]) is None
    for src, tgt in (("now today", "hari ini"), ("see today", "hari lagi")):
        counts = _counts(memory, src, tgt, [1])
        assert counts is not None
        assert counts[0, 1] == 1


def test_words_are_compared_by_their_stem() -> None:
    counts = _counts(_memory(), "Parks now", "taman-taman kini", [0])
    assert counts is not None
    assert counts[0, 1] == 2


def test_of_very_many_sentences_some_are_looked_at() -> None:
    memory = CorpusMemory()
    for number in range(1000):
        memory.add(["the", f"w{number}"], ["das", f"v{number}"])
    found = memory.look_up(["the"], ["das"]).sight([0], longest=1)
    assert found is not None
    assert found.n_sentences == 60
    assert found.totals.tolist() == [999]


def test_of_very_many_sentences_with_frequent_words_those_looked_at_are_spread_over_all() -> None:
    memory = CorpusMemory()
    for number in range(20_000):
        tgt = "spät" if number >= 18_000 else "früh"
        memory.add(["the", "of" if number % 2 else "to"], [tgt])
    found = memory.look_up(["the", "of", "a"], ["spät", "früh", "ganz"]).sight([0, 1], longest=1)
    assert found is not None
    # Of 60 evenly spread places the last six are in the last tenth.
    assert found.n_sentences == 60
    assert found.counts[:3, 1].tolist() == [6, 54, 0]


def test_arrays_carry_everything() -> None:
    memory = _memory()
    again = CorpusMemory.from_arrays(memory.to_arrays())
    assert len(again) == 4
    for src, tgt in [*PAIRS, ("today now", "hari kini")]:
        for one, other in zip(_sightings(memory, src, tgt), _sightings(again, src, tgt), strict=True):
            np.testing.assert_array_equal(one, other)
    empty = CorpusMemory.from_arrays(CorpusMemory().to_arrays())
    assert _counts(empty, "a", "b", [0]) is None


def _sightings(memory: CorpusMemory, src: str, tgt: str) -> list[np.ndarray]:
    found = memory.look_up(src.split(), tgt.split()).sight([0], longest=3)
    return [] if found is None else [np.array(found.n_sentences), found.counts, found.totals, found.common]


@pytest.mark.parametrize("tgt", ["", "hari"])
def test_an_empty_target_sees_nothing(tgt: str) -> None:
    assert (_counts(_memory(), "today", tgt, [0]) is None) == (tgt == "")
