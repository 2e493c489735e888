from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from projection.align.base import LexiconEntry, WordPair
from projection.align.external import ExternalAligner, ExternalSettings
from projection.align.external_programs import AlignmentProgram, Eflomal, FastAlign
from projection.errors import EngineError
from projection.programs import find_program
from tests.projection.align.stand_ins import install, read_notes

HAS_EFLOMAL = find_program(Eflomal.command) is not None
PAIRS: list[WordPair] = [
    (["Anna", "met", "Bob"], ["Anna", "traf", "Bob"]),
    (["Bob", "sleeps"], ["Bob", "schläft"]),
    ([], ["nichts"]),
    (["nothing"], []),
]


def _learned(
    program: AlignmentProgram, pairs: list[WordPair], lexicon: list[LexiconEntry] | None = None, **settings: object
) -> ExternalAligner:
    aligner = ExternalAligner(program, ExternalSettings(**settings))
    aligner.use_lexicon(lexicon or [])
    corpus = aligner.new_corpus()
    for src, tgt in pairs:
        corpus.add(src, tgt)
    aligner.learn(corpus, progress=lambda _: None)
    return aligner


def _links(aligner: ExternalAligner, *pairs: WordPair, method: str = "intersection") -> list[list[tuple[int, int]]]:
    return [[link[:2] for link in found.hard_links(method)] for found in aligner.align_many(pairs)]


@pytest.fixture
def eflomal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return install(monkeypatch, tmp_path, "eflomal-align")


@pytest.fixture
def fast_align(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return install(monkeypatch, tmp_path, "fast_align")


def test_links_come_back_by_pair_and_the_program_runs_once(eflomal: Path) -> None:
    aligner = _learned(Eflomal(), PAIRS)
    assert _links(aligner, *PAIRS) == [[(0, 0), (1, 1), (2, 2)], [(0, 0), (1, 1)], [], []]
    assert [found.mean.shape for found in aligner.align_many(PAIRS)] == [(3, 3), (2, 2), (0, 1), (1, 0)]
    # Pairs with an empty side do not go to the program.
    assert [note["n_pairs"] for note in read_notes(eflomal)] == [2]


def test_both_directions_are_kept_apart(fast_align: Path) -> None:
    aligner = _learned(FastAlign(), [(["a", "b", "c"], ["x", "y"])])
    found = aligner.align_many([(["a", "b", "c"], ["x", "y"])])[0]
    np.testing.assert_array_equal(found.forward, [[1, 0], [0, 1], [0, 0]])
    np.testing.assert_array_equal(found.reverse, [[1, 0], [0, 1], [0, 0]])
    assert [(note["n_pairs"], note["reverse"]) for note in read_notes(fast_align)] == [(1, False), (1, True)]


def test_alike_spellings_and_the_lexicon_become_priors(eflomal: Path) -> None:
    # "Bob" is spelled alike (weight 3), "met" and "traf" stand in the lexicon (count 7); the rest goes by place.
    pairs = [(["Bob", "met", "them"], ["dann", "traf", "sie", "Bob"])]
    aligner = _learned(Eflomal(), pairs, [LexiconEntry("met", "traf", 7.0)], prior_weight=3.0)
    assert {(0, 3), (1, 1)} <= set(_links(aligner, *pairs)[0])
    assert read_notes(eflomal)[0]["priors"] == [3.0, 7.0]


def test_no_prior_where_it_is_switched_off(eflomal: Path) -> None:
    _learned(Eflomal(), PAIRS, prior_weight=0.0)
    assert read_notes(eflomal)[0]["priors"] == []


@pytest.mark.parametrize("program", [Eflomal(), FastAlign()], ids=lambda program: program.command)
def test_blanks_and_separators_in_words_do_not_shift_links(program: AlignmentProgram, request: object) -> None:
    request.getfixturevalue(program.command.partition("-")[0])
    words = ["New York", "|||", "\t", "a\nb", "\u2028", "end"]
    aligner = _learned(program, [(words, words)], stem_letters=0)
    assert _links(aligner, (words, words)) == [[(place, place) for place in range(6)]]


def test_long_pairs_are_aligned_piece_by_piece(eflomal: Path) -> None:
    src, tgt = [f"s{number}" for number in range(300)], [f"t{number}" for number in range(300)]
    aligner = _learned(Eflomal(), [(src, tgt)], prior_weight=0.0)
    assert read_notes(eflomal)[0]["n_pairs"] == 3
    assert _links(aligner, (src, tgt)) == [[(place, place) for place in range(300)]]


def test_new_pairs_run_eflomal_on_them_alone_with_what_it_learned(eflomal: Path) -> None:
    aligner = _learned(Eflomal(), [(["red", "house"], ["rotes", "Haus"]), (["red"], ["rotes"])], prior_weight=0.0)
    # Word order is turned round, so only the counts of before can find the links.
    assert _links(aligner, (["house", "red"], ["rotes", "Haus"]), (["red"], ["rotes"])) == [[(0, 1), (1, 0)], [(0, 0)]]
    first, second = read_notes(eflomal)
    # The word pairs were linked twice and once, in both directions.
    assert (first["n_pairs"], second["n_pairs"], second["priors"]) == (2, 1, [1.0, 2.0])


def test_new_pairs_run_fast_align_on_all(fast_align: Path) -> None:
    aligner = _learned(FastAlign(), PAIRS)
    assert _links(aligner, (["unseen", "words"], ["neue", "Wörter"]), PAIRS[1]) == [[(0, 0), (1, 1)]] * 2
    assert [note["n_pairs"] for note in read_notes(fast_align)] == [2, 2, 3, 3]


@pytest.mark.parametrize("program", [Eflomal(), FastAlign()], ids=lambda program: program.command)
def test_what_was_learned_survives_a_restart(program: AlignmentProgram, request: object) -> None:
    notes = request.getfixturevalue(program.command.partition("-")[0])
    aligner = _learned(program, PAIRS)
    n_calls = len(read_notes(notes))
    again = ExternalAligner(program)
    again.from_arrays(aligner.to_arrays())
    for one, other in zip(aligner.align_many(PAIRS), again.align_many(PAIRS), strict=True):
        np.testing.assert_array_equal(one.forward, other.forward)
        np.testing.assert_array_equal(one.reverse, other.reverse)
    assert len(read_notes(notes)) == n_calls


def test_what_another_program_learned_is_refused(eflomal: Path, fast_align: Path) -> None:
    arrays = _learned(Eflomal(), PAIRS).to_arrays()
    for other in (ExternalAligner(FastAlign()), ExternalAligner(Eflomal(), ExternalSettings(stem_letters=3))):
        with pytest.raises(ValueError, match="other settings"):
            other.from_arrays(arrays)
    # The time limit changes no link.
    ExternalAligner(Eflomal(), ExternalSettings(timeout_s=7)).from_arrays(arrays)


def test_nothing_to_learn_from(eflomal: Path) -> None:
    aligner = _learned(Eflomal(), [([], [])])
    assert not eflomal.exists()
    again = ExternalAligner(Eflomal())
    again.from_arrays(aligner.to_arrays())
    assert _links(again, ([], ["a"])) == [[]]


def test_it_must_learn_first() -> None:
    with pytest.raises(EngineError, match="not learned yet"):
        ExternalAligner(Eflomal()).align_many([])


# ------------------------------------------------------------------------------------------------------------- errors


def test_a_missing_program_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("projection.programs.which", lambda *_, **__: None)
    with pytest.raises(EngineError, match="The program fast_align is not installed"):
        _learned(FastAlign(), PAIRS)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "import sys\nfor line in 'abcd': print(line, file=sys.stderr)\nsys.exit(7)",
            "fast_align ended with code 7: b / c / d",
        ),
        ("print('spoke on the other output')\nraise SystemExit(2)", "ended with code 2: spoke on the other output"),
        ("raise SystemExit(3)", "ended with code 3: without a word."),
        ("import os\nos.kill(os.getpid(), 11)", "was killed by signal 11"),
        ("print('0-0')", r"gave something else than links \(1 lines of links for 2 pairs\)"),
        ("print('0-0\\nx')", "gave something else than links"),
        ("print('0-0\\n0-2')", r"pair 2: a link points outside the sentences"),
        ("print('0-0 1-0\\n')", r"pair 1: a word has two partners in one direction"),
    ],
)
def test_what_goes_wrong_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, said: str) -> None:
    install(monkeypatch, tmp_path, "fast_align", code)
    with pytest.raises(EngineError, match=said):
        _learned(FastAlign(), PAIRS)


