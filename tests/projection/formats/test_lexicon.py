from __future__ import annotations

import pytest

from projection.formats.lexicon import Term, read_lexicon


def test_terms_with_and_without_a_weight() -> None:
    found = read_lexicon(b"# glossary\nfever\tfiebre\n\nheart failure\tinsuficiencia cardiaca\t2.5\r\ncough\ttos\t\n")
    assert found.rows == [
        Term("fever", "fiebre", 5.0),
        Term("heart failure", "insuficiencia cardiaca", 2.5),
        Term("cough", "tos", 5.0),
    ]
    assert found.problems == []
    assert found.n_lines == 5


@pytest.mark.parametrize(
    "line",
    [
        "fever",
        "fever\t",
        "\tfiebre",
        "fever\tfiebre\tmuch",
        "a\tb\t0",
        "a\tb\t-1",
        "a\tb\tinf",
        "a\tb\tnan",
        "a\tb\t1\tc",
    ],
)
def test_lines_that_are_no_terms_come_back_with_their_place(line: str) -> None:
    found = read_lexicon(f"fever\tfiebre\n{line}\ncough\ttos".encode())
    assert [term.src for term in found.rows] == ["fever", "cough"]
    (problem,) = found.problems
    assert (problem.code, problem.line) == ("bad-term", 2)
