from __future__ import annotations

from pathlib import Path

import pytest

from projection.formats import format_links, read_conll, read_pharaoh, write_pharaoh
from projection.types import Alignment, Interval, Item, Link, Segment, Span


def test_links_with_probabilities_and_possible_ones() -> None:
    result = read_pharaoh(b"0-0 2-1:0.25 1p1 3?2\n\n5\t1-1\n")
    assert [(row.sure, row.possible, row.line, row.row) for row in result.rows] == [
        ((Link(0, 0), Link(2, 1, 0.25)), (Link(1, 1), Link(3, 2)), 1, 0),
        ((), (), 2, 1),
        ((Link(1, 1),), (), 3, 2),
    ]
    assert result.problems == []
    assert result.info == {"n_links": 5}


def test_a_file_that_counts_from_one() -> None:
    result = read_pharaoh(b"1-1 2-3\n0-1\n", first_index=1)
    assert result.rows[0].sure == (Link(0, 0), Link(1, 2))
    assert [str(problem) for problem in result.problems] == [
        "line 2: The link '0-1' counts from 0, but the first token was said to be 1. Left out."
    ]


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("0-0 1:1", "bad-link", "'1:1' is not a link such as 0-1 or 0-1:0.9."),
        ("0-0 -1-2", "bad-link", "'-1-2' is not a link such as 0-1 or 0-1:0.9."),
        ("0-0 ١-٢", "bad-link", "'١-٢' is not a link such as 0-1 or 0-1:0.9."),
        ("0-0 1-1:2.5", "bad-probability", "The probability of '1-1:2.5' is not between 0 and 1."),
        ("0-0 2-1", "link-out-of-range", "The link '2-1' is outside 2 source and 3 target tokens."),
        ("0-0 1-3", "link-out-of-range", "The link '1-3' is outside 2 source and 3 target tokens."),
        ("0-0 0p0", "duplicate-link", "The link '0p0' is there twice."),
    ],
)
def test_bad_links_are_left_out_and_reported(line: str, code: str, message: str) -> None:
    result = read_pharaoh(f"0-0\n{line}\n".encode(), lengths=[(2, 3), (2, 3)])
    assert [row.sure for row in result.rows] == [(Link(0, 0),), (Link(0, 0),)]
    assert [(problem.code, problem.message, problem.line, problem.row) for problem in result.problems] == [
        (code, message, 2, 1)
    ]


def test_another_number_of_lines_is_reported() -> None:
    problems = read_pharaoh(b"0-0\n", lengths=[(1, 1), (1, 1)]).problems
    assert [str(problem) for problem in problems] == [
        "The file has 1 lines for 2 sentence pairs. Give one line for each pair."
    ]


def item(*alignments: Alignment, spans: tuple[Span, ...] = ()) -> Item:
    tokens = (Interval(0, 1), Interval(2, 3))
    segments = (Segment("a b", "en", "source", tokens=tokens), Segment("c d", "de", "target", tokens=tokens))
    return Item("i1", segments, spans, alignments=alignments)


def test_links_are_written_sorted_and_read_back() -> None:
    links = (Link(1, 0, 0.1), Link(0, 1), Link(0, 0, 1e-7))
    result = write_pharaoh([item(Alignment(links)), item()])
    assert result.text == "0-0:1e-07 0-1 1-0:0.1\n\n"
    assert result.problems == []
    assert [row.sure for row in read_pharaoh(result.text.encode()).rows] == [tuple(sorted(links)), ()]
    assert format_links(links, with_probability=False) == "0-0 0-1 1-0"


def test_other_alignments_and_spans_are_reported() -> None:
    other = Alignment((Link(0, 0), Link(1, 1)), src_segment=1, tgt_segment=0)
    result = write_pharaoh([item(Alignment((Link(0, 0),)), other, spans=(Span("X", (Interval(0, 1),)),))])
    assert result.text == "0-0\n"
    assert [str(problem) for problem in result.problems] == [
        "item i1: 2 link(s) are left out: only one alignment of an item can be written. Use JSON Lines to keep them.",
        "item i1: 1 span(s) are left out: a link file holds none. Use JSON Lines to keep them.",
    ]


@pytest.mark.data
def test_published_alignments_fit_their_sentences(data_dir: Path) -> None:
    folder = data_dir / "ote-absa"
    sources, targets = (
        read_conll((folder / name).read_bytes()).rows for name in ("en.absa.test.tsv", "es.manual.test.tsv")
    )
    lengths = [(len(source.tokens), len(target.tokens)) for source, target in zip(sources, targets, strict=True)]
    data = (folder / "alignments" / "en-es.simalign.test.itermax.talp").read_bytes()
    result = read_pharaoh(data, lengths=lengths)
    assert len(result.rows) == 676
    assert result.problems == []
