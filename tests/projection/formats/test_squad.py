from __future__ import annotations

import json
from dataclasses import replace

import pytest

from projection.errors import FormatError
from projection.formats import pair_squad, read_squad, split_questions, write_squad
from projection.formats.squad import question_of, read_answers
from projection.types import SOURCE, Interval, Span


def _file(*paragraphs: tuple[str, list[dict]], title: str = "Town") -> bytes:
    rows = [{"context": context, "qas": qas} for context, qas in paragraphs]
    return json.dumps({"version": "1.1", "data": [{"title": title, "paragraphs": rows}]}).encode()


def _question(name: str, *answers: tuple[str, int]) -> dict:
    found = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": name, "question": f"{name}?", "answers": found}


ENGLISH = _file(
    ("Ada lives in Bonn. Bob too.", [_question("q1", ("Bonn", 13)), _question("q2", ("Ada", 0), ("Bob", 19))])
)


def test_a_paragraph_becomes_an_item() -> None:
    (item,) = read_squad(ENGLISH, lang="en", side=SOURCE).rows
    assert [(segment.role, segment.text) for segment in item.segments] == [
        ("context", "Ada lives in Bonn. Bob too."),
        ("question", "q1?"),
        ("question", "q2?"),
    ]
    assert {segment.side for segment in item.segments} == {"source"}
    assert [(span.id, span.intervals) for span in item.spans] == [
        ("q1", ((13, 17),)),
        ("q2", ((0, 3),)),
        ("q2#2", ((19, 22),)),
    ]
    assert (item.document, item.meta) == ("Town", {"questions": ["q1", "q2"]})
    assert question_of("q2#2") == "q2"
    assert question_of("q#x") == "q#x"


def test_what_was_read_is_written_back() -> None:
    found = read_squad(ENGLISH)
    written = write_squad(found.rows)
    assert (written.problems, written.n_rows) == ([], 1)
    assert json.loads(written.text) == json.loads(ENGLISH)
    assert read_squad(written.text.encode()).rows == found.rows


def test_wrong_offsets_and_records_are_reported() -> None:
    data = json.loads(
        _file(("Ada.", [_question("q1", ("Bob", 0)), _question("q1"), {"id": "q2"}, _question("q3", ("a", 9))]))
    )
    data["data"] += [{"title": "x"}, {"paragraphs": [{"qas": []}]}]
    found = read_squad(json.dumps(data).encode())
    codes = [(problem.code, problem.place) for problem in found.problems]
    assert codes == [
        ("bad-offset", "question q1"),
        ("duplicate-id", "paragraph 1"),
        ("bad-record", "paragraph 1"),
        ("bad-offset", "question q3"),
        ("bad-record", "article 2"),
        ("bad-record", "paragraph 2"),
    ]
    assert found.rows[0].meta["questions"] == ["q1", "q3"]
    assert found.rows[0].spans == ()


@pytest.mark.parametrize(("data", "code"), [(b"{", "bad-json"), (b"[]", "bad-record"), (b"{}", "bad-record")])
def test_other_files_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_squad(data)
    assert caught.value.problem.code == code


def test_spans_that_are_no_answers_are_lost_and_named() -> None:
    (item,) = read_squad(ENGLISH).rows
    spans = (Span("PER", (Interval(0, 3),), 0), Span("answer", (Interval(0, 3), Interval(4, 9)), 0, id="q1"))
    written = write_squad([replace(item, spans=spans)])
    assert [problem.code for problem in written.problems] == ["spans-lost", "discontinuous-span"]


def test_paragraphs_go_together_by_their_questions() -> None:
    english = _file(("One.", [_question("a"), _question("b", ("One", 0))]), ("Two.", [_question("c")]), ("Alone.", []))
    spanish = _file(("Dos.", [_question("c", ("Dos", 0))]), ("Uno.", [_question("a"), _question("x")]))
    items, problems = pair_squad(read_squad(english, side=SOURCE).rows, read_squad(spanish).rows)
    assert [(item.source.text, item.target.text) for item in items] == [("One.", "Uno."), ("Two.", "Dos.")]
    assert [segment.text for segment in items[0].segments[2:]] == ["a?", "a?"]
    assert [span.id for span in items[0].spans] == ["b"]
    assert items[1].spans == ()
    assert [problem.message for problem in problems] == [
        "The question b is in one language only.",
        "The question x is in one language only.",
        "The source paragraph 3 has no target paragraph.",
    ]


def test_answers_to_judge_are_read_as_they_stand() -> None:
    assert read_answers(_file(("Ada.", [_question("q1", ("Bob", 7)), _question("q2")]))) == {
        "q1": [("Bob", 7)],
        "q2": [],
    }
    assert read_answers(b'{"q1": "Bob"}') == {"q1": [("Bob", -1)]}


def test_a_paragraph_can_be_split_into_its_questions_and_is_put_together_again() -> None:
    paragraph = {
        "context": "Ada sailed to Oslo.",
        "qas": [_asked("q1", "Who?", "Ada", 0), _asked("q2", "Where?", "Oslo", 14)],
    }
    data = json.dumps({"data": [{"title": "t", "paragraphs": [paragraph]}]}).encode()
    german = {
        "context": "Ada segelte nach Oslo.",
        "qas": [_asked("q1", "Wer?", "Ada", 0), _asked("q2", "Wohin?", "Oslo", 17)],
    }
    other = json.dumps({"data": [{"title": "t", "paragraphs": [german]}]}).encode()
    items, problems = pair_squad(read_squad(data, lang="en", side="source").rows, read_squad(other, lang="de").rows)
    assert problems == []
    first, second = split_questions(items[0])
    assert [(part.role, part.text) for part in second.segments] == [
        ("context", "Ada sailed to Oslo."),
        ("question", "Where?"),
        ("context", "Ada segelte nach Oslo."),
        ("question", "Wohin?"),
    ]
    assert (second.id, second.document, [span.id for span in second.spans]) == ("q2", "t", ["q2"])
    again = json.loads(write_squad([first, second], side="source").text)
    assert again["data"] == [{"title": "t", "paragraphs": [paragraph]}]


def _asked(name: str, text: str, answer: str, start: int) -> dict[str, object]:
    return {"id": name, "question": text, "answers": [{"text": answer, "answer_start": start}]}
