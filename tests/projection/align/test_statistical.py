from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from projection.align.base import Posterior
from projection.align.statistical import AlignerSettings, LexiconEntry, StatisticalAligner
from projection.errors import EngineError
from projection.types import Link


def words(text: str) -> list[str]:
    return text.split()


# Every noun occurs with several verbs and the other way round; the target puts the verb last.
_NOUNS = {"dog": "hund", "cat": "katze", "bird": "vogel", "fish": "fisch"}
_VERBS = {"sees": "erblickt", "hears": "vernimmt", "wants": "begehrt"}
CORPUS = [
    (f"the {one} {verb} the {two}".split(), f"der {_NOUNS[one]} den {_NOUNS[two]} {_VERBS[verb]}".split())
    for one in _NOUNS
    for verb in _VERBS
    for two in _NOUNS
    if one != two
]


def _fit(pairs: list[tuple[list[str], list[str]]] = CORPUS, **settings: object) -> StatisticalAligner:
    aligner = StatisticalAligner(AlignerSettings(**settings))
    aligner.fit(iter(pairs), progress=lambda _: None)
    return aligner


def _links(posterior: Posterior) -> list[tuple[int, int]]:
    return [(link.src, link.tgt) for link in posterior.hard_links("intersection")]


@pytest.mark.parametrize("prior_weight", [0.0, 2.0])
def test_finds_the_obvious_links_of_a_tiny_corpus(prior_weight: float) -> None:
    aligner = _fit(prior_weight=prior_weight)
    for src, tgt in CORPUS:
        assert {(1, 1), (2, 4), (4, 3)} <= set(_links(aligner.align(src, tgt)))


def test_aligns_new_sentences_with_what_was_learned() -> None:
    src, tgt = words("the dog hears the cat and the bird"), words("der hund die katze und den vogel vernimmt")
    assert {(1, 1), (2, 7), (4, 3), (7, 6)} <= set(_links(_fit().align(src, tgt)))


def test_unknown_names_are_linked_by_their_spelling() -> None:
    src, tgt = words("the Obama sees the Xanthippe"), words("der Xantippe den Obama erblickt")
    assert {(1, 3), (4, 1)} <= set(_links(_fit().align(src, tgt)))


def test_spelling_works_across_scripts() -> None:
    pairs = [(words("Putin sees Moscow"), words("Путин видит Москву")), (words("Moscow"), words("Москва"))]
    found = _fit(pairs).align(words("Putin Moscow"), words("Москва Путин"))
    assert _links(found) == [(0, 1), (1, 0)]


def test_lexicon_decides_where_the_corpus_cannot() -> None:
    pairs = [(words("aa bb"), words("xx yy"))] * 3
    entries = [LexiconEntry("aa", "yy", 50.0), LexiconEntry("bb", "xx", 50.0), LexiconEntry("never", "seen", 9.0)]
    aligner = StatisticalAligner(AlignerSettings(), lexicon=entries)
    aligner.fit(pairs, progress=lambda _: None)
    assert _links(aligner.align(words("aa bb"), words("xx yy"))) == [(0, 1), (1, 0)]


def test_a_name_that_occurs_once_goes_to_its_twin_not_to_an_alike_word_at_its_place() -> None:
    # "Moser" and "Ostern" are alike (three of eleven letters differ) and both occur once; only the twin is the same.
    src = words("Moser announced talks with the dog after Easter")
    tgt = words("nach Ostern will Moser Gespräche mit dem hund führen")
    found = _fit([*CORPUS, (src, tgt)]).align(src, tgt).mean
    assert found[0, 3] > 0.95
    assert found[0, 1] < 0.05


def test_likeness_of_common_words_does_not_outweigh_what_the_pairs_say() -> None:
    rounds = [
        ("the dog will come", "der hund wird kommen"),
        ("the dog wishes it", "der hund will es"),
        ("the cat wishes it", "die katze will es"),
        ("the cat will come", "die katze wird kommen"),
    ]
    src, tgt = words("the bird wishes it and will come"), words("der vogel will es und wird kommen")
    pairs = [(words(one), words(other)) for one, other in rounds] * 6
    found = _fit([*CORPUS, *pairs, (src, tgt)]).align(src, tgt).mean
    assert found[2, 2] > 0.9
    assert found[5, 5] > 0.9


def test_a_new_name_goes_to_its_twin_too() -> None:
    src, tgt = words("Moser sees the dog after Easter"), words("nach Ostern erblickt Moser den hund")
    found = _fit().align(src, tgt).mean
    assert found[0, 3] > 0.95
    assert found[0, 1] < 0.05
    assert found[5, 1] > 0.8


