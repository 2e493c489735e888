"""Prompts, the reading of hypotheses, and where their strings stand."""

from __future__ import annotations

import pytest

from projection.text import join_tokens
from projection.transfer.tprojection.hypotheses import (
    has_lone_sign,
    read_hypotheses,
    read_hypothesis,
    without_signs,
)
from projection.transfer.tprojection.occurrences import find_characters, find_words
from projection.transfer.tprojection.prompts import make_input, make_output, sentence_text, tag_tokens
from projection.types import Segment

NAMES = ("Location", "Person")


def test_input_and_output_of_the_model() -> None:
    assert make_input("Ada vive en Roma", ["PER", "LOC"]) == (
        "Ada vive en Roma <Person>[None]</Person><Location>[None]</Location>"
    )
    assert make_output([("PER", "Ada"), ("Premise", "it rains")]) == "<Person>Ada</Person><Premise>it rains</Premise>"
    assert tag_tokens(["PER", "Claim", "PER"]) == ["<Claim>", "</Claim>", "<Person>", "</Person>"]


def test_sentences_are_shown_as_words_except_where_there_are_no_blanks() -> None:
    spanish = Segment("Ada vive aquí.", "es", "target", tokens=((0, 3), (4, 8), (9, 13), (13, 14)))
    assert sentence_text(spanish) == "Ada vive aquí ."
    assert sentence_text(spanish, 1, 3) == "vive aquí"
    text, tokens = join_tokens(["东京", "在", "下雨"], lang="zh")
    assert sentence_text(Segment(text, "zh", "target", tokens=tokens), 0, 2) == "东京在"


@pytest.mark.parametrize(
    ("hypothesis", "found", "n_faults"),
    [
        ("<Person>Ada</Person><Location>Roma</Location>", [("Person", "Ada"), ("Location", "Roma")], 0),
        ("<Person> Ada  Byron </Person> and more", [("Person", "Ada Byron")], 0),
        ("<Person>Ada", [], 1),
        ("<Person>Ada</Location>", [], 1),
        ("</Person>Ada</Person>", [], 2),
        ("<Person>A <Person>Ada</Person>", [("Person", "Ada")], 1),
        ("<Person>[None]</Person><Person></Person>", [], 2),
        ("<Thing>Ada</Thing>", [], 0),
        ("<Person>a < b</Person>", [("Person", "a < b")], 0),
    ],
)
def test_reading_of_one_hypothesis(hypothesis: str, found: list[tuple[str, str]], n_faults: int) -> None:
    assert read_hypothesis(hypothesis, NAMES) == (found, n_faults)


def test_strings_are_counted_once_a_hypothesis_and_shared_by_labels_of_one_tag() -> None:
    twice = "<Person>Ada</Person><Person>Ada</Person>"
    proposals = read_hypotheses([twice, "<Person>Ada</Person>", "<Person>Eva"], {"PER", "Person"})
    assert dict(proposals.of("PER")) == dict(proposals.of("Person")) == {"Ada": 2}
    assert (proposals.n_hypotheses, proposals.n_faults) == (3, 1)
    assert proposals.of("LOC") == {}
    assert read_hypotheses(["<X>a</X>"], set()).by_tag == {}


def test_signs() -> None:
    assert without_signs(" Plooij-van  Gorsel . ") == "Plooijvan Gorsel"
    assert has_lone_sign([["Rock"], ["U", ".", "N"]])
    assert not has_lone_sign([["U.N."], ["Rock-n-Roll"]])


WORDS = ["El", "gran", "Parlamento", ",", "el", "parlamento", "de", "Plooij-van", "Gorsel", "."]


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("Parlamento", [(2, 3)]),
        ("PARLAMENTO", [(2, 3), (5, 6)]),
        ("Plooijvan Gorsel", [(7, 9)]),
        ("gran Parlamento , el", [(1, 5)]),
        ("gran Parlamento el", []),
        ("Parla", []),
        ("", []),
    ],
)
def test_published_search_compares_words(text: str, ranges: list[tuple[int, int]]) -> None:
    assert find_words(WORDS, text) == ranges


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("Parlamento", [(2, 3)]),
        ("PARLAMENTO", [(2, 3), (5, 6)]),
        ("Plooij - van Gorsel.", [(7, 10)]),
        ("plooij van gorsel", [(7, 9)]),
        ("gran Parlamento el", [(1, 5)]),
        ("Parlamento,", [(2, 4)]),
        ("Parla", []),
        ("?", []),
        ("", []),
    ],
)
def test_our_search_compares_characters_between_word_ends(text: str, ranges: list[tuple[int, int]]) -> None:
    assert find_characters(WORDS, text) == ranges


def test_our_search_needs_no_blanks_and_finds_overlaps() -> None:
    assert find_characters(["东", "京", "在"], "东京") == [(0, 2)]
    assert find_characters(["a", "a", "a"], "a a") == [(0, 2), (1, 3)]
    assert find_characters(["ﬁn", "de"], "FIN") == [(0, 1)]
