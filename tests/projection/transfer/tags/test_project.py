from __future__ import annotations

import numpy as np
import pytest

from projection.align.base import Posterior
from projection.errors import EngineError
from projection.transfer.tags import (
    PublishedTagSettings,
    TagSettings,
    TagSource,
    align_sentences,
    project_tags,
    project_tags_published,
)


def _links(n_src: int, n_tgt: int, *pairs: tuple[int, int, float]) -> Posterior:
    cells = np.zeros((n_src, n_tgt), dtype=np.float32)
    for src, tgt, probability in pairs:
        cells[src, tgt] = probability
    return Posterior(cells, cells)


def _source(name: str, *rows: tuple[str, list[tuple[int, int, float]]], targets: list[list[str]]) -> TagSource:
    """Rows such as `("the/DET dog/NOUN", [(0, 0, 0.9)])`."""
    pairs = [[token.rsplit("/", 1) for token in text.split()] for text, _ in rows]
    words, tags = ([[pair[part] for pair in row] for row in pairs] for part in (0, 1))
    links = [
        _links(len(row), len(target), *cells) for row, target, (_, cells) in zip(words, targets, rows, strict=True)
    ]
    return TagSource(name, words, tags, links)


TARGETS = [["der", "Hund", "bellt", "."], ["der", "Hund", "schläft", "!"], ["der", "Hund", "bellt", "."]]
ENGLISH = _source(
    "en",
    ("the/DET dog/NOUN barks/VERB ./PUNCT", [(0, 0, 0.9), (1, 1, 0.9), (2, 2, 0.9)]),
    ("the/DET dog/NOUN sleeps/VERB ./PUNCT", [(0, 0, 0.9), (1, 1, 0.9), (2, 2, 0.9)]),
    ("the/DET dog/NOUN barks/VERB ./PUNCT", [(0, 0, 0.9), (2, 1, 0.6), (2, 2, 0.9)]),
    targets=TARGETS,
)
GOLD = [["DET", "NOUN", "VERB", "PUNCT"]] * 3


def test_a_word_linked_wrongly_once_is_tagged_like_its_other_tokens() -> None:
    found = project_tags(TARGETS, [ENGLISH])
    assert found.tags == GOLD
    assert found.reliability == {"en": 1.0}
    assert found.n_abstained == 0
    dog = next(row for row in found.types if row.form == "hund")
    assert (dog.n_tokens, dog.shares) == (3, {"NOUN": 1.0})
    assert [row.form for row in found.types[:2]] == ["der", "hund"]


def test_distribution_and_entropy_belong_together() -> None:
    for token in (token for sentence in project_tags(TARGETS, [ENGLISH]).sentences for token in sentence):
        shares = np.array(list(token.distribution.values()))
        assert shares[0] == token.probability == max(shares)
        assert token.entropy == pytest.approx(-(shares * np.log2(shares)).sum(), abs=0.2)
    # An exclamation mark that the source never had is a sign like others, surely.
    sign = project_tags(TARGETS, [ENGLISH]).sentences[1][3]
    assert (sign.tag, sign.probability, sign.entropy) == ("PUNCT", 1.0, 0.0)


def test_unsure_tokens_are_left_without_a_tag_and_say_why() -> None:
    targets = [["der", "Hund", "uff"], ["der", "Hund", "ach"]]
    rows = ("the/DET dog/NOUN", [(0, 0, 0.9), (1, 1, 0.9)])
    source = _source("en", rows, rows, targets=targets)
    found = project_tags(targets, [source], TagSettings(min_probability=0.999))
    assert {token.tag for sentence in found.sentences for token in sentence} == {None}
    assert [token.reason for token in found.sentences[0]] == ["low-score", "low-score", "no-link"]
    assert found.n_abstained == 6
    assert found.sentences[0][1].by_source == {"en": "NOUN"}
    assert found.sentences[0][2].by_source == {"en": None}
    assert found.types[0].shares == {"": 1.0}


def test_a_source_that_contradicts_itself_weighs_less() -> None:
    noise = _source(
        "xx",
        ("a/VERB b/DET c/NOUN ./PUNCT", [(0, 0, 0.5), (1, 1, 0.5), (2, 2, 0.5)]),
        ("a/NOUN b/VERB c/DET ./PUNCT", [(0, 0, 0.5), (1, 1, 0.5), (2, 2, 0.5)]),
        ("a/DET b/NOUN c/DET ./PUNCT", [(0, 0, 0.5), (1, 1, 0.5), (2, 2, 0.5)]),
        targets=TARGETS,
    )
    found = project_tags(TARGETS, [noise, ENGLISH])
    assert found.tags == GOLD
    assert found.reliability["en"] > 0.9
    assert sum(found.reliability.values()) == pytest.approx(1.0)
    assert set(found.sentences[0][0].by_source) == {"xx", "en"}
    equal = project_tags(TARGETS, [noise, ENGLISH], TagSettings(reliability_weight=0))
    assert equal.reliability == {"xx": 0.5, "en": 0.5}


