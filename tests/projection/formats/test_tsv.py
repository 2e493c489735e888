from __future__ import annotations

from pathlib import Path

import pytest

from projection.errors import FormatError
from projection.formats import read_tsv, write_tsv
from projection.types import Alignment, Interval, Item, Segment, Span


def texts(data: str, **options: object) -> list[tuple[str, str, str]]:
    return [(pair.id, pair.source.text, pair.target.text) for pair in read_tsv(data.encode(), **options).rows]


def test_columns_are_found_by_name() -> None:
    result = read_tsv(b"doc\ttarget\tid\tsource\tnote\nd1\tzwei\tx\ttwo\tgood\n")
    pair = result.rows[0]
    assert (pair.id, pair.source.text, pair.target.text) == ("x", "two", "zwei")
    assert (pair.source.document, pair.source.meta, pair.source.line) == ("d1", {"note": "good"}, 2)
    assert result.info == {
        "delimiter": "\t",
        "quoting": "none",
        "id": "id",
        "document": "doc",
        "source": "source",
        "target": "target",
    }


def test_other_names_can_be_given_and_ids_are_positions() -> None:
    assert texts("EN\tDE\none\teins\n", columns={"source": "EN", "target": "DE"}) == [("1", "one", "eins")]


def test_quotes_are_text_unless_the_file_says_otherwise() -> None:
    assert texts('source\ttarget\n"Yes," he said.\tJa\n"No."\tNein\n') == [
        ("1", '"Yes," he said.', "Ja"),
        ("2", '"No."', "Nein"),
    ]
    assert texts('source\ttarget\n"He said ""yes""."\tJa\n') == [("1", 'He said "yes".', "Ja")]
    assert texts('"source"\t"target"\n"No."\tNein\n') == [("1", "No.", "Nein")]
    assert texts('source\ttarget\n"No."\tNein\n', quoting="csv") == [("1", "No.", "Nein")]
    assert texts('source,target\n"a, b",c\n') == [("1", "a, b", "c")]
    assert texts("source;target\r\na;b\r\n") == [("1", "a", "b")]


def test_a_quoted_line_break_keeps_the_line_numbers_right() -> None:
    result = read_tsv(b'"source"\t"target"\n"a\nb"\tc\n"d"\t\n')
    assert result.rows[0].source.text == "a\nb"
    assert [(str(problem), problem.row) for problem in result.problems] == [
        ("line 4: The target sentence is empty. Fill it in or skip this row.", 1)
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", "line 1: The table has no column 'source'. Its columns: none."),
        ("en\tde\na\tb\n", "line 1: The table has no column 'source'. Its columns: en, de."),
        (
            'source,target\n"a" b,c\n',
            (
                "line 2: The row that starts here has broken quotes, or a carriage return outside quotes. "
                "Mend the row, or read the file without quoting."
            ),
        ),
    ],
)
def test_tables_that_cannot_be_read_are_refused(data: str, expected: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_tsv(data.encode())
    assert str(caught.value) == expected


def test_faulty_rows_keep_their_place_and_are_reported() -> None:
    result = read_tsv(b"id\tsource\ttarget\na\tone\n\nb\ttwo\tzwei\tx\na\tthree\tdrei\n")
    assert [pair.target.text for pair in result.rows] == ["", "zwei", "drei"]
    assert [(str(problem), problem.row) for problem in result.problems] == [
        (
            "line 2: The row has 2 column(s), the header 3. Missing columns were read as empty, surplus ones left out.",
            0,
        ),
        ("line 2: The target sentence is empty. Fill it in or skip this row.", 0),
        (
            "line 4: The row has 4 column(s), the header 3. Missing columns were read as empty, surplus ones left out.",
            1,
        ),
        ("line 5: The id 'a' was used before, in line 2. Give each sentence its own id.", 2),
    ]


def item(source: str, target: str, **fields: object) -> Item:
    return Item("i1", (Segment(source, "en", "source"), Segment(target, "de", "target")), document="d", **fields)


@pytest.mark.parametrize("source", ["plain", '"quoted"', "a\tb", "a\nb", 'say "x"', " edge "])
def test_tables_with_quotes_are_read_back(source: str) -> None:
    result = write_tsv([item(source, "ziel")])
    assert result.problems == []
    assert texts(result.text) == [("i1", source, "ziel")]


def test_without_quotes_what_is_lost_is_reported() -> None:
    spans = (Span("X", (Interval(0, 1),)),)
    result = write_tsv([item("a\tb", "c", spans=spans, alignments=(Alignment(()),))], quoting="none")
    assert result.text == "id\tdocument\tsource\ttarget\ni1\td\ta b\tc\n"
    assert [str(problem) for problem in result.problems] == [
        "item i1: Tabs or line breaks were replaced by blanks. Write the table with quoting.",
        "item i1: 1 span(s) are left out: a table holds none. Use JSON Lines to keep them.",
        "item i1: The links are left out: a table holds none. Use JSON Lines to keep them.",
    ]


@pytest.mark.data
def test_a_published_table_is_read(data_dir: Path) -> None:
    result = read_tsv((data_dir / "ner-masakha-parallel" / "yor.pairs.tsv").read_bytes())
    assert len(result.rows) == 1200
    assert result.problems == []
    assert result.rows[0].source.text == "--- Nigeria confirms 86 new cases of Coronavirus"
