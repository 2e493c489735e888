"""From raw answers to votes: every kind of layer, judging, and what cannot be used."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.text import is_grapheme_boundary
from projection.types import Interval, Item, Segment, Span
from projection.vote.answers import Asked, Filled, fill_votes, read_grade
from projection.vote.ballots import ABSTAIN, INVALID, LABEL, NOTHING, Judgement
from projection.vote.questions import LayerText, Sheet, make_sheet
from projection.vote.replies import RawAnswer, read_reply
from tests.projection.vote.made import ANSWERS, GRADE, NAMES, ROLES, TAGS, TARGET, TOPIC, make_item, proposals, sheet_of


def fill(sheet: Sheet, *answers: dict[str, Any]) -> Filled:
    asked = [Asked(f"q{number}", question) for number, question in enumerate(sheet.questions, start=1)]
    named = [{"id": f"q{number}"} | answer for number, answer in enumerate(answers, start=1)]
    reply = json.dumps({"answers": named})
    return fill_votes(sheet, asked, read_reply(reply, [each.name for each in asked]))


def shown(filled: Filled) -> list[tuple[str, str, str]]:
    """(outcome, label and covered text, reason) of each vote."""
    found = []
    for vote in filled.votes:
        text = f"{vote.span.label}: {vote.span.surface(TARGET)}" if vote.span else ""
        found.append((vote.outcome, text, vote.reason))
    return found


def test_spans_are_placed_together() -> None:
    filled = fill(
        sheet_of(NAMES),
        {"label": "person", "quote": "Ada", "confidence": 1},
        {"label": "LOC", "quote": "köln"},
        {"quote": "Ada", "outcome": "label"},
    )
    assert shown(filled) == [(LABEL, "PER: Ada", ""), (LABEL, "LOC: Köln", ""), (LABEL, "PER: Ada", "")]
    assert [vote.span.intervals for vote in filled.votes] == [
        (Interval(0, 3),),
        (Interval(13, 17),),
        (Interval(22, 25),),
    ]
    assert [vote.span.meta for vote in filled.votes] == [{}, {"placed": "case"}, {}]
    assert filled.votes[0].confidence == 1.0
    assert {(vote.span.layer, vote.span.segment, vote.span.source_id) for vote in filled.votes} == {
        ("names", 1, "s1"), ("names", 1, "s2"), ("names", 1, "s3"),
    }  # fmt: skip


def test_pieces_nothing_abstentions_and_faults() -> None:
    filled = fill(
        sheet_of(NAMES),
        {"label": "PER", "quote": ["Ada", "Köln"]},
        {"outcome": "nothing"},
        {"outcome": "abstain", "reason": "unsure"},
    )
    assert shown(filled) == [
        (LABEL, "PER: Ada Köln", ""),
        (NOTHING, "", "voter-finds-nothing"),
        (ABSTAIN, "", "voter-abstains"),
    ]
    assert filled.rationales == {"s3": "unsure"}
    filled = fill(sheet_of(NAMES), {"label": "PER", "quote": "Bob"}, {"label": "FOOD", "quote": "Köln"})
    assert shown(filled) == [
        (INVALID, "", "quote-not-found"),
        (INVALID, "", "unknown-label"),
        (INVALID, "", "not-answered"),
    ]
    assert [problem.code for problem in filled.problems] == ["quote-not-found", "unknown-label", "not-answered"]
    assert "'Bob' does not stand in the target" in filled.problems[0].message
    assert filled.problems[0].place == "question s1"


def test_a_third_label_finds_no_free_place() -> None:
    filled = fill(sheet_of(NAMES), *[{"label": "PER", "quote": "Ada"}] * 3)
    assert [vote.reason for vote in filled.votes] == ["", "", "place-taken"]
    assert [problem.code for problem in filled.problems] == ["place-taken"]


def test_an_open_tagset_takes_other_labels() -> None:
    layer = LayerText("names", "span", NAMES.labels, is_open=True)
    filled = fill(sheet_of(layer), {"label": "FOOD", "quote": "Köln"})
    assert shown(filled)[0] == (LABEL, "FOOD: Köln", "")


@pytest.mark.parametrize(
    ("layer", "answer", "expected"),
    [
        (TOPIC, {"label": "Travel"}, (LABEL, f"travel: {TARGET}", "")),
        (TOPIC, {"label": "The text is about health."}, (LABEL, f"health: {TARGET}", "")),
        (TOPIC, {"label": "none"}, (NOTHING, "", "voter-finds-nothing")),
        (TOPIC, {"outcome": "nothing", "label": None}, (NOTHING, "", "voter-finds-nothing")),
        (TOPIC, {"label": "politics"}, (INVALID, "", "unknown-label")),
        (TOPIC, {"outcome": "label"}, (INVALID, "", "unknown-label")),
        (GRADE, {"label": 2}, (LABEL, f"2: {TARGET}", "")),
        (GRADE, {"label": 3}, (INVALID, "", "unknown-label")),
        (TAGS, {"label": "VERB", "quote": "wohnt"}, (LABEL, "VERB: wohnt", "")),
        (ROLES, {"label": "born-in"}, (LABEL, "born-in: ", "")),
        (ROLES, {"outcome": "label"}, (LABEL, "lives-in: ", "")),
        (ROLES, {"outcome": "nothing"}, (NOTHING, "", "voter-finds-nothing")),
        (ANSWERS, {"quote": "Köln"}, (LABEL, "answer: Köln", "")),
        (ANSWERS, {"quote": "Koeln am Rhein"}, (INVALID, "", "quote-not-found")),
    ],
)
def test_other_kinds(layer: LayerText, answer: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert shown(fill(sheet_of(layer), answer)) == [expected]


def test_a_label_that_is_called_none_is_a_label() -> None:
    layer = LayerText("topic", "class", (*TOPIC.labels, type(TOPIC.labels[0])("none")))
    assert shown(fill(sheet_of(layer), {"label": "none"})) == [(LABEL, f"none: {TARGET}", "")]


def test_evidence_must_stand_in_a_text() -> None:
    for evidence, stands in (("wohnt in Köln", True), ("lives in Cologne", True), ("reist nach Rom", False)):
        filled = fill(sheet_of(TOPIC), {"label": "travel", "evidence": evidence})
        assert filled.evidence == {"c1": stands}
        assert filled.votes[0].evidence == evidence
    assert fill(sheet_of(TOPIC), {"label": "travel"}).evidence == {}


def test_candidates_are_judged() -> None:
    right = Span("PER", (Interval(0, 3),), 1, "names")
    wide = Span("LOC", (Interval(10, 17),), 1, "names")
    candidates = proposals(s1=right, s2=wide, s3=Span("ORG", (Interval(22, 25),), 1, "names"))
    sheet = sheet_of(NAMES, candidates=candidates)
    filled = fill(
        sheet, {"choice": "accept"}, {"choice": "boundary", "quote": "Köln"}, {"choice": "label", "label": "PER"}
    )
    assert shown(filled) == [(LABEL, "PER: Ada", ""), (LABEL, "LOC: Köln", ""), (LABEL, "PER: Ada", "")]
    assert [judgement.choice for judgement in filled.judgements] == ["accept", "boundary", "label"]
    filled = fill(sheet, {"choice": "missing"}, {"choice": "boundary"}, {"choice": "splendid"})
    assert shown(filled) == [
        (NOTHING, "", "voter-finds-nothing"),
        (ABSTAIN, "", "no-better-place"),
        (INVALID, "", "no-choice"),
    ]
    assert filled.judgements[2] == Judgement("candidate", None, "s3", "", "", "no-choice")
    nothing = sheet_of(NAMES, candidates=proposals(s1=None, s2=None, s3=None))
    filled = fill(nothing, {"choice": "accept"}, {"choice": "boundary", "quote": "Köln"}, {"choice": "abstain"})
    assert shown(filled) == [
        (NOTHING, "", "voter-finds-nothing"),
        (LABEL, "LOC: Köln", ""),
        (ABSTAIN, "", "voter-abstains"),
    ]


def test_grades_lie_on_their_scale() -> None:
    def grade(criterion: str, **fields: Any) -> Judgement:
        value = fields.pop("value", None)
        return read_grade(RawAnswer("q", fields, value=value), criterion)

    assert grade("faithfulness", value=4.0, reason="one is wrong") == Judgement(
        "faithfulness", 4.0, rationale="one is wrong"
    )
    assert grade("faithfulness", value=6.0).reason == "no-grade"
    assert grade("meaning", value=0.5).value == 0.5
    assert grade("survives", label="yes").value == 1.0
    assert grade("survives", label="no").value == 0.0
    assert grade("meaning", outcome="abstain").reason == "voter-abstains"
    assert read_grade(None, "fluency") == Judgement("fluency", reason="not-answered")


def test_an_item_without_a_target_is_not_asked_for_places() -> None:
    item = make_item()
    bare = Item("i1", item.segments[:1], item.spans)
    filled = fill(make_sheet(bare, [NAMES]), *[{"label": "PER", "quote": "Ada"}] * 3)
    assert {vote.reason for vote in filled.votes} == {"no-target-segment"}


_values = st.none() | st.booleans() | st.integers(-2, 9) | st.text("Ada Köln\u0308PERo,.", max_size=12)
_answers = st.dictionaries(
    st.sampled_from(["outcome", "label", "quote", "choice", "evidence", "occurrence", "confidence"]),
    _values
    | st.sampled_from(["label", "PER", "accept", "boundary", "Ada", "Ko\u0308ln"])
    | st.lists(_values, max_size=3),
)


@given(st.text("Ada Ko\u0308lnbei.👩\u200d🔬", min_size=1, max_size=30), st.lists(_answers, max_size=5), st.booleans())
def test_every_vote_is_right_about_its_text(target: str, answers: list[dict[str, Any]], judges: bool) -> None:
    item = make_item(target=target)
    spans = proposals(s1=Span("PER", (Interval(0, len(target)),), 1, "names"))
    sheet = make_sheet(item, [NAMES, TOPIC], candidates=spans if judges else {})
    filled = fill(sheet, *answers)
    assert [vote.source_id for vote in filled.votes] == ["s1", "s2", "s3", "c1"]
    for vote in filled.votes:
        for start, end in vote.span.intervals if vote.span else ():
            assert 0 <= start < end <= len(target)
            assert is_grapheme_boundary(target, start)
            assert is_grapheme_boundary(target, end)


def test_segments_are_paired_by_role() -> None:
    segments = (
        Segment("Where?", "en", "source", "question"),
        Segment("In Cologne.", "en", "source", "context"),
        Segment("Wo?", "de", "target", "question"),
        Segment("In Köln.", "de", "target", "context"),
    )
    item = Item("i", segments, (Span("answer", (Interval(3, 10),), 1, "answers", "a"),))
    filled = fill(make_sheet(item, [ANSWERS]), {"quote": "Köln"})
    assert (filled.votes[0].span.segment, filled.votes[0].span.intervals) == (3, (Interval(3, 7),))
