from __future__ import annotations

from projection.formats import read_plain, write_plain
from projection.types import Interval, Item, Segment, Span


def test_one_sentence_a_line_and_empty_lines_keep_their_place() -> None:
    result = read_plain("Ein Satz.\r\n \r\nNoch\u2028einer.\r\n".encode())
    assert [(row.id, row.text, row.line, row.row) for row in result.rows] == [
        ("1", "Ein Satz.", 1, 0),
        ("2", " ", 2, 1),
        ("3", "Noch\u2028einer.", 3, 2),
    ]
    assert [(str(problem), problem.row) for problem in result.problems] == [
        ("line 2: The line is empty: there is no sentence here. Fill it in or skip this row.", 1)
    ]
    assert (result.newline, result.n_lines) == ("crlf", 3)


def item(text: str, *spans: Span) -> Item:
    return Item("i1", (Segment("x", "en", "source"), Segment(text, "de", "target")), spans)


def test_texts_are_written_and_read_back() -> None:
    result = write_plain([item("Ein Satz."), item("Noch einer. ")])
    assert result.text == "Ein Satz.\nNoch einer. \n"
    assert result.problems == []
    assert [row.text for row in read_plain(result.text.encode()).rows] == ["Ein Satz.", "Noch einer. "]


def test_losses_are_reported() -> None:
    result = write_plain([item("a\r\nb\n", Span("X", (Interval(0, 1),), 1))])
    assert result.text == "a b\n"
    assert [str(problem) for problem in result.problems] == [
        "item i1: The line breaks of the text were replaced by blanks. Use JSON Lines to keep them.",
        "item i1: 1 span(s) are left out: plain text holds none. Use JSON Lines or CoNLL.",
    ]
