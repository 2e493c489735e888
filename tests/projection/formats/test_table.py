from __future__ import annotations

import pytest

from projection.errors import FormatError
from projection.formats import read_table, write_table
from projection.types import Interval, Item, Relation, Segment, Span


def test_texts_are_read_with_the_columns_beside_them() -> None:
    found = read_table(b"index_id\tcategory\ttext\n7\tsports\tShe rows.\n9\t travel \tHe sails.\n")
    assert [(row.id, row.text, dict(row.meta), row.line, row.row) for row in found.rows] == [
        ("7", "She rows.", {"category": "sports"}, 2, 0),
        ("9", "He sails.", {"category": "travel"}, 3, 1),
    ]
    assert found.info["labels"] == ["category"]
    assert found.problems == []


def test_rows_with_faults_are_named_with_their_line() -> None:
    found = read_table(b"id\ttext\tlabel\n1\t \ta\n2\tHe sails.\n2\tShe rows.\tb\n")
    assert [(problem.code, problem.line, problem.row) for problem in found.problems] == [
        ("empty-sentence", 2, 0),
        ("wrong-columns", 3, 1),
        ("duplicate-id", 4, 2),
    ]
    with pytest.raises(FormatError, match="The table has no column 'text'"):
        read_table(b"a\tb\n1\t2\n")


def test_classes_are_written_in_their_columns_and_the_rest_is_named() -> None:
    text = 'She "rows".'
    whole = (Interval(0, len(text)),)
    spans = (
        Span("sports", whole, 1, "topic", "c"),
        Span("calm", whole, 1, "mood", "d"),
        Span("a|b", whole, 1, "mood", "e"),
        Span("PER", (Interval(0, 3),), 1, "names", "f"),
    )
    segments = (Segment("She rows.", "en", "source"), Segment(text, "de", "target"))
    item = Item("7", segments, spans, "harbour", relations=(Relation("same", "f", "f"),))
    written = write_table([item], layers=("topic", "mood"))
    assert written.text == '"id"\t"document"\t"text"\t"topic"\t"mood"\n7\tharbour\t"She ""rows""."\tsports\tcalm|a|b\n'
    assert [problem.code for problem in written.problems] == ["spans-lost", "value-lost", "relations-lost"]
    assert written.n_rows == 1
    back = read_table(written.text.encode()).rows[0]
    assert (back.id, back.document, back.text, back.meta) == (
        "7",
        "harbour",
        text,
        {"topic": "sports", "mood": "calm|a|b"},
    )
