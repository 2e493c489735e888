"""Long texts cut into pieces, and put together again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projection.translate.pieces import Piece, join_pieces, split_text


def fits(n_letters: int) -> object:
    return lambda text: len(text) <= n_letters


def test_a_text_that_fits_stays_whole() -> None:
    assert split_text(" One. Two. ", lang="en", fits=fits(9)) == [Piece("One. Two.", "")]
    assert split_text("", lang="en", fits=fits(9)) == [Piece("", "")]


def test_sentences_go_together_as_far_as_they_fit() -> None:
    text = "One dog. Two cats.  Three mice.\nFour birds."
    assert split_text(text, lang="en", fits=fits(19)) == [
        Piece("One dog. Two cats.", "  "),
        Piece("Three mice.", "\n"),
        Piece("Four birds.", ""),
    ]
    every = split_text(text, lang="en", fits=fits(100), every_sentence=True)
    assert [piece.text for piece in every] == ["One dog.", "Two cats.", "Three mice.", "Four birds."]


def test_equal_sentences_keep_their_gaps() -> None:
    every = split_text("Yes! Yes! Yes!", lang="en", fits=fits(100), every_sentence=True)
    assert every == [Piece("Yes!", " "), Piece("Yes!", " "), Piece("Yes!", "")]


def test_a_sentence_that_is_too_long_is_cut_between_words_and_marked() -> None:
    pieces = split_text("Yes. Donaudampf fahrt heute nicht. No.", lang="de", fits=fits(16))
    assert pieces == [
        Piece("Yes. Donaudampf", " ", is_forced=True),
        Piece("fahrt heute", " ", is_forced=True),
        Piece("nicht. No.", ""),
    ]
    assert split_text("abcdefgh ij", lang="en", fits=fits(4)) == [
        Piece("abcdefgh", " ", is_forced=True),
        Piece("ij", ""),
    ]


def test_languages_without_blanks() -> None:
    text = "私は学生です。彼は先生です。"
    pieces = split_text(text, lang="ja", fits=fits(8))
    assert [piece.text for piece in pieces] == ["私は学生です。", "彼は先生です。"]
    assert join_pieces(pieces, ["I study.", "He teaches."], tgt_lang="en") == "I study. He teaches."
    english = split_text("I study. He teaches.\nEnd.", lang="en", fits=fits(12))
    assert join_pieces(english, ["私は学生です。", "彼は先生です。", "終。"], tgt_lang="ja") == text + "\n終。"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="aB. \n!?。あ", max_size=60), st.integers(1, 20), st.booleans())
def test_pieces_and_gaps_make_up_the_text_and_fit(text: str, n_letters: int, every: bool) -> None:
    pieces = split_text(text, lang="en", fits=fits(n_letters), every_sentence=every)
    assert "".join(piece.text + piece.gap for piece in pieces) == text.strip()
    for piece in pieces:
        assert piece.text == piece.text.strip()
        assert len(piece.text) <= n_letters or len(split_text(piece.text, lang="en", fits=fits(n_letters))) == 1


@pytest.mark.parametrize("n_sentences", [1, 2, 3, 7, 64, 65])
def test_pieces_are_as_long_as_they_can_be(n_sentences: int) -> None:
    pieces = split_text("Ab. " * n_sentences, lang="en", fits=fits(19))
    assert [piece.text.count(".") for piece in pieces[:-1]] == [5] * (len(pieces) - 1)
    assert sum(piece.text.count(".") for piece in pieces) == n_sentences
