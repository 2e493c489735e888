"""Exports of every kind of label: nothing of it is lost in JSON Lines, and other formats say what they lack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotator import jobs
from annotator.models import Annotation, Export, Label, Project
from annotator.services import exports
from annotator.services.project_templates import TEMPLATES
from projection.formats import read_conllu, read_jsonl, read_squad, read_table
from tests.annotator.small_sets import Kind, accept_all, make_kind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def export(project: Project, format: str, **filters: Any) -> tuple[bytes, Export]:  # noqa: A002
    made = exports.start_export(
        project=project, actor=project.created_by, format=format, filters=filters, is_loss_confirmed=True
    )
    job = jobs.claim(made.job_id)
    assert job is not None
    exports.execute_export(jobs.JobControl(job))
    made.refresh_from_db()
    with exports.get_file(made).open("rb") as file:
        return file.read(), made


def reviewed(template: str) -> Kind:
    kind = make_kind(template)
    accept_all(kind)
    return kind


@pytest.mark.parametrize("template", TEMPLATES)
def test_json_lines_hold_every_label_with_its_ends_concepts_and_places(template: str) -> None:
    kind = reviewed(template)
    data, made = export(kind.project, "jsonl")
    found = read_jsonl(data)
    assert (found.problems, made.report["n_losses"]) == ([], 0)
    for item, given in zip(found.rows, kind.given, strict=True):
        sources = {span.id: span for span in item.spans_of("source")}
        assert {
            key: (span.label, span.layer, span.intervals, span.segment, span.concept) for key, span in sources.items()
        } == {
            span.id: (span.label, span.layer, span.intervals, span.segment, span.concept) for span in given.item.spans
        }
        targets = {span.source_id: span for span in item.spans_of("target")}
        wanted = {each.source_id: each.span for each in given.gold if each.span is not None}
        assert {
            key: (span.label, span.layer, span.intervals, span.segment, span.concept) for key, span in targets.items()
        } == {key: (span.label, span.layer, span.intervals, span.segment, span.concept) for key, span in wanted.items()}
        assert [(each.id, each.label, each.head, each.tail, each.layer) for each in item.relations_of("source")] == [
            (each.id, each.label, each.head, each.tail, each.layer) for each in given.item.relations
        ]
        ids = {span.id: span.source_id for span in targets.values()}
        assert {
            each.source_id: (each.label, ids[each.head], ids[each.tail]) for each in item.relations_of("target")
        } == {each.id: (each.label, each.head, each.tail) for each in given.item.relations}
        for relation in item.relations_of("target"):
            assert (relation.meta["change"], relation.meta["candidate"]["run"]) == ("", kind.run.pk)


def test_tags_are_written_as_conllu() -> None:
    kind = reviewed("pos")
    data, made = export(kind.project, "conllu")
    rows = read_conllu(data).rows
    assert [[(word, span.label) for word, span in zip(row.words, row.spans, strict=True)] for row in rows] == [
        [("Das", "DET"), ("alte", "ADJ"), ("Schiff", "NOUN"), ("segelt", "VERB"), ("heute", "ADV"), (".", "PUNCT")],
        [
            ("Das", "DET"),
            ("Schiff", "NOUN"),
            ("hat", "VERB"),
            ("einen", "DET"),
            ("neuen", "ADJ"),
            ("Kapitän", "NOUN"),
            (".", "PUNCT"),
        ],
    ]
    assert made.report["n_losses"] == 0
    assert exports.get_file_name(made).endswith("-de-gold.conllu")


def test_classes_are_written_as_a_table() -> None:
    kind = reviewed("slots")
    data, made = export(kind.project, "table")
    assert [(row.id, row.text, row.meta) for row in read_table(data).rows] == [
        ("k1", "Weck mich morgen um sieben", {"intent": "set-alarm"}),
        ("k2", "Wird es in Bremen regnen", {"intent": "ask-weather"}),
    ]
    assert made.report["losses_by_code"] == {"other-kind": 2}
    assert made.report["losses"][0]["message"] == "2 label(s) of other kinds are left out."


def test_answers_are_written_as_squad_with_the_questions_of_the_target() -> None:
    kind = reviewed("qa")
    data, made = export(kind.project, "squad")
    assert read_squad(data).problems == []
    (article,) = json.loads(data)["data"]
    text = "Der Leuchtturm wurde 1884 gebaut. Ada Brandt bezahlte ihn."
    assert article["title"] == "harbour"
    assert article["paragraphs"] == [
        {
            "context": text,
            "qas": [
                {
                    "id": "k1",
                    "question": "Wer bezahlte den Leuchtturm?",
                    "answers": [{"text": "Ada Brandt", "answer_start": text.index("Ada")}],
                }
            ],
        }
    ]
    assert made.report["n_losses"] == 0


@pytest.mark.parametrize(
    ("template", "losses"),
    [
        ("relations", {"other-kind": 2}),
        ("linking", {"concepts-lost": 1}),
        ("qa", {}),
        ("topic", {"other-kind": 2}),
    ],
)
def test_conll_says_what_it_lacks(template: str, losses: dict[str, int]) -> None:
    _, made = export(reviewed(template).project, "conll")
    assert made.report["losses_by_code"] == losses


def test_a_relation_whose_end_is_not_there_is_left_out_and_named() -> None:
    kind = reviewed("relations")
    _, made = export(kind.project, "jsonl", labels=["works-for", "PER", "founded", "ORG"])
    assert made.report["n_losses"] == 0
    data, made = export(kind.project, "jsonl", labels=["works-for", "PER"])
    assert made.report["losses_by_code"] == {"relation-without-end": 1}
    (first, _) = read_jsonl(data).rows
    assert [span.label for span in first.spans_of("target")] == ["PER"]
    assert first.relations == ()


def test_what_people_changed_in_relations_and_concepts_is_told() -> None:
    kind = reviewed("relations")
    relation = Annotation.objects.get(item=kind.items[0], label__name="works-for")
    relation.tail = Annotation.objects.get(item=kind.items[0], label__name="LOC")
    relation.label = Label.objects.get(layer=relation.layer, name="seat")
    relation.save()
    (first, _) = read_jsonl(export(kind.project, "jsonl")[0]).rows
    changed = {each.source_id: each.meta["change"] for each in first.relations_of("target")}
    assert changed == {"r1": "works-for -> seat, other ends", "r2": ""}
    linking = reviewed("linking")
    span = Annotation.objects.get(item=linking.items[0], source_span__key="s1")
    span.concept = linking.project.concepts.get(code="C3")
    span.save()
    (item,) = read_jsonl(export(linking.project, "jsonl")[0]).rows
    assert sorted(each.meta["change"] for each in item.spans_of("target")) == ["", "concept C1 -> C3"]


def test_the_page_offers_what_fits_the_layers() -> None:
    offered = {
        name: [each.name for each in exports.list_formats(make_kind(name).project)] for name in ("pos", "slots", "qa")
    }
    assert offered == {
        "pos": ["jsonl", "conllu"],
        "slots": ["conll", "jsonl", "table"],
        "qa": ["conll", "jsonl", "squad"],
    }