def test_a_program_that_does_not_end_is_killed_with_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = tmp_path / "alive"
    child = f"import time; time.sleep(1.5); open({str(mark)!r}, 'w')"
    code = f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(60)"
    install(monkeypatch, tmp_path, "eflomal-align", code)
    start = time.monotonic()
    with pytest.raises(EngineError, match=r"eflomal-align did not end within 0\.5 seconds"):
        _learned(Eflomal(), PAIRS, timeout_s=0.5)
    assert time.monotonic() - start < 20
    time.sleep(2)
    assert not mark.exists()


# ------------------------------------------------------------------------------------------------- the real program


@pytest.mark.skipif(not HAS_EFLOMAL, reason="eflomal is not installed")
def test_the_real_eflomal_finds_what_repeats() -> None:
    names = {"Anna": "Anna", "house": "Haus", "garden": "Garten", "sees": "sieht", "the": "das", "buys": "kauft"}
    pairs: list[WordPair] = [
        (src.split(), [names[word] for word in src.split()])
        for src in ("Anna sees the house", "Anna buys the garden", "the garden sees Anna", "the house buys Anna") * 5
    ]
    aligner = _learned(Eflomal(), pairs)
    assert _links(aligner, *pairs[:4]) == [[(place, place) for place in range(4)]] * 4
    # It draws at random, and one new sentence has little to go by; but a link there must be a right one.
    new = _links(aligner, (["Anna", "buys", "New York"], ["New York", "kauft", "Anna"]))[0]
    assert set(new) <= {(0, 2), (1, 1), (2, 0)}
    assert new
