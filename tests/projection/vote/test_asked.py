"""Voters that are asked in words: rounds, checks, caches; every planted defect shows in the ballots."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from projection.errors import EngineError, FormatError
from projection.keyed_file import KeyedFile
from projection.types import Interval, Span
from projection.vote.asking import Request
from projection.vote.ballots import ABSTAIN, INVALID, LABEL, Ballot, Judgement, Usage, VoterSpec
from projection.vote.consistency import check_spans
from projection.vote.limits import NEVER, Gate, Stop
from projection.vote.questions import make_sheet
from projection.vote.scorecard import Facts, score_voters
from projection.vote.voters.asked import AskedVoter, AskSettings
from projection.vote.voters.base import Reply, plain_gate
from projection.vote.voters.recorded import RecordedModel, group_replies, read_replies
from projection.vote.voters.scripted import Script, ScriptedModel
from tests.projection.vote.made import LAYERS, NAMES, TARGET, TOPIC, make_item, make_truth, proposals, sheet_of

N_ITEMS = 200
TWICE = AskSettings(n_rounds=2, permutes=True)


class Told:
    """A model that gives the replies it was told to, in turn."""

    def __init__(self, *replies: object) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []
        self.gate: Gate = plain_gate()
        self.identity: Mapping[str, Any] = {"kind": "told"}

    def reply(self, request: Request, *, stop: Stop) -> Reply:
        self.requests.append(request)
        said = self.replies[(len(self.requests) - 1) % len(self.replies)]
        return Reply(said if isinstance(said, str) else json.dumps(said), "stop", Usage(1, 10, 5, 0.25, 0.5))


def ask(model: Any, *layers: Any, settings: AskSettings | None = None, **options: Any) -> Ballot:
    voter = AskedVoter(VoterSpec("v", "told", "toy"), model, settings)
    return voter.vote(sheet_of(*(layers or (NAMES,)), **options), stop=NEVER)


def script(defect: str = "good", **options: Any) -> list[Ballot]:
    """Ballots of a scripted voter on many items with the class travel, health, sports in turn."""
    truth, sheets = {}, []
    for number in range(N_ITEMS):
        label = TOPIC.names[number % 3]
        truth[f"i{number}", "c1"] = Span(label, (Interval(0, len(TARGET)),), 1, "topic")
        sheets.append(sheet_of(TOPIC, item_id=f"i{number}"))
    model = ScriptedModel(Script(truth, defect=defect, **options))
    voter = AskedVoter(VoterSpec(defect, "scripted", "toy"), model, TWICE)
    return [voter.vote(sheet, stop=NEVER) for sheet in sheets]


def labels_of(ballots: list[Ballot]) -> list[str]:
    return [f"{vote.span.label}" if vote.span else vote.outcome for ballot in ballots for vote in ballot.votes]


def share_right(ballots: list[Ballot]) -> float:
    return sum(said == TOPIC.names[number % 3] for number, said in enumerate(labels_of(ballots))) / N_ITEMS


# --------------------------------------------------------------------------------------------------- planted defects


def test_a_good_voter_is_right_and_agrees_with_itself() -> None:
    ballots = script()
    assert share_right(ballots) == 1.0
    assert all(ballot.checks["permuted"] and ballot.checks["paraphrased"] for ballot in ballots)
    assert {len(ballot.replies) for ballot in ballots} == {2}


def test_a_confusion_is_drawn_as_it_was_given() -> None:
    ballots = script(confusion={"travel": {"health": 0.3, "[abstain]": 0.2}}, seed=5)
    said = [label for number, label in enumerate(labels_of(ballots)) if number % 3 == 0]
    n_travel = len(said)
    # Within three standard deviations of 67 draws.
    assert 0.3 - 0.17 < said.count("health") / n_travel < 0.3 + 0.17
    assert 0.2 - 0.15 < said.count(ABSTAIN) / n_travel < 0.2 + 0.15
    assert {label for number, label in enumerate(labels_of(ballots)) if number % 3 == 1} == {"health"}
    assert labels_of(script(confusion={"travel": {"health": 0.3, "[abstain]": 0.2}}, seed=5)) == labels_of(ballots)


def test_planted_defects_show() -> None:
    biased = labels_of(script("biased", bias="health"))
    assert biased.count("health") > 0.6 * N_ITEMS
    assert 0.2 < share_right(script("random")) < 0.47
    assert labels_of(script("contradicting")).count(ABSTAIN) > 0.5 * N_ITEMS
    # Within three standard deviations of 200 draws.
    assert 79 <= labels_of(script("broken")).count(INVALID) <= 121
    foreign = script("other-language")
    assert share_right(foreign) == 1.0
    rationales = {ballot.meta["rationales"]["c1"] for ballot in foreign}
    assert len(rationales) == 4
    assert all(" der " in text or " das " in text or " diese" in text for text in rationales)
    firsts = script("first-label")
    stood_first = [ballot.meta["rounds"][0] for ballot in firsts]
    n_first = sum(each["labels"]["topic"][0] == each["answers"]["c1"] for each in stood_first)
    assert n_first > 0.55 * N_ITEMS
    assert sum(not ballot.checks["permuted"] for ballot in firsts) > 0.1 * N_ITEMS


def test_the_scorecard_finds_each_planted_defect_after_the_whole_way_through_prompts_and_replies() -> None:
    errs = {label: {other: 0.05 for other in TOPIC.names if other != label} for label in TOPIC.names}
    defects = ("good", "biased", "other-language", "random", "contradicting", "first-label", "broken")
    ballots = [each for defect in defects for each in script(defect, confusion=errs, bias="health", seed=3)]
    whole = (Interval(0, len(TARGET)),)
    gold = {
        (f"i{number}", "c1"): Span(TOPIC.names[number % 3], whole, 1, "topic", source_id="c1")
        for number in range(N_ITEMS)
    }
    facts = {f"i{number}": Facts("es", "El perro de la vecina duerme en la calle", 9) for number in range(N_ITEMS)}
    cards = {card.voter_id: card for card in score_voters(ballots, gold, facts)}
    right = {name: card.overall.right.value for name, card in cards.items()}
    assert right["good"] > 0.85
    assert right["other-language"] > 0.85
    assert right["random"] < 0.45
    assert cards["biased"].label_bias[0].label == "health"
    assert cards["biased"].label_bias[0].p < 1e-6
    assert cards["other-language"].wrong_language.value > 0.9
    assert cards["good"].wrong_language.value < 0.1
    assert cards["contradicting"].same_again.value < 0.6
    assert cards["good"].same_again.value == 1.0
    assert cards["first-label"].first_label.p < 1e-6
    assert cards["first-label"].first_label.n_against == 0
    assert cards["broken"].overall.invalid.value > 0.35


# ------------------------------------------------------------------------------------------------------------- rounds


def class_answer(label: str, **more: object) -> dict[str, object]:
    return {"answers": [{"id": "q1", "outcome": "label", "label": label, **more}]}


def test_a_voter_that_contradicts_itself_abstains_and_all_it_said_is_kept() -> None:
    model = Told(class_answer("travel", confidence=0.9, reason="a trip"), class_answer("health", confidence=0.7))
    ballot = ask(model, TOPIC, settings=TWICE)
    (vote,) = ballot.votes
    assert (vote.outcome, vote.reason) == (ABSTAIN, "contradicts-itself")
    assert ballot.checks == {
        "answered": True, "permuted": False, "paraphrased": False, "evidence": True, "spans": True, "same-labels": True,
    }  # fmt: skip
    assert [each["answers"] for each in ballot.meta["rounds"]] == [{"c1": "travel"}, {"c1": "health"}]
    assert ballot.meta["rationales"] == {"c1": "a trip"}
    assert len(ballot.replies) == 2
    assert ballot.usage == Usage(2, 20, 10, 0.5, 1.0)


def test_agreeing_rounds_share_their_confidence_and_a_lost_one_does_not_count() -> None:
    model = Told(class_answer("travel", confidence=0.9), class_answer("travel", confidence=0.7))
    ballot = ask(model, TOPIC, settings=TWICE)
    assert (ballot.votes[0].outcome, ballot.votes[0].confidence) == (LABEL, 0.8)
    ballot = ask(Told(class_answer("travel", confidence=0.9), "oops {"), TOPIC, settings=TWICE)
    assert ballot.votes[0].confidence == 0.9
    assert not ballot.checks["permuted"]
    assert [problem.code for problem in ballot.problems] == ["reply-cut", "no-label-found"]
    assert ballot.problems[0].place == "reply 2"


def test_the_second_round_asks_in_other_words_and_without_context() -> None:
    model = Told(class_answer("travel"))
    ask(model, TOPIC, settings=AskSettings(n_rounds=3), before=["Vorher."])
    first, second, third = model.requests
    assert [each.prompt[-2:] for each in model.requests] == ["/a", "/b", "/a"]
    assert ["Vorher." in each.user for each in model.requests] == [True, False, True]
    assert first.labels["topic"] == TOPIC.names
    assert second.system != first.system == third.system


def test_a_label_that_is_not_given_again_without_the_source_is_no_vote() -> None:
    spans = [{"id": f"q{number}", "quote": "Ada", "label": "PER"} for number in (1, 3)]
    found = {"answers": [*spans, {"id": "q2", "quote": "Köln", "label": "LOC"}]}
    back = {"answers": [{"id": "q1", "label": "PER"}, {"id": "q2", "label": "ORG"}, {"id": "q3", "outcome": "abstain"}]}
    model = Told(found, back)
    ballot = ask(model, settings=AskSettings(back_check=True))
    assert [(vote.outcome, vote.reason) for vote in ballot.votes] == [
        (LABEL, ""), (ABSTAIN, "back-check-failed"), (LABEL, ""),
    ]  # fmt: skip
    assert ballot.checks["back-check"] is False
    assert 'the marked part is "Köln"' in model.requests[1].user
    assert "Cologne" not in model.requests[1].user.split("questions:")[1]
    assert [each["answers"] for each in ballot.meta["rounds"]] == [{"s1": "PER", "s2": "LOC", "s3": "PER"}]
    assert ballot.meta["back"]["answers"] == {"s1": "PER", "s2": "ORG", "s3": "[abstain]"}


def test_evidence_that_is_nowhere_makes_an_abstention() -> None:
    ballot = ask(Told(class_answer("travel", evidence="reist nach Rom")), TOPIC)
    assert (ballot.votes[0].outcome, ballot.votes[0].reason) == (ABSTAIN, "evidence-not-found")
    assert ballot.checks["evidence"] is False
    assert ballot.votes[0].evidence == "reist nach Rom"
    assert ask(Told(class_answer("travel", evidence="wohnt in Köln")), TOPIC).votes[0].outcome == LABEL
    assert ask(Told(class_answer("travel")), TOPIC).votes[0].outcome == LABEL
    strict = AskSettings(needs_evidence=True)
    assert ask(Told(class_answer("travel")), TOPIC, settings=strict).votes[0].reason == "evidence-not-found"


def test_overlapping_candidates_are_not_both_accepted() -> None:
    wide, inner = Span("PER", (Interval(0, 9),), 1, "names"), Span("LOC", (Interval(4, 9),), 1, "names")
    both = {"answers": [{"id": f"q{number}", "choice": "accept"} for number in (1, 2, 3)]}
    ballot = ask(Told(both), candidates=proposals(s1=wide, s2=inner, s3=None))
    assert [vote.reason for vote in ballot.votes] == ["overlaps", "overlaps", "voter-finds-nothing"]
    votes, is_apart = check_spans(sheet_of(NAMES), ballot.votes)
    assert (votes, is_apart) == (list(ballot.votes), True)


def test_a_sentence_is_read_where_one_label_was_asked_for() -> None:
    assert ask(Told("The text is related to health."), TOPIC).votes[0].span.label == "health"
    several = ask(Told("It is related to travel and sports."), TOPIC)
    assert (several.votes[0].outcome, several.votes[0].reason) == (ABSTAIN, "several-labels")
    assert several.meta["rationales"] == {"c1": "names travel, sports"}
    assert ask(Told("I am sorry."), TOPIC).votes[0].reason == "voter-declines"
    lost = ask(Told("Ten blue bottles."), TOPIC)
    assert (lost.votes[0].outcome, lost.votes[0].reason) == (INVALID, "no-label-found")
    assert {vote.reason for vote in ask(Told("Ada is a person.")).votes} == {"not-json"}


def test_grades_are_asked_for_beside_the_labels() -> None:
    quotes = ["Ada", "Köln", "Ada"]
    spans = [{"id": f"q{number}", "quote": quote, "label": "PER"} for number, quote in enumerate(quotes, 1)]
    grades = {"faithfulness": 4, "completeness": 9, "meaning": 0.5, "survives-1": 1, "survives-2": 0}
    rating = {"answers": [{"id": name, "value": value, "reason": "so"} for name, value in grades.items()]}
    model = Told({"answers": spans}, rating)
    criteria = ("faithfulness", "completeness", "meaning", "survives")
    ballot = ask(model, settings=AskSettings(criteria=criteria))
    assert ballot.judgements == (
        Judgement("faithfulness", 4.0, rationale="so"),
        Judgement("completeness", None, rationale="so", reason="no-grade"),
        Judgement("meaning", 0.5, rationale="so"),
        Judgement("survives", 1.0, "s1", rationale="so"),
        Judgement("survives", 0.0, "s2", rationale="so"),
        Judgement("survives", None, "s3", reason="not-answered"),
    )
    assert '- PER: "Köln"' in model.requests[1].user
    assert 'survives-2: does the label LOC survive? "Cologne"' in model.requests[1].user


def test_every_kind_of_layer_goes_through() -> None:
    settings = AskSettings(n_rounds=2, back_check=True)
    voter = AskedVoter(VoterSpec("v", "scripted", "toy"), ScriptedModel(Script(make_truth())), settings)
    ballot = voter.vote(sheet_of(*LAYERS), stop=NEVER)
    # One round holds the answers of all tasks.
    first, second = ballot.meta["rounds"]
    assert first["answers"] == second["answers"] == {key: span.label for (_, key), span in make_truth().items()}
    assert set(first["labels"]) == {layer.name for layer in LAYERS}
    truth = make_truth()
    for vote in ballot.votes:
        right = truth["i1", vote.source_id]
        assert vote.span is not None, vote
        assert (vote.span.label, vote.span.intervals, vote.span.segment, vote.span.layer) == (
            right.label, right.intervals, right.segment, right.layer,
        )  # fmt: skip
    assert ballot.problems == ()
    assert [vote.source_id for vote in ballot.votes] == ["s1", "s2", "s3", "c1", "g1", "t1", "a1", "r1"]


# ------------------------------------------------------------------------------------------------------------- caches


def test_no_reply_is_asked_for_twice(tmp_path: Path) -> None:
    model = Told(class_answer("travel"))
    with KeyedFile(tmp_path / "cache.db", table="replies", what="cache of replies") as cache:
        ballots = []
        for _ in range(2):
            voter = AskedVoter(VoterSpec("v", "told", "toy"), model, TWICE, cache=cache)
            ballots.append(voter.vote(sheet_of(TOPIC), stop=NEVER))
        assert len(cache) == 2
        assert len(model.requests) == 2
        first, again = ballots
        assert again.usage == Usage()
        assert (again.votes, again.replies, again.prompt_hash) == (first.votes, first.replies, first.prompt_hash)
        AskedVoter(VoterSpec("v", "told", "toy"), model, cache=cache).vote(sheet_of(TOPIC, item_id="i2"), stop=NEVER)
        assert len(model.requests) == 3


# ----------------------------------------------------------------------------------------------------------- recorded


def test_recorded_replies_of_every_file_kind() -> None:
    rows = [("i1", "Travel"), ("i2", '{"answers": []}'), ("i1", "Health, I think")]
    lines = "\n".join(json.dumps({"item_id": item_id, "reply": reply}) for item_id, reply in rows)
    assert read_replies(lines.encode()).rows == rows
    table = 'index_id\tcategory\tgpt-9\n1\tx\t"a ""b"""\n2\ty\tc\n3\n\td\te\n'
    read = read_replies(table.encode())
    assert read.rows == [("1", 'a "b"'), ("2", "c")]
    assert [(problem.code, problem.line) for problem in read.problems] == [("bad-record", 4), ("bad-record", 5)]
    broken = read_replies(b'{"id": 7, "answer": {"q1": "PER"}}\n{oops\n{"id": "x"}\n')
    assert broken.rows == [("7", '{"q1":"PER"}')]
    assert [problem.code for problem in broken.problems] == ["bad-json", "bad-record"]
    with pytest.raises(FormatError, match="no column nope"):
        read_replies(b"id,reply\n1,a\n", reply_column="nope")
    assert group_replies(rows)["i1"] == ("Travel", "Health, I think")


def test_recorded_voters_answer_what_was_recorded() -> None:
    model = RecordedModel({"i1": ("This is about travel.",)})
    assert ask(model, TOPIC).votes[0].span.label == "travel"
    with pytest.raises(EngineError, match="0 recorded replies on the item i2"):
        ask(model, TOPIC, item_id="i2")
    with pytest.raises(EngineError, match="1 recorded replies"):
        ask(model, TOPIC, settings=TWICE)


def test_questions_without_a_target_are_not_asked() -> None:
    item = make_item()
    bare = make_sheet(type(item)("i1", item.segments[:1], item.spans), [NAMES])
    model = Told("never")
    ballot = AskedVoter(VoterSpec("v", "told", "toy"), model).vote(bare, stop=NEVER)
    assert {vote.reason for vote in ballot.votes} == {"no-target-segment"}
    assert model.requests == []
