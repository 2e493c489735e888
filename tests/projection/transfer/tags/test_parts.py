from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from projection.align.base import Posterior
from projection.transfer.tags import TagSettings, TagSource
from projection.transfer.tags.chain import chain_posterior, forward_backward
from projection.transfer.tags.context import context_posterior
from projection.transfer.tags.corpus import PlainTags, Tokens, case_of, expected_tags, plain_kind
from projection.transfer.tags.smoothing import case_factor, form_distribution


def test_forward_backward_equals_enumeration() -> None:
    random = np.random.default_rng(3)
    emission, follows, begins = random.random((2, 4, 3)) + 0.1, random.random((3, 3)) + 0.1, random.random(3) + 0.1
    lengths = [4, 2]
    mask = np.arange(4)[None, :] < np.array(lengths)[:, None]
    expected, moves = np.zeros((2, 4, 3)), np.zeros((3, 3))
    for number, length in enumerate(lengths):
        weights = {}
        for path in product(range(3), repeat=length):
            steps = np.prod([emission[number, step, tag] for step, tag in enumerate(path)])
            weights[path] = steps * begins[path[0]] * np.prod([follows[pair] for pair in pairwise(path)])
        total = sum(weights.values())
        for path, weight in weights.items():
            for step, tag in enumerate(path):
                expected[number, step, tag] += weight / total
            for pair in pairwise(path):
                moves[pair] += weight / total
    found, moved = forward_backward(emission, mask, follows, begins)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(moved, moves, atol=1e-12)


def test_neighbours_decide_where_a_token_does_not() -> None:
    # "A B" and "B A" eight times each; then an A before a token that says nothing.
    local = np.array([[0.98, 0.02], [0.02, 0.98], [0.02, 0.98], [0.98, 0.02]] * 8 + [[0.98, 0.02], [0.5, 0.5]])
    lengths = np.full(17, 2)
    alone = chain_posterior(lengths, local, weight=0)
    together = chain_posterior(lengths, local, weight=1)
    assert alone[-1] == pytest.approx([0.5, 0.5])
    assert together[-1, 1] > 0.6
    np.testing.assert_allclose(together.sum(axis=1), 1.0)


def test_the_distribution_of_a_form_backs_off_to_its_ending() -> None:
    tokens = Tokens.make([["singen", "laufen", "x"]])
    evidence = np.array([[4.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    settings = TagSettings(word_weight=3, ending_weight=5, ending_letters=2)
    found = form_distribution(tokens, evidence, settings)
    # The only counts are 4 of the first tag, 2 after damping, for the endings "", "n" and "en".
    assert found[0, 0] == pytest.approx(1.0)
    assert found[1, 0] == pytest.approx(1.0, abs=1e-5)
    mixed = form_distribution(tokens, np.array([[4.0, 0.0], [0.0, 0.0], [0.0, 9.0]]), settings)
    # Damped: 2 and 3, so the empty ending says 0.4; "n": (2 + 5 * 0.4) / 7; "en": (2 + 5 * that) / 7.
    ending = (2 + 5 * 0.4) / 7
    assert mixed[1, 0] == pytest.approx((2 + 5 * ending) / 7, abs=1e-5)
    assert mixed[0, 0] == pytest.approx((4 + 3 * (2 + 5 * ending) / 7) / 7, abs=1e-5)
    assert mixed[2, 0] == pytest.approx(3 * 0.4 / 12, abs=1e-5)


def test_capital_letters_speak_for_names() -> None:
    tokens = Tokens.make([["the", "Ada", "sleeps"]] * 10)
    posterior = np.tile([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], (10, 1))
    factor = case_factor(tokens, posterior, 1.0)
    # (10 + 5/3) / 15 of the capitals are names, 1/3 of all tokens.
    assert factor[1, 0] == pytest.approx((10 + 5 / 3) / 15 / (1 / 3))
    assert factor[0, 0] == pytest.approx((5 / 3) / 25 / (1 / 3))
    np.testing.assert_allclose(case_factor(tokens, posterior, 0.5), np.sqrt(factor))


@pytest.mark.parametrize(
    ("word", "case"),
    [("ada", "small"), ("Ada", "capital"), ("ADA", "capitals"), ("A", "capital"), ("7", "none+digit"), ("ก", "none")],
)
def test_case_of_a_token(word: str, case: str) -> None:
    assert case_of(word, is_first=False) == case


def test_a_capital_at_the_start_says_nothing() -> None:
    assert Tokens.make([["«", "Ada", "Lovelace"]]).cases == ["none", "first", "capital"]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("1,5", "number"),
        ("...", "punctuation"),
        ("€", "symbol"),
        ("+-", "symbol"),
        ("a.", ""),
        ("10b", ""),
        ("๒", "number"),
    ],
)
def test_kind_of_a_token_without_letters(word: str, kind: str) -> None:
    assert plain_kind(word) == kind


def _source(words: list[str], tags: list[str], cells: np.ndarray | None = None) -> TagSource:
    cells = np.zeros((len(words), 1), dtype=np.float32) if cells is None else cells
    return TagSource("en", [words], [tags], [Posterior(cells, cells)])


def test_signs_and_numbers_are_tagged_as_in_the_source() -> None:
    plain = PlainTags([_source(["1990", "1", "2", "$", ".", ","], ["NOUN", "NUM", "NUM", "SYM", "PUNCT", "PUNCT"])])
    assert plain.find("1990") == "NOUN"
    assert plain.find("3.000") == "NUM"
    assert plain.find("„") == "PUNCT"
    assert plain.find("€") == "SYM"
    assert plain.find("word") is None
    assert PlainTags([_source(["a"], ["DET"])]).find(".") is None


def test_expected_tags_are_products_of_both_directions() -> None:
    forward = np.array([[0.5, 0.0], [0.5, 1.0]], dtype=np.float32)
    reverse = np.array([[0.2, 0.8], [0.4, 0.5]], dtype=np.float32)
    source = TagSource("en", [["a", "b"]], [["N", "V"]], [Posterior(forward, reverse)])
    np.testing.assert_allclose(expected_tags(source, ["N", "V"]), [[0.1, 0.2], [0.0, 0.5]], atol=1e-6)


def test_the_context_model_learns_what_stands_before() -> None:
    sentences = [["le", f"mot{number}"] for number in range(30)] + [["il", f"fait{number}"] for number in range(30)]
    tokens = Tokens.make([*sentences, ["le", "inconnu"], ["il", "inconnu"]])
    targets = np.tile([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], (30, 1))
    verbs = np.tile([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], (30, 1))
    open_ = [[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]]
    found = context_posterior(tokens, np.concatenate([targets, verbs, open_, open_]), penalty=1.0)
    assert found[-3, 1] > 0.6
    assert found[-1, 2] > 0.6
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
