from __future__ import annotations

import pytest

from projection.errors import FormatError
from projection.formats import read_id_table


def test_a_table_is_read() -> None:
    table = read_id_table(b"pud\ten\tde\r\nn1\t0\t2\r\n\r\nn2\t1\t\r\n")
    assert (table.id_column, table.columns) == ("pud", ("en", "de"))
    assert [(row.id, row.cells, row.line) for row in table.rows] == [("n1", ("0", "2"), 2), ("n2", ("1", ""), 4)]
    assert table.problems == []
    assert table.column_index("de") == 1


def test_rows_that_cannot_be_used_are_reported() -> None:
    table = read_id_table(b"pud\ten\tde\nn1\t0\n\t1\t1\nn2\t1\t1\nn2\t2\t2\n")
    assert [row.id for row in table.rows] == ["n2"]
    assert [str(problem) for problem in table.problems] == [
        "line 2: The row has 2 column(s), the header 3. The row was left out.",
        "line 3: The row has no id. The row was left out.",
        "line 5: The id 'n2' was used before, in line 4. The row was left out.",
    ]


@pytest.mark.parametrize("data", [b"", b"only\n1\n", b"a\ta\n1\t2\n", b"a\t\n1\t2\n"])
def test_a_table_without_a_header_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        read_id_table(data)
    assert str(caught.value) == (
        "line 1: The first line is not a header of at least two different column names, separated by tabs. "
        "Add one: an id column, then one per language."
    )


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(FormatError, match=r"The id table has no column 'fr'\. Its columns: en, de\."):
        read_id_table(b"id\ten\tde\n").column_index("fr")
