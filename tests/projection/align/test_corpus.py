from __future__ import annotations

import numpy as np
import pytest

from projection.align.corpus import (
    MAX_PIECE_WORDS,
    Corpus,
    Vocabulary,
    WordVocabulary,
    batch_pairs,
    group_by_length,
    make_batch,
    split_pair,
)


def _corpus(*pairs: tuple[str, str]) -> Corpus:
    corpus = Corpus(WordVocabulary(4), WordVocabulary(4))
    for src, tgt in pairs:
        corpus.add(src.split(), tgt.split())
    return corpus


def test_vocabulary_shares_stems_and_remembers_the_commonest_word() -> None:
    vocabulary = Vocabulary(4)
    assert list(vocabulary.add(["houses", "house", "houses", "cat"])) == [0, 0, 0, 1]
    assert vocabulary.examples() == ["houses", "cat"]


def test_word_vocabulary_counts_bare_words_and_knows_their_stems() -> None:
    vocabulary = WordVocabulary(4)
    assert list(vocabulary.add(["Houses", "house", "houses,", "cat"])) == [0, 1, 0, 2]
    assert list(vocabulary.words) == ["houses", "house", "cat"]
    assert list(vocabulary.counts) == [2, 1, 1]
    assert list(vocabulary.stem_of) == [0, 0, 1]
    assert list(vocabulary.stems) == ["hous", "cat"]


def test_empty_sides_are_left_out() -> None:
    corpus = _corpus(("a b", ""), ("", "x"), ("a", "x"))
    assert len(corpus) == 1


def test_index_pairs_by_hand() -> None:
    index, _ = batch_pairs(_corpus(("a b", "x y"), ("b", "z")))
    assert index.keys.tolist() == [0, 1, 3, 4, 5]
    assert index.find(np.array([3, 2, 5, -1])).tolist() == [2, 5, 4, 5]


@pytest.mark.parametrize(
    ("n_src", "n_tgt", "n_pieces"),
    [(0, 5, 0), (5, 0, 0), (1, 1, 1), (MAX_PIECE_WORDS, 3, 1), (MAX_PIECE_WORDS + 1, 3, 2), (1000, 2, 9)],
)
def test_split_pair_covers_both_sides_with_pieces_that_are_not_empty(n_src: int, n_tgt: int, n_pieces: int) -> None:
    pieces = split_pair(n_src, n_tgt)
    assert len(pieces) == n_pieces
    for side, n_words in ((0, n_src), (1, n_tgt)):
        covered = {word for piece in pieces for word in range(*piece[side])}
        assert covered == (set(range(n_words)) if pieces else set())
        assert all(0 < piece[side][1] - piece[side][0] <= MAX_PIECE_WORDS for piece in pieces)


def test_batches_hold_every_sentence_once() -> None:
    random = np.random.default_rng(1)
    lengths = [(int(a), int(b)) for a, b in random.integers(1, 40, size=(300, 2))]
    corpus = _corpus(*((" ".join(["a"] * n_src), " ".join(["x"] * n_tgt)) for n_src, n_tgt in lengths))
    _, batches = batch_pairs(corpus)
    found = [pair for batch in batches for pair in zip(batch.n_src.tolist(), batch.n_tgt.tolist(), strict=True)]
    assert sorted(found) == sorted(lengths)
    for batch in batches:
        assert (batch.cells == 0).sum() == (batch.n_src * batch.n_tgt).sum()
        assert (batch.is_word() == (batch.cells == 0)).all()


def test_cells_are_positions_in_the_index() -> None:
    # Source a, b = 0, 1; target x, y, z = 0, 1, 2. Keys of the pairs: ax 0, ay 1, bx 3, by 4, bz 5.
    index, batches = batch_pairs(_corpus(("a b", "x y"), ("b", "z")))
    found = {tuple(batch.src[row]): batch.cells[row].tolist() for batch in batches for row in range(len(batch.src))}
    assert found[0, 1][0][:2] == [0, 1]
    assert found[0, 1][1][:2] == [2, 3]
    assert found.get((1,), found.get((1, -1)))[0][0] == 4
    assert [part.keys.tolist() for _, part in index.parts()] == [[0, 1, 3, 4, 5]]


def test_padding_and_unknown_stems_are_no_pairs() -> None:
    index, _ = batch_pairs(_corpus(("a b", "x y"), ("b", "z")))
    lengths = np.array([[2, 1], [1, 2]])
    batch = make_batch(np.array([[1, -1], [0, -1]]), np.array([[2, -1], [1, 2]]), lengths, index)
    # The first row: b and an unknown word with z and padding; the second: a and padding with y and z (a has no z).
    assert batch.cells.tolist() == [[[4, 5], [5, 5]], [[1, 5], [5, 5]]]
    assert batch.is_word().tolist() == [[[True, False], [True, False]], [[True, True], [False, False]]]


def test_large_batches_are_sorted_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = _corpus(("a b a", "x y"), ("b c", "z x"), ("c", "y"))
    ticked = batch_pairs(corpus)
    monkeypatch.setattr("projection.align.corpus._MOST_TICKS", 0)
    found = batch_pairs(corpus)
    assert found[0].keys.tolist() == ticked[0].keys.tolist() == [0, 1, 3, 4, 5, 6, 7, 8]
    assert [batch.cells.tolist() for batch in found[1]] == [batch.cells.tolist() for batch in ticked[1]]


def test_wider_groups_hold_more_lengths() -> None:
    n_src, n_tgt = np.array([3, 14, 8, 2]), np.array([3, 9, 6, 2])
    assert [sorted(group.tolist()) for group in group_by_length(n_src, n_tgt)] == [[0, 3], [2], [1]]
    assert [sorted(group.tolist()) for group in group_by_length(n_src, n_tgt, bucket=12)] == [[0, 2, 3], [1]]


def test_the_index_is_built_in_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    pairs = [
        (
            " ".join(f"s{word}" for word in random.integers(0, 50, size)),
            " ".join(f"t{word}" for word in random.integers(0, 50, size)),
        )
        for size in random.integers(1, 12, size=200)
    ]
    whole, expected = batch_pairs(_corpus(*pairs))
    monkeypatch.setattr("projection.align.corpus._PENDING_KEYS", 10)
    monkeypatch.setattr("projection.align.corpus._PART_PAIRS", 7)
    index, batches = batch_pairs(_corpus(*pairs))
    assert index.keys.tolist() == whole.keys.tolist() == sorted(set(whole.keys.tolist()))
    assert [batch.cells.tolist() for batch in batches] == [batch.cells.tolist() for batch in expected]
    assert np.concatenate([part.keys for _, part in index.parts()]).tolist() == whole.keys.tolist()
