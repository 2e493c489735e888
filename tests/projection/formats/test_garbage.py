"""Whatever is uploaded: readers return problems or refuse with a `FormatError`, and never fail in another way."""

from __future__ import annotations

import gc
import random

import pytest

from projection.errors import FormatError
from projection.formats import FORMATS, detect_format, read_conll, read_jsonl

PIECES = [
    *("#", "# text = ", "# sent_id = a", "# newdoc id = ", "-DOCSTART-", "\t", "\t\t", " ", "  "),
    *("\n", "\n\n", "\r\n", "\r", "1", "2", "1-2", "O", "B-X", "I-X", "E-X", "S-", "B-", "X", '"', '""'),
    *("source", "target", "id", ",", ";", "0-0", "1p1", "0-0:0.5", "-", "{", "}", "[]", "null"),
    *('{"id":"a"}', '{"id":"a","segments":[{"text":"b","lang":"en","side":"source"}]}'),
    *("ä", "😀", "\u0301", "\u00a0", "\u2028", "\ufeff", "\0", "\ud800"),
]


def random_file(rng: random.Random) -> bytes:
    text = "".join(rng.choice(PIECES) for _ in range(rng.randrange(40)))
    data = text.encode(rng.choice(["utf-8", "utf-8", "utf-8", "utf-16", "utf-16-le"]), "surrogatepass")
    return data if rng.random() < 0.9 else data + bytes([rng.randrange(256)])


def test_no_reader_fails_on_garbage() -> None:
    rng = random.Random(1)
    refusals: list[FormatError] = []
    n_read = 0
    for _ in range(3_000):
        data = random_file(rng)
        for read in (entry.read for entry in FORMATS.values()):
            try:
                result = read(data)
            except FormatError as err:
                refusals.append(err)
            else:
                n_read += 1
                assert all(problem.code and problem.message.endswith(".") for problem in result.problems)
    assert len(refusals) > 1_000
    assert all(err.problem.message.endswith(".") and err.problem.remedy.endswith(".") for err in refusals)
    assert n_read > 1_000


def test_garbage_is_recognised_as_something() -> None:
    rng = random.Random(2)
    for _ in range(3_000):
        try:
            guess = detect_format(random_file(rng), rng.choice(["", "a.conll", "a.txt"]))
        except FormatError:
            continue
        assert guess.name in FORMATS
        assert 0 <= guess.confidence <= 1


def test_rows_of_problems_exist() -> None:
    rng = random.Random(3)
    n_with_row = 0
    for _ in range(3_000):
        try:
            result = read_conll(random_file(rng))
        except FormatError:
            continue
        assert [row.row for row in result.rows] == list(range(len(result.rows)))
        for problem in result.problems:
            n_with_row += problem.row >= 0
            assert -1 <= problem.row < len(result.rows)
            assert 1 <= problem.line <= max(1, result.n_lines)
    assert n_with_row > 300


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(is_enabled: bool) -> None:
    was_enabled = gc.isenabled()
    try:
        (gc.enable if is_enabled else gc.disable)()
        read_jsonl(b"{")
        assert gc.isenabled() == is_enabled
        with pytest.raises(FormatError):
            read_conll(b"\xff")
        assert gc.isenabled() == is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()
