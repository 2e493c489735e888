"""Ballot files: what is written is read back; bad lines are named and left out."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from projection.errors import FormatError, Problem
from projection.types import Interval, Item, Segment, Span
from projection.vote.ballots import ABSTAIN, INVALID, LABEL, NOTHING, Ballot, Judgement, Usage, Vote
from projection.vote.files import read_ballots, without_texts, write_ballot_table, write_ballots

TEXT = "Ada wohnt in 😀 Köln"
ITEM = Item("i1", (Segment("Ada lives in Cologne", "en", "source"), Segment(TEXT, "de", "target")))
VOTES = (
    Vote("s1", LABEL, Span("PER", (Interval(0, 3),), 1, "names", source_id="s1"), 0.25, "Ada", ""),
    Vote("s2", LABEL, Span("LOC", (Interval(0, 3), Interval(15, 19)), 1, "names", source_id="s2", meta={"a": [1]})),
    Vote("s3", NOTHING, reason="not-translated"),
    Vote("r1", LABEL, Span("lives-in", (), 1, "roles", source_id="r1")),
    Vote("s4", ABSTAIN, reason="unsure"),
    Vote("s5", INVALID, reason="quote-not-found"),
)
BALLOT = Ballot(
    "i1",
    "v1",
    VOTES,
    replies=('{"a": 1}', ""),
    problems=(Problem("quote-not-found", "The quote is not there.", place="answer 2", item_id="i1", row=0),),
    checks={"permuted": True, "back-check": False},
    usage=Usage(2, 100, 20, 0.5, 1.25),
    prompt_hash="abc",
    judgements=(
        Judgement("candidate", source_id="s1", choice="boundary", rationale="zu kurz"),
        Judgement("meaning", 0.0),
        Judgement("fluency", reason="no-grade"),
    ),
    meta={"rounds": [{"labels": {"names": ["PER", "LOC"]}}], "rationales": {"s1": "a name"}},
)


def test_a_ballot_is_read_back_as_it_was() -> None:
    written = write_ballots([BALLOT, replace(BALLOT, voter_id="v2")], items={"i1": ITEM})
    assert written.problems == []
    assert json.loads(written.text.splitlines()[0])["votes"][1]["span"]["surface"] == "Ada Köln"
    for items in ({"i1": ITEM}, None):
        read = read_ballots(written.text.encode(), items=items)
        assert read.problems == []
        assert read.rows == [BALLOT, replace(BALLOT, voter_id="v2")]
    assert dict(read.labels) == {"PER": 2, "LOC": 2, "lives-in": 2}
    assert write_ballots(read.rows, items={"i1": ITEM}).text == written.text


def test_a_table_of_votes_is_read_back_and_says_what_it_lost() -> None:
    votes = (*VOTES, Vote("s6", LABEL, Span("=SUM(A1)", (), 1, "names", source_id="s6"), None, 'a "b", c', "-x"))
    written = write_ballot_table([replace(BALLOT, votes=votes)])
    assert written.n_rows == 7
    assert '\ni1,v1,s6,label,\'=SUM(A1),names,1,,,"a ""b"", c",\'-x\n' in written.text
    assert {problem.code for problem in written.problems} == {"parts-lost"}
    lost = [problem.message.split(" has no place for ")[1].split(":")[0] for problem in written.problems]
    own = ["checks", "ids, concepts and meta of labels", "judgements", "meta"]
    assert lost == [*own, "problems", "prompt_hash", "replies", "usage"]
    read = read_ballots(written.text.encode(), items={"i1": ITEM})
    assert read.problems == []
    bare = replace(votes[1], span=replace(votes[1].span, meta={}))
    assert read.rows == [Ballot("i1", "v1", (votes[0], bare, *votes[2:]))]


def test_the_shortest_table_has_three_columns() -> None:
    read = read_ballots(b"item_id\tvoter_id\tlabel\nq1\tw1\tyes\nq1\tw2\t\nq2\tw1\tno\nq3\tw1\n")
    found = [(ballot.item_id, ballot.voter_id, ballot.votes[0].outcome) for ballot in read.rows]
    assert found == [("q1", "w1", LABEL), ("q1", "w2", ABSTAIN), ("q2", "w1", LABEL)]
    assert read.rows[0].votes[0].span == Span("yes", ())
    assert [(problem.line, problem.message) for problem in read.problems] == [
        (5, "The row has 2 columns, the header 3.")
    ]


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"item_id": ""}, "bad-record", "'item_id' is empty"),
        ({"item_id": "zz"}, "bad-reference", "no item 'zz'"),
        ({"votes": [{"source_id": "s", "outcome": "maybe"}]}, "bad-record", "'outcome' in votes[0] is 'maybe'"),
        ({"votes": [{"source_id": "s", "outcome": "label"}]}, "bad-record", "needs a span"),
        ({"votes": [{"source_id": "s", "outcome": "nothing", "confidence": 2}]}, "bad-record", "from 0 to 1"),
        ({"votes": [{"source_id": "s", "outcome": "nothing"}] * 2}, "bad-record", "on one question"),
        (
            {"votes": [{"source_id": "s", "outcome": "label",
                        "span": {"label": "A", "segment": 1, "intervals": [[0, 99]]}}]},
            "bad-offset",
            "outside the text",
        ),
        (
            {"votes": [{"source_id": "s", "outcome": "label",
                        "span": {"label": "A", "segment": 1, "intervals": [[0, 3]], "surface": "Ida"}}]},
            "bad-offset",
            "not 'Ida'",
        ),
        ({"votes": 7}, "bad-record", "'votes' in the record is not a list"),
        ({"checks": {"x": 1}}, "bad-record", "not true or false"),
        ({"judgements": [{"criterion": "meaning", "value": 3}]}, "bad-record", "3.0 is no grade of meaning"),
        ({"judgements": [{"criterion": "beauty"}]}, "bad-record", "'beauty'"),
        ({"replies": [1]}, "bad-record", "not a string"),
        ({"usage": {"n_requests": -1}}, "bad-record", "no count"),
    ],
)  # fmt: skip
def test_a_bad_ballot_is_left_out_with_its_line(change: dict[str, object], code: str, says: str) -> None:
    good = write_ballots([BALLOT]).text
    bad = json.dumps(json.loads(good) | {"voter_id": "v2"} | change) + "\n"
    read = read_ballots((good + "\n" + bad).encode(), items={"i1": ITEM})
    assert read.rows == [BALLOT]
    (problem,) = read.problems
    assert (problem.code, problem.line) == (code, 3)
    assert says in problem.message


def test_repeated_broken_and_unknown_parts_are_reported() -> None:
    line = write_ballots([BALLOT]).text
    extra = json.dumps(json.loads(line) | {"voter_id": "v9", "colour": "red"})
    read = read_ballots(f"{line}{line}{{nope\n{extra}\n".encode())
    assert [ballot.voter_id for ballot in read.rows] == ["v1", "v9"]
    assert [(problem.code, problem.line) for problem in read.problems] == [
        ("duplicate-ballot", 2),
        ("bad-json", 3),
        ("unknown-field", 4),
    ]


def test_bad_rows_of_a_table_are_left_out_with_their_line() -> None:
    rows = [
        "i1,v1,s1,label,PER,names,1,0-3,",
        "i1,v1,s1,label,PER,names,1,0-3,",
        ",v1,s2,nothing,,,,,",
        "i1,v1,s3,nothing,PER,,,,",
        "i1,v1,s4,,PER,names,1,0:3,",
        "i1,v1,s5,,PER,names,1,0-99999999999999999999,",
        "i1,v1,s6,,PER,names,7,0-3,",
        "i1,v1,s7,,PER,names,1,0-3,high",
        "i9,v1,s8,abstain,,,,,",
    ]
    head = "item_id,voter_id,source_id,outcome,label,layer,segment,intervals,confidence"
    read = read_ballots("\n".join([head, *rows]).encode(), items={"i1": ITEM})
    assert read.rows == [Ballot("i1", "v1", (replace(VOTES[0], confidence=None, evidence=""),))]
    assert [(problem.line, problem.code) for problem in read.problems] == [
        (3, "duplicate-vote"),
        (4, "bad-record"),
        (5, "bad-record"),
        (6, "bad-record"),
        (7, "bad-record"),
        (8, "bad-reference"),
        (9, "bad-record"),
        (10, "bad-reference"),
    ]


def test_a_table_without_its_columns_is_refused() -> None:
    with pytest.raises(FormatError, match="no column voter_id"):
        read_ballots(b"item_id,label\na,b\n")


def test_what_json_cannot_hold_is_reported() -> None:
    odd = replace(BALLOT, meta={"n": math.nan})
    broken = replace(BALLOT, voter_id="v2", replies=("\ud800",))
    written = write_ballots([odd, broken])
    assert [problem.code for problem in written.problems] == ["value-lost", "item-lost"]
    assert read_ballots(written.text.encode()).rows == [replace(BALLOT, meta={"n": None})]


def test_texts_can_be_left_out() -> None:
    bare = without_texts(BALLOT)
    assert (bare.replies, bare.votes[0].evidence, bare.judgements[0].rationale) == ((), "", "")
    assert bare.meta == {"rounds": BALLOT.meta["rounds"]}
    assert bare.votes[0].span == VOTES[0].span


def test_impossible_votes_and_judgements_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a span"):
        Vote("s", LABEL)
    with pytest.raises(ValueError, match="has no span"):
        Vote("s", NOTHING, VOTES[0].span)
    with pytest.raises(ValueError, match="no grade"):
        Judgement("faithfulness", 0.5)
    with pytest.raises(ValueError, match="no choice"):
        Judgement("meaning", choice="accept")