def test_many_pairs_at_once_get_what_each_gets_alone() -> None:
    aligner = _fit()
    new = [
        (words("Moser sees the dog"), words("nach Ostern erblickt Moser den hund")),
        (words("unseen"), words("der hund")),
        ([], words("hund")),
        (["dog", "bird"] * 100, ["hund", "vogel", "der"] * 70),
        (words("Easter the"), words("Ostern")),
    ]
    pairs = [*CORPUS, *new]
    for (src, tgt), found in zip(pairs, aligner.align_many(pairs), strict=True):
        alone = aligner.align(src, tgt)
        np.testing.assert_allclose(found.forward, alone.forward, atol=1e-6)
        np.testing.assert_allclose(found.reverse, alone.reverse, atol=1e-6)
        assert _links(found) == _links(alone)


def test_repeated_names_keep_their_order() -> None:
    src = words("the Paris sees the dog the Paris hears the cat")
    tgt = words("der Paris den hund erblickt der Paris die katze vernimmt")
    assert {(1, 1), (6, 6)} <= set(_links(_fit().align(src, tgt)))


def test_posteriors_are_probabilities() -> None:
    found = _fit().align(*CORPUS[0])
    assert found.forward.shape == found.reverse.shape == (5, 5)
    assert found.forward.min() >= 0
    assert found.forward.sum(axis=0).max() <= 1.0001
    assert found.reverse.sum(axis=1).max() <= 1.0001
    np.testing.assert_allclose(found.mean, (found.forward + found.reverse) / 2)


@pytest.mark.parametrize(("n_src", "n_tgt"), [(0, 0), (0, 3), (3, 0), (1, 1), (1, 5), (500, 3), (700, 800)])
def test_any_lengths_give_matrices_of_that_shape(n_src: int, n_tgt: int) -> None:
    found = _fit().align(["dog"] * n_src, ["hund"] * n_tgt)
    assert found.forward.shape == (n_src, n_tgt)
    assert np.isfinite(found.forward).all()
    if n_src and n_tgt:
        assert found.forward.sum() > 0


def test_odd_corpora_are_learned_from_without_a_fault() -> None:
    odd = [([], ["a"]), (["a"], []), (["New York"], ["Nueva York"]), (["x"] * 400, ["y"] * 2), ([" "], ["\u200b"])]
    assert _links(_fit(odd).align(["New York"], ["Nueva York"])) == [(0, 0)]
    assert _links(_fit([]).align(["a"], ["a"])) == [(0, 0)]


def test_is_deterministic_and_survives_save_and_load(tmp_path: Path) -> None:
    first, second = _fit(), _fit()
    first.save(tmp_path / "first.npz")
    second.save(tmp_path / "second.npz")
    loaded = StatisticalAligner()
    loaded.load(tmp_path / "first.npz")
    for src, tgt in [*CORPUS[:3], (words("new Words"), words("neue Wörter"))]:
        expected = first.align(src, tgt)
        for other in (second, loaded):
            assert other.align(src, tgt).forward.tobytes() == expected.forward.tobytes()
            assert other.align(src, tgt).reverse.tobytes() == expected.reverse.tobytes()
    with np.load(tmp_path / "first.npz") as one, np.load(tmp_path / "second.npz") as two:
        assert all(one[name].tobytes() == two[name].tobytes() for name in one)


def test_stems_with_odd_characters_survive_save_and_load(tmp_path: Path) -> None:
    odd = [(["a\\0b", "c\0d", "é"], ["\\", "\\\\0", "日"])]
    aligner = _fit(odd, stem_letters=0)
    aligner.save(tmp_path / "model.npz")
    loaded = StatisticalAligner(AlignerSettings(stem_letters=0))
    loaded.load(tmp_path / "model.npz")
    assert loaded.align(*odd[0]).forward.tobytes() == aligner.align(*odd[0]).forward.tobytes()


def test_refuses_what_it_cannot_use(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="not learned yet"):
        StatisticalAligner().align(["a"], ["b"])
    with pytest.raises(EngineError, match="no usable model"):
        StatisticalAligner().load(tmp_path / "missing.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(EngineError, match="no usable model"):
        StatisticalAligner().load(tmp_path / "broken.npz")
    _fit().save(tmp_path / "model.npz")
    with pytest.raises(EngineError, match="learned with stem_letters 4, not 5"):
        StatisticalAligner(AlignerSettings(stem_letters=5)).load(tmp_path / "model.npz")


def test_progress_reaches_one_and_never_falls() -> None:
    seen: list[float] = []
    StatisticalAligner().fit(CORPUS, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_posterior_from_links() -> None:
    found = Posterior.from_links([Link(0, 1, 0.5), Link(0, 1, 0.25), Link(1, 0)], n_src=2, n_tgt=2)
    assert found.mean.tolist() == [[0.0, 0.5], [1.0, 0.0]]


def test_hard_links_need_more_than_the_probability_of_no_link() -> None:
    cells = np.array([[0.6, 0.2], [0.1, 0.3]], dtype=np.float32)
    found = Posterior(forward=cells, reverse=cells)
    assert [(link.src, link.tgt, link.probability) for link in found.hard_links("union")] == [
        (0, 0, pytest.approx(0.6))
    ]
