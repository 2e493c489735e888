"""Replies of every kind are read, and none makes reading fail."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projection.vote.replies import MAX_REPLY_CHARS, RawAnswer, read_reply

ANSWER = {"id": "q1", "outcome": "label", "label": "PER", "quote": "Ada", "confidence": 0.5, "reason": "a name"}
READ = RawAnswer("q1", {"outcome": "label", "label": "PER", "reason": "a name"}, ("Ada",), 0.5)


def codes(reply: str, *asked: str) -> list[str]:
    return [problem.code for problem in read_reply(reply, asked or ("q1",)).problems]


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps({"answers": [ANSWER]}),
        json.dumps([ANSWER]),
        json.dumps(ANSWER),
        json.dumps({"q1": ANSWER}),
        json.dumps({name: value for name, value in ANSWER.items() if name != "id"}),
        "```json\n" + json.dumps({"answers": [ANSWER]}, indent=1) + "\n```",
        "Here you are: " + json.dumps(ANSWER) + " I hope this helps {with} your text.",
        "<think>{\"id\": \"q1\", \"label\": \"LOC\"}</think>" + json.dumps(ANSWER),
        json.dumps(ANSWER)[:-1] + ",}",
        "\ufeff" + json.dumps({"results": [ANSWER]}),
        json.dumps(ANSWER) + json.dumps(ANSWER),
        json.dumps(ANSWER | {"confidence": "50%"}),
        json.dumps(ANSWER | {"confidence": 50}),
        json.dumps(ANSWER | {"label": ["PER"]}),
        json.dumps(ANSWER | {"quote": ["Ada", None, {"a": 1}]}),
    ],
)  # fmt: skip
def test_the_same_answer_in_many_dresses(reply: str) -> None:
    assert read_reply(reply, ["q1"]).answers == {"q1": READ}


def test_what_is_cut_off_is_kept_as_far_as_it_goes() -> None:
    reply = json.dumps({"answers": [ANSWER, ANSWER | {"id": "q2"}, ANSWER | {"id": "q3"}]})[:-40]
    read = read_reply(reply, ["q1", "q2", "q3"])
    assert sorted(read.answers) == ["q1", "q2"]
    assert [problem.code for problem in read.problems] == ["reply-cut"]
    assert codes(json.dumps(ANSWER)) == []
    assert [problem.code for problem in read_reply(json.dumps(ANSWER), ["q1"], finish="length").problems] == [
        "reply-cut"
    ]


def test_answers_to_what_was_not_asked_are_left_out() -> None:
    reply = json.dumps({"answers": [ANSWER | {"id": "q7"}, ANSWER | {"id": 1}, {"label": "PER"}, "PER", ANSWER]})
    read = read_reply(reply, ["q1", "q2"])
    assert list(read.answers) == ["q1"]
    assert [problem.code for problem in read.problems] == ["not-asked", "not-asked", "not-asked", "bad-answer"]


def test_two_different_answers_to_one_question_are_none() -> None:
    read = read_reply(json.dumps([ANSWER, ANSWER | {"label": "LOC"}]), ["q1"])
    assert read.answers == {}
    assert read.contradicted == {"q1"}
    assert [problem.code for problem in read.problems] == ["two-answers"]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("", "not-json"),
        ("PER", "not-json"),
        ("[1, 2", "not-json"),
        ("{" * 5000, "reply-cut"),
        ('{"a":' * 200_000, "reply-too-long"),
        ('{"label": {"deep": [[[]]]}}', "bad-answer"),
        ('{"id": "q1", "label": true}', "bad-answer"),
        ("x" * (MAX_REPLY_CHARS + 1), "reply-too-long"),
    ],
)
def test_what_cannot_be_used_is_reported(reply: str, code: str) -> None:
    assert codes(reply)[0] == code


@pytest.mark.parametrize("confidence", ["very", -1, 1e300, True, None, [1], "NaN", 101, "inf"])
def test_a_confidence_that_is_none_is_left_out(confidence: object) -> None:
    read = read_reply(json.dumps(ANSWER | {"confidence": confidence}), ["q1"])
    assert read.answers["q1"].confidence is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "q1", "answers", "label", "quote", "confidence", "x"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@given(_json, st.text(max_size=12), st.text(max_size=12), st.integers(0, 200))
def test_no_reply_makes_reading_fail(value: object, before: str, after: str, cut: int) -> None:
    written = before + json.dumps(value) + after
    for reply in (written, written[:cut], written.replace('"', "'")):
        read = read_reply(reply, ["q1", "q2"])
        assert set(read.answers) <= {"q1", "q2"}
        assert all(isinstance(text, str) for answer in read.answers.values() for text in answer.fields.values())


@given(st.text('{}[]",:\\q1 \n<think>/', max_size=200))
def test_no_heap_of_signs_makes_reading_fail(reply: str) -> None:
    assert set(read_reply(reply, ["q1"]).answers) <= {"q1"}
