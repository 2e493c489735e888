from __future__ import annotations

import json
from dataclasses import replace

import pytest

from projection.formats import read_jsonl, write_jsonl
from projection.types import Alignment, Candidate, Interval, Item, Link, Relation, Segment, Span

ITEM = Item(
    id="i1",
    document="d1",
    segments=(
        Segment("New 😀 York", "en", "source", tokens=(Interval(0, 3), Interval(4, 5), Interval(6, 10))),
        Segment("e\u0301 York", "es", "target", role="question", tokens=(Interval(0, 2), Interval(3, 7))),
    ),
    spans=(
        Span("LOC", (Interval(0, 3), Interval(6, 10)), 0, "names", "s1", meta={"by": "ann", "n": [1, {"a": None}]}),
        Span("LOC", (Interval(3, 7),), 1, id="t1", source_id="s1"),
        Span("LOC", (Interval(0, 3),), 0, id="s2", concept="Q60"),
    ),
    relations=(
        Relation("part", "s2", "s1", "roles", "r1", meta={"by": "ann"}),
        Relation("same", "t1", "t1", id="r2", source_id="r1"),
    ),
    alignments=(Alignment((Link(0, 0, 0.1), Link(2, 1, 1.0))),),
    candidates=(
        Candidate("s1", Span("LOC", (Interval(3, 7),), 1), 0.3333333333333333, {"links": 0.5}, 0),
        Candidate("s1", None, 0.0, rank=1, reason="no-links"),
    ),
    meta={"z": 1, "a": True},
)


def test_an_item_is_read_back_as_it_was() -> None:
    written = write_jsonl(
        [ITEM, replace(ITEM, id="i2", spans=(), relations=(), alignments=(), candidates=(), meta={}, document="")]
    )
    assert written.problems == []
    assert written.text.count("\n") == written.n_rows == 2
    result = read_jsonl(written.text.encode())
    assert result.problems == []
    assert result.rows[0] == ITEM
    assert result.rows[1].id == "i2"
    assert dict(result.labels) == {"LOC": 3, "part": 1, "same": 1}
    assert write_jsonl(result.rows).text == written.text
    assert read_jsonl(written.text.splitlines(keepends=True)).rows == result.rows


def test_the_order_of_meta_does_not_change_the_bytes() -> None:
    assert write_jsonl([replace(ITEM, meta={"a": True, "z": 1})]).text == write_jsonl([ITEM]).text


