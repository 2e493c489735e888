"""The files of the published system."""

from __future__ import annotations

import json

import pytest

from projection.errors import FormatError
from projection.transfer.tprojection.records import (
    MODEL_NAME,
    Record,
    Scores,
    read_records,
    read_scores,
    write_records,
    write_scores,
)
from projection.types import Interval

FIELDS = {
    "id": 7,
    "task": "SequenceLabelling",
    "source_word": "Ada Byron lives in Rome",
    "source_entity": "<Person>Ada Byron</Person><Location>Rome</Location>",
    "source_label": "B-PER I-PER O O B-LOC",
    "target_word": "Ada Byron vive en Roma",
    "target_entity": "",
    "target_label": "O O O O O",
    "preds": ["<Person>Ada Byron</Person>", "<Location>Roma</Location>"],
}


def line(**changed: object) -> bytes:
    return json.dumps({**FIELDS, **changed}).encode() + b"\n"


def test_a_record_becomes_an_item_and_back() -> None:
    found = read_records(line(), tgt_lang="es")
    (record,) = found.rows
    assert found.problems == []
    assert record.hypotheses == tuple(FIELDS["preds"])
    assert [segment.lang for segment in record.item.segments] == ["en", "es"]
    assert [(span.label, span.surface(record.item.source.text)) for span in record.item.spans] == [
        ("PER", "Ada Byron"),
        ("LOC", "Rome"),
    ]
    written = write_records([record])
    assert written.problems == []
    assert json.loads(written.text) == FIELDS | {"id": "7"}
    assert read_records(written.text.encode()).rows[0].hypotheses == record.hypotheses


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{\n", "bad-json"),
        (b"[1]\n", "missing-field"),
        (line(source_label=None), "missing-field"),
        (line(preds="<Person>"), "missing-field"),
        (line(preds=[1]), "missing-field"),
        (line(source_label="O"), "different-counts"),
    ],
)
def test_a_record_with_a_fault_is_left_out_and_named(data: bytes, code: str) -> None:
    found = read_records(line() + b"\n" + data)
    assert len(found.rows) == 1
    assert [(problem.code, problem.line, problem.row) for problem in found.problems] == [(code, 3, 1)]


def test_repaired_tags_are_reported() -> None:
    found = read_records(line(source_label="B-PER I-LOC O O O"))
    assert [problem.code for problem in found.problems] == ["label-changes-inside"]
    assert len(found.rows) == 1


def test_nested_spans_are_losses_of_the_written_record() -> None:
    item = read_records(line()).rows[0].item
    first = item.spans[0]
    nested = type(first)("ORG", (Interval(0, 3),), id="s9")
    item = type(item)(item.id, item.segments, (*item.spans, nested))
    assert [problem.code for problem in write_records([Record(item, ())]).problems] == ["nested-span"]


def test_scores_round_trip() -> None:
    scores = Scores({("Rome", "Roma"): 0.9, ("Rome", "en"): 0.1, ("Ada", "Ada"): 1.05}, "model")
    text = write_scores(scores)
    assert json.loads(text) == {MODEL_NAME: "model", "Rome": {"Roma": 0.9, "en": 0.1}, "Ada": {"Ada": 1.05}}
    assert read_scores(text.encode()) == scores


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"{", "bad-json"), (b"[]", "bad-json"), (b'{"a": 1}', "bad-score"), (b'{"a": {"b": "1"}}', "bad-score")],
)
def test_wrong_scores_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_scores(data)
    assert caught.value.problem.code == code
