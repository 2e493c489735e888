from __future__ import annotations

from dataclasses import replace

from projection.formats import make_sentence_item, read_conllu, write_conllu
from projection.tagging import TokenSpan
from projection.types import Interval, Span


def _line(number: str, word: str, tag: str) -> str:
    return "\t".join((number, word, "_", tag, *["_"] * 6))


FILE = "\n".join(
    (
        "# newdoc id = news",
        "# sent_id = s1",
        "# text = Del norte.",
        "# text_en = From\tthe = north.",
        _line("1-2", "Del", "_"),
        _line("1", "De", "ADP"),
        _line("2", "el", "DET"),
        _line("3", "norte", "NOUN"),
        _line("3.1", "va", "VERB"),
        _line("4", ".", "PUNCT"),
        "",
        _line("1", "a b", "X"),
        "",
    )
)


def test_tags_are_spans_of_one_token() -> None:
    found = read_conllu(FILE.encode(), lang="es")
    first, second = found.rows
    assert first.words == ["De", "el", "norte", "."]
    assert first.spans == tuple(TokenSpan(tag, n, n + 1) for n, tag in enumerate(["ADP", "DET", "NOUN", "PUNCT"]))
    assert (first.id, first.document, first.text) == ("s1", "news", "De el norte .")
    assert (second.words, second.id, second.document) == (["a b"], "2", "news")
    assert found.labels == {"ADP": 1, "DET": 1, "NOUN": 1, "PUNCT": 1, "X": 1}
    assert found.problems == []


def test_two_columns_hold_token_and_tag() -> None:
    found = read_conllu(b"# sent_id = a\nGo\tVERB\n#\tSYM\n.\t_\n\nalone\n")
    assert found.rows[0].words == ["Go", "#", "."]
    assert [span.label for span in found.rows[0].spans] == ["VERB", "SYM"]
    assert [(problem.code, problem.line) for problem in found.problems] == [("wrong-columns", 6)]
    blanks = read_conllu(b"Go up VERB\n", tag_column=1)
    assert blanks.rows[0].spans == (TokenSpan("up", 0, 1),)


def test_what_was_read_is_written_back() -> None:
    rows = read_conllu(FILE.encode()).rows
    written = write_conllu([make_sentence_item(row, lang="es") for row in rows])
    assert written.problems == []
    again = read_conllu(written.text.encode()).rows
    assert [(row.words, row.spans) for row in again] == [(row.words, row.spans) for row in rows]


def test_spans_of_several_tokens_are_lost_and_named() -> None:
    row = read_conllu(b"Ada\tX\nByron\tX\n").rows[0]
    item = replace(
        make_sentence_item(row, lang="en"), spans=(Span("PER", (Interval(0, 9),)), Span("A", (Interval(0, 3),)))
    )
    written = write_conllu([item])
    assert [problem.code for problem in written.problems] == ["spans-lost"]
    assert "PER" in written.problems[0].message
    assert [span.label for span in read_conllu(written.text.encode()).rows[0].spans] == ["A"]


def test_remarks_without_a_key_are_no_tokens() -> None:
    word = "1\tsail\t_\tVERB\t_\t_\t0\troot\t_\t_\n"
    found = read_conllu(f"# newpar\n# Checktree: not sure\n# sent_id = a\n{word}\n".encode())
    assert [(row.id, row.words) for row in found.rows] == [("a", ["sail"])]
    assert found.problems == []
    assert [row.words for row in read_conllu(b"# SYM\nfive NUM\n").rows] == [["#", "five"]]
    assert [row.words for row in read_conllu(b"#\tSYM\nfive\tNUM\n").rows] == [["#", "five"]]
