from __future__ import annotations

from pathlib import Path

import pytest

from projection.formats import Sentence, pair_by_id, pair_by_position, pair_by_table, read_conll, read_id_table
from projection.formats.pairing import PairResult


def sentences(*ids: str) -> list[Sentence]:
    return [Sentence(name, f"text {name}", line=row + 1, row=row) for row, name in enumerate(ids)]


def pairs(result: PairResult) -> list[tuple[str, str, str]]:
    return [(pair.id, pair.source.id, pair.target.id) for pair in result.pairs]


def faults(result: PairResult) -> list[str]:
    return [str(problem) for problem in result.problems]


def test_by_position() -> None:
    result = pair_by_position(sentences("a", "b"), sentences("x", "y"))
    assert pairs(result) == [("a", "a", "x"), ("b", "b", "y")]
    assert result.problems == []


def test_different_counts_are_reported_with_the_surplus() -> None:
    result = pair_by_position(sentences("a"), sentences("x", "y"))
    assert pairs(result) == [("a", "a", "x")]
    assert faults(result) == [
        ("The source has 1 sentences, the target 2. Check for a missing sentence, or pair by id or with an id table."),
        "target, line 2: The target sentence 'y' has no source sentence. It was not paired.",
    ]
    assert result.problems[1].row == 1


def test_by_id() -> None:
    result = pair_by_id(sentences("a", "b", "c", "c"), sentences("b", "d", "a", "a"))
    assert pairs(result) == [("b", "b", "b")]
    assert faults(result) == [
        "target, line 3: 2 target sentences have the id 'a'. Not paired: give each its own id.",
        "target, line 4: 2 target sentences have the id 'a'. Not paired: give each its own id.",
        "source, line 3: 2 source sentences have the id 'c'. Not paired: give each its own id.",
        "source, line 4: 2 source sentences have the id 'c'. Not paired: give each its own id.",
        "source, line 1: The source sentence 'a' has no target sentence. It was not paired.",
        "target, line 2: The target sentence 'd' has no source sentence. It was not paired.",
    ]


def test_by_positions_of_a_table() -> None:
    table = read_id_table(b"id\ten\tde\np\t1\t0\nq\t0\t2\n")
    result = pair_by_table(table, "en", "de", sentences("a", "b"), sentences("x", "y", "z"))
    assert pairs(result) == [("p", "b", "x"), ("q", "a", "z")]
    assert faults(result) == ["target, line 2: The target sentence 'y' has no source sentence. It was not paired."]


def test_running_numbers_are_never_taken_for_positions() -> None:
    table = read_id_table(b"id\ten\tde\np\t1\t1\n")
    result = pair_by_table(table, "en", "de", sentences("1", "2"), sentences("1", "2"))
    assert pairs(result) == [("p", "2", "2")]
    as_ids = pair_by_table(table, "en", "de", sentences("1", "2"), sentences("1", "2"), cells="id")
    assert pairs(as_ids) == [("p", "1", "1")]


def test_by_ids_of_a_table() -> None:
    table = read_id_table(b"id\ten\tde\np\ta\t0\nq\tnone\t1\nr\tb\t5\ns\t\t1\nt\ta\t1\n")
    result = pair_by_table(table, "en", "de", sentences("a", "b"), sentences("x", "y"))
    assert pairs(result) == [("p", "a", "x")]
    assert faults(result) == [
        "id table, line 3: The source file has no sentence 'none'. The row was not paired.",
        "id table, line 4: Position 5 is outside the 2 target sentences, counted from 0. The row was not paired.",
        "id table, line 5: Column 'en' is empty. The row was not paired.",
        "id table, line 5: The target sentence 1 is in an earlier row already. The row was not paired.",
        "id table, line 6: The source sentence a is in an earlier row already. The row was not paired.",
        "id table, line 6: The target sentence 1 is in an earlier row already. The row was not paired.",
    ]


@pytest.mark.data
@pytest.mark.parametrize("lang", ["de", "pt", "sv"])
def test_published_files_are_joined_by_their_table(data_dir: Path, lang: str) -> None:
    folder = data_dir / "ner-uner-pud"
    table = read_id_table((folder / "pud_ids.tsv").read_bytes())
    sources, targets = (read_conll((folder / f"{name}_pud-ud-test.iob2").read_bytes()).rows for name in ("en", lang))
    result = pair_by_table(table, "en", lang, sources, targets)
    assert len(result.pairs) == 1000
    assert result.problems == []
    assert len({pair.target.row for pair in result.pairs}) == 1000