def record(**changes: object) -> str:
    base = json.loads(write_jsonl([ITEM]).text)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = base
        for key in parents:
            place = place[int(key) if key.isdigit() else key]
        if value is ...:
            del place[last]
        else:
            place[int(last) if last.isdigit() else last] = value
    return json.dumps(base)


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("{", "bad-json", "The line is not valid JSON: unexpected end of data."),
        ("[1]", "bad-record", "The record is not an object."),
        (record(id=...), "bad-record", "The record has no 'id'."),
        (record(id=""), "bad-record", "'id' is empty."),
        (record(id=7), "bad-record", "'id' in the record is not a string."),
        (record(segments=[]), "bad-record", "'segments' is empty."),
        (record(segments__0__side="left"), "bad-record", "'side' in segments[0] is 'left', not 'source' or 'target'."),
        (record(segments__0__text=...), "bad-record", "segments[0] has no 'text'."),
        (
            record(segments__1__tokens=[[0, 2], [1, 3]]),
            "bad-offset",
            "Token 1 in segments[1] (1-3) is empty, out of order or outside the text.",
        ),
        (
            record(segments__1__tokens=[[0, "2"]]),
            "bad-record",
            "'tokens' in segments[1] is not a list of pairs of whole numbers.",
        ),
        (record(spans__1__surface="york"), "bad-offset", "spans[1]: The offsets cover 'York', not 'york'."),
        (
            record(spans__1__intervals=[[1, 7]]),
            "bad-offset",
            "spans[1]: Offset 1 lies inside a character that is written with several code points.",
        ),
        (
            record(spans__1__intervals=[[3, 8]]),
            "bad-offset",
            "spans[1]: The interval 3-8 lies outside the text of 7 characters.",
        ),
        (record(spans__1__intervals=[]), "bad-offset", "spans[1]: The span has no interval."),
        (record(spans__1__segment=2), "bad-reference", "spans[1]: there is no segment 2."),
        (record(spans__1__segment=True), "bad-record", "'segment' in spans[1] is not 0 or more."),
        (record(spans__1__label=""), "bad-record", "'label' in spans[1] is empty."),
        (record(spans__1__id="s1"), "bad-reference", "Two spans have the id 's1'."),
        (
            record(alignments__0__links=[[0, 2]]),
            "bad-reference",
            "alignments[0]: the link 0-2 is outside 3 source and 2 target tokens.",
        ),
        (
            record(alignments__0__links=[[0]]),
            "bad-record",
            "alignments[0] has a link that is not [source token, target token, probability].",
        ),
        (
            record(alignments__0__links=[[0, 0, 1.5]]),
            "bad-record",
            "alignments[0] has a link whose probability is not between 0 and 1.",
        ),
        (record(candidates__0__score="high"), "bad-record", "'score' or 'parts' in candidates[0] is not a number."),
        (record(candidates__0__rank=-1), "bad-record", "'rank' in candidates[0] is not 0 or more."),
        (
            record(candidates__0__span__intervals=[[5, 9]], candidates__0__span__surface=...),
            "bad-offset",
            "candidates[0].span: The interval 5-9 lies outside the text of 7 characters.",
        ),
        (record(meta=[]), "bad-record", "'meta' in the record is not an object."),
        (record(spans__2__concept=60), "bad-record", "'concept' in spans[2] is not a string."),
        (record(relations__0__label=""), "bad-record", "'label' in relations[0] is empty."),
        (record(relations__0__tail=...), "bad-record", "relations[0] has no 'tail'."),
        (record(relations__0__head="s9"), "bad-reference", "relations[0]: there is no span 's9' for its head."),
        (record(relations__0__tail="r2"), "bad-reference", "relations[0]: there is no span 'r2' for its tail."),
        (record(relations__0__tail="t1"), "bad-reference", "relations[0]: its ends are on different sides."),
        (record(relations__1__id="s2"), "bad-reference", "A relation and another label have the id 's2'."),
    ],
)
def test_a_record_with_a_fault_is_left_out_and_the_others_are_read(line: str, code: str, message: str) -> None:
    good = write_jsonl([replace(ITEM, id="good")]).text
    result = read_jsonl(f"\n{line}\n{good}".encode())
    assert [item.id for item in result.rows] == ["good"]
    assert [(problem.code, problem.message, problem.line, problem.row) for problem in result.problems] == [
        (code, message, 2, 0)
    ]
    assert result.problems[0].remedy == "The record was left out."


def test_an_id_may_be_used_once() -> None:
    line = write_jsonl([ITEM]).text
    result = read_jsonl((line + line).encode())
    assert len(result.rows) == 1
    assert str(result.problems[0]) == "line 2: The id 'i1' was used before, in line 1. The record was left out."
    assert result.problems[0].row == 1


def test_unknown_fields_are_reported_once() -> None:
    first, second = record(id="a", colour="red"), record(id="b", colour="red", spans__0__weight=3)
    result = read_jsonl(f"{first}\n{second}\n".encode())
    assert len(result.rows) == 2
    assert [str(problem) for problem in result.problems] == [
        (
            "line 1: The field 'colour' is not part of the format; the first one is here. "
            "It was left out; put it into 'meta' to keep it."
        ),
        (
            "line 2: The field 'spans.weight' is not part of the format; the first one is here. "
            "It was left out; put it into 'meta' to keep it."
        ),
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**70, {1: 2}, {"deep": [object]}, b"x"])
def test_values_that_json_cannot_hold_are_reported(value: object) -> None:
    result = write_jsonl([replace(ITEM, meta={"v": value})])
    assert [problem.code for problem in result.problems] == ["value-lost"]
    assert result.problems[0].item_id == "i1"
    assert len(read_jsonl(result.text.encode()).rows) == 1


def test_a_text_that_is_no_unicode_is_reported_and_left_out() -> None:
    broken = replace(ITEM, id="i0", segments=(Segment("a\ud800", "en", "source"),), spans=(), alignments=())
    result = write_jsonl([replace(broken, candidates=()), ITEM])
    assert [problem.code for problem in result.problems] == ["item-lost"]
    assert result.n_rows == 1
    assert read_jsonl(result.text.encode()).rows == [ITEM]
