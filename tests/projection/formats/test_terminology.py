from __future__ import annotations

import pytest

from projection.errors import FormatError
from projection.formats.terminology import Term, read_terminology


def test_concepts_are_read_with_their_other_names() -> None:
    found = read_terminology(b"id\tterm\taliases\tgloss\nQ1\tfever\tFieber| |fever|pyrexia\thot\nQ2\tcough\n")
    assert found.rows == [Term("Q1", "fever", ("Fieber", "pyrexia"), "hot", 2), Term("Q2", "cough", (), "", 3)]
    assert found.problems == []


def test_rows_without_code_or_name_and_codes_twice_are_left_out() -> None:
    found = read_terminology(b"code,name\n,fever\nC1,\nC2,cough\nC2,Husten\n")
    assert [term.code for term in found.rows] == ["C2"]
    assert [str(problem) for problem in found.problems] == [
        "line 2: The row has no code. The row was left out.",
        "line 3: The concept 'C1' has no name. The row was left out.",
        "line 5: The code 'C2' was used before, in line 4. The row was left out.",
    ]
    with pytest.raises(FormatError, match="The table has no column 'name'"):
        read_terminology(b"code\tx\nC1\ty\n")