def test_a_source_may_lack_sentences() -> None:
    partly = TagSource("xx", [["a"], [], []], [["DET"], [], []], [_links(1, 4, (0, 0, 0.8)), *[_links(0, 4)] * 2])
    assert project_tags(TARGETS, [ENGLISH, partly]).tags == GOLD
    assert project_tags(
        [[], ["Hund"]], [TagSource("en", [[], ["dog"]], [[], ["NOUN"]], [_links(0, 0), _links(1, 1)])]
    ).tags == [
        [],
        ["NOUN"],
    ]


@pytest.mark.parametrize(
    ("sources", "code"),
    [
        ([], "no-source"),
        ([TagSource("en", [[]] * 3, [[]] * 3, [_links(0, 4)] * 3)], "no-source"),
        ([ENGLISH, ENGLISH], "duplicate-source"),
        ([TagSource("en", ENGLISH.words[:2], ENGLISH.tags[:2], ENGLISH.links[:2])], "different-counts"),
        ([TagSource("en", ENGLISH.words, [["DET"]] * 3, ENGLISH.links)], "different-counts"),
        ([TagSource("en", ENGLISH.words, ENGLISH.tags, [_links(4, 5)] * 3)], "different-counts"),
    ],
)
def test_sources_that_do_not_fit_are_refused(sources: list[TagSource], code: str) -> None:
    for project in (project_tags, project_tags_published):
        with pytest.raises(EngineError) as caught:
            project(TARGETS, sources)
        assert caught.value.problem.code == code


def test_the_same_input_gives_the_same_tags() -> None:
    assert project_tags(TARGETS, [ENGLISH]) == project_tags(TARGETS, [ENGLISH])


def test_links_are_learned_from_the_sentences_and_more_pairs() -> None:
    src, tgt = (
        [["red", "house"], ["red", "dog"], ["big", "house"]],
        [["casa", "roja"], ["perro", "rojo"], ["casa", "grande"]],
    )
    more = [(["big", "dog"], ["perro", "grande"]), (["house"], ["casa"]), (["dog"], ["perro"])]
    links = align_sentences(src, tgt, bitext=more)
    assert len(links) == 3
    assert links[0].mean[1].argmax() == 0
    assert links[2].mean[0].argmax() == 1


# ------------------------------------------------------------------------------------------------------ as published


def test_published_rules_worked_by_hand() -> None:
    targets = [["la", "casa", "OK", "pues", "7"]]
    source = _source(
        "en", ("the/DET house/NOUN OK/INTJ 8/NUM", [(0, 0, 0.8), (1, 1, 0.9), (1, 3, 0.7)]), targets=targets
    )
    found = project_tags_published(targets, [source])
    # "house" is used once, for the better link; "OK" has the same letters; nothing is left for "pues".
    assert found.tags == [["DET", "NOUN", "INTJ", None, "NUM"]]
    assert found.sentences[0][3].reason == "no-link"
    weak = _source("en", ("the/DET", [(0, 0, 0.55)]), targets=[["la"]])
    assert project_tags_published([["la"]], [weak], PublishedTagSettings(min_link=0.5)).tags == [["DET"]]
    assert project_tags_published([["la"]], [weak], PublishedTagSettings(min_link=0.6)).tags == [[None]]


def test_published_type_constraint_drops_rare_tags() -> None:
    targets = [["ist"]] * 4
    rows = [("is/AUX", [(0, 0, 0.9)])] * 3 + [("is/NOUN", [(0, 0, 0.9)])]
    source = _source("en", *rows, targets=targets)
    assert project_tags_published(targets, [source]).tags == [["AUX"]] * 3 + [[None]]
    kept = project_tags_published(targets, [source], PublishedTagSettings(min_share=0.25))
    assert kept.tags == [["AUX"]] * 3 + [["NOUN"]]


def test_published_vote_is_by_weight_and_no_tag_outvotes_none() -> None:
    targets = [["w"]]
    one, two, three = (
        _source("a", ("x/NOUN", [(0, 0, 0.6)]), targets=targets),
        _source("b", ("x/VERB", [(0, 0, 0.9)]), targets=targets),
        _source("c", ("x/NOUN", []), targets=targets),
    )
    assert project_tags_published(targets, [one, two, three]).tags == [["VERB"]]
    token = project_tags_published(targets, [one, three]).sentences[0][0]
    assert (token.tag, token.by_source) == ("NOUN", {"a": "NOUN", "c": None})
    token = project_tags_published(targets, [one, two]).sentences[0][0]
    assert token.distribution == {"VERB": 0.6, "NOUN": 0.4}
    assert token.entropy == pytest.approx(0.971, abs=1e-3)
