"""Imports of every kind of label: what each format brings, and what is refused with its place."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from annotator.models import Import, Project, SourceSpan
from annotator.services.imports import ImportSpec, start_import
from annotator.services.project_templates import TEMPLATES
from annotator.services.projects import create_project
from projection.formats import write_jsonl
from projection.types import Interval, Relation, Segment, Span
from tests.annotator.factories import make_user
from tests.annotator.services.test_imports import codes, run, start, upload
from tests.annotator.small_sets import KINDS, make_concepts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def make(template: str) -> Project:
    project = create_project(actor=make_user(), name="n", src_lang="en", tgt_langs=["de"], template=template)
    if template == "linking":
        make_concepts(project)
    return project


def labels(project: Project) -> list[tuple[str, str, str, str]]:
    rows = SourceSpan.objects.filter(item__project=project).order_by("item__position", "position")
    return [(row.item.external_id, row.layer.name, row.label.name, row.surface) for row in rows]


@pytest.mark.parametrize("template", TEMPLATES)
def test_json_lines_bring_labels_of_every_kind(template: str) -> None:
    project = make(template)
    items = [each.item for each in KINDS[template]()]
    text = write_jsonl(items).text
    record = start(project, source=text, target=None)
    assert codes(record) == {}
    assert record.report["n_spans"] == sum(len(item.spans) + len(item.relations) for item in items)
    run(record)
    assert [item.external_id for item in project.items.all()] == [item.id for item in items]
    again = start(project, source=text + " \n", target=None)
    assert codes(again) == {"item-unchanged": len(items)}
    if items[0].relations:
        other = replace(items[0], relations=())
        assert codes(start(project, source=write_jsonl([other]).text, target=None)) == {
            "item-differs": 1,
        }


SPANS: dict[str, tuple[str, list[dict[str, Any]], str]] = {
    "part of a token": (
        "pos",
        [{"label": "NOUN", "layer": "upos", "segment": 0, "intervals": [[0, 2]]}],
        "not-one-token",
    ),
    "two tags": (
        "pos",
        [{"label": tag, "layer": "upos", "segment": 0, "intervals": [[0, 3]]} for tag in ("X", "DET")],
        "two-tags",
    ),
    "closed tagset": ("pos", [{"label": "CAT", "layer": "upos", "segment": 0, "intervals": [[0, 3]]}], "unknown-label"),
    "part of a text": (
        "topic",
        [{"label": "a", "layer": "topic", "segment": 0, "intervals": [[0, 3]]}],
        "not-whole-text",
    ),
    "two classes": (
        "topic",
        [{"label": each, "layer": "topic", "segment": 0, "intervals": [[0, 13]]} for each in "ab"],
        "two-classes",
    ),
    "another role": (
        "qa",
        [{"label": "answer", "layer": "answers", "segment": 0, "intervals": [[0, 3]]}],
        "wrong-role",
    ),
    "no concepts": (
        "ner",
        [{"label": "PER", "layer": "entities", "segment": 0, "intervals": [[0, 3]], "concept": "C1"}],
        "no-concepts",
    ),
    "unknown concept": (
        "linking",
        [{"label": "MED", "layer": "mentions", "segment": 0, "intervals": [[0, 3]], "concept": "C9"}],
        "unknown-concept",
    ),
    "a span among relations": (
        "relations",
        [{"label": "PER", "layer": "relations", "segment": 0, "intervals": [[0, 3]]}],
        "wrong-layer-kind",
    ),
}


@pytest.mark.parametrize("case", SPANS)
def test_labels_that_do_not_fit_their_layer_are_refused_with_their_line(case: str) -> None:
    template, spans, code = SPANS[case]
    segments = [
        {"text": "Ada is alive.", "lang": "en", "side": "source"},
        {"text": "Ada lebt.", "lang": "de", "side": "target"},
    ]
    good = {"id": "good", "segments": segments}
    text = "".join(json.dumps(each) + "\n" for each in (good, {"id": "bad", "segments": segments, "spans": spans}))
    record = start(make(template), source=text, target=None)
    (group,) = [group for group in record.report["problems"] if group["code"] == code]
    assert (group["severity"], group["n"], group["rows"][0]["place"]) == ("unusable", 1, "source, line 2")
    assert record.report["n_clean"] == 1


def test_a_class_of_an_item_stands_on_its_first_text_and_relations_stay_in_their_layers() -> None:
    item = KINDS["relevance"]()[0].item
    passage = item.segments[1]
    moved = Span("3", (Interval(0, len(passage.text)),), 1, "relevance", "c")
    record = start(make("relevance"), source=write_jsonl([replace(item, spans=(moved,))]).text, target=None)
    assert codes(record) == {"not-first-text": 1, "no-pairs": 1}
    entities = KINDS["relations"]()[0].item
    wrong = replace(entities, relations=(Relation("r", "a", "b", "entities", "r1"),))
    record = start(make("relations"), source=write_jsonl([wrong]).text, target=None)
    assert codes(record) == {"wrong-layer-kind": 1, "no-pairs": 1}


def test_a_new_layer_of_relations_is_made_where_the_project_has_none() -> None:
    project = make("ner")
    item = KINDS["relations"]()[1].item
    run(start(project, source=write_jsonl([item]).text, target=None))
    assert [(layer.name, layer.kind) for layer in project.layers.all()] == [
        ("entities", "span"),
        ("relations", "relation"),
    ]


CONLLU = """\
# sent_id = t-1
# text = Ships sail.
1\tShips\t_\tNOUN\t_\t_\t0\troot\t_\t_
2\tsail\t_\tVERB\t_\t_\t1\tx\t_\t_
3\t.\t_\tPUNCT\t_\t_\t1\tx\t_\t_

"""


def test_conllu_brings_tags_of_tokens_and_pairs_by_ids() -> None:
    project = make("pos")
    target = CONLLU.replace("Ships sail.", "Schiffe segeln.").replace("Ships", "Schiffe").replace("sail\t", "segeln\t")
    record = run(start(project, CONLLU, target))
    assert [file["format"] for file in record.report["files"]] == ["conllu", "conllu"]
    assert record.report["pairing"]["kind"] == "id"
    assert codes(record) == {"target-labels": 1}
    assert labels(project) == [
        ("t-1", "upos", "NOUN", "Ships"),
        ("t-1", "upos", "VERB", "sail"),
        ("t-1", "upos", "PUNCT", "."),
    ]
    refused = start(make("ner"), CONLLU, target)
    assert codes(refused)["no-token-layer"] == 1
    assert refused.report["is_fatal"]


def test_columns_go_to_a_layer_of_token_tags_where_the_project_has_one() -> None:
    project = make("pos")
    run(start(project, "Ships NOUN\nsail VERB\n\nRain NOUN\n", "Schiffe segeln\nRegen\n", src_format="conll"))
    assert [label for _, _, label, _ in labels(project)] == ["NOUN", "VERB", "NOUN"]


TABLE = "index_id\tcategory\ttext\n7\tsports\tThe rowers won.\n9\ttravel\tThe ferry left.\n"


def test_tables_bring_classes_of_texts() -> None:
    project = make("topic")
    target = "index_id\tcategory\ttext\n9\ttravel\tDie Fähre fuhr ab.\n7\tsports\tDie Ruderer gewannen.\n"
    record = run(start(project, TABLE, target))
    assert record.report["pairing"]["kind"] == "id"
    assert labels(project) == [("7", "topic", "sports", "The rowers won."), ("9", "topic", "travel", "The ferry left.")]
    assert [item.segments.get(side="target").text for item in project.items.all()] == [
        "Die Ruderer gewannen.",
        "Die Fähre fuhr ab.",
    ]


def test_the_column_of_the_classes_can_be_named_and_several_stand_in_one() -> None:
    project = make("topic")
    project.layers.update(choice="multiple")
    table = (
        "id\tsource\ttarget\tlabel\tmood\n1\tShe rows.\tSie rudert.\tx\tcalm | glad\n2\tIt rains.\tEs regnet.\ty\t\n"
    )
    run(start(project, table, None, class_from="Mood"))
    assert labels(project) == [("1", "topic", "calm", "She rows."), ("1", "topic", "glad", "She rows.")]
    unknown = start(make("topic"), TABLE, "a\nb\n", class_layer="mood")
    assert codes(unknown)["unknown-layer"] == 1


UTTERANCE = """\
# id: 1
# text = Wake me at seven
# intent = set-alarm
1\tWake\tset-alarm\tO
2\tme\tset-alarm\tO
3\tat\tset-alarm\tO
4\tseven\tset-alarm\tB-time
"""


def test_a_comment_brings_the_intent_beside_the_slots() -> None:
    project = make("slots")
    record = run(start(project, UTTERANCE, "Weck mich um sieben\n"))
    assert codes(record) == {}
    assert labels(project) == [("1", "intent", "set-alarm", "Wake me at seven"), ("1", "slots", "time", "seven")]
    assert record.report["preview"][0]["source"][-1] == {"text": "", "label": "set-alarm"}


def squad(context: str, *questions: tuple[str, str, str, int]) -> str:
    qas = [
        {"id": name, "question": text, "answers": [{"text": answer, "answer_start": start}]}
        for name, text, answer, start in questions
    ]
    return json.dumps({"data": [{"title": "Harbour", "paragraphs": [{"context": context, "qas": qas}]}]})


def start_squad(project: Project, source: str, target: str) -> Import:
    files = [upload("source", source, "a.json"), upload("target", target, "b.json")]
    return start_import(project=project, actor=project.created_by, tgt_lang="de", files=files, spec=ImportSpec())


def test_questions_become_items_with_their_passages() -> None:
    project = make("qa")
    source = squad(
        "Ada sailed to Oslo.", ("q1", "Who?", "Ada", 0), ("q2", "Where?", "Oslo", 14), ("q3", "When?", "Oslo", 3)
    )
    target = squad(
        "Ada segelte nach Oslo.", ("q2", "Wohin?", "Oslo", 17), ("q1", "Wer?", "Ada", 0), ("q4", "Wie?", "Ada", 0)
    )
    record = start_squad(project, source, target)
    places = {(group["code"], row["place"]) for group in record.report["problems"] for row in group["rows"]}
    assert places == {
        ("bad-offset", "source, question q3"),
        ("unpaired", "source, question q3"),
        ("unpaired", "target, question q4"),
        ("target-labels", "target, whole file"),
    }
    run(record)
    assert labels(project) == [("q1", "answers", "answer", "Ada"), ("q2", "answers", "answer", "Oslo")]
    item = project.items.get(external_id="q2")
    assert [(row.side, row.role, row.text) for row in item.segments.all()] == [
        ("source", "context", "Ada sailed to Oslo."),
        ("source", "question", "Where?"),
        ("target", "context", "Ada segelte nach Oslo."),
        ("target", "question", "Wohin?"),
    ]
    assert item.document.name == "Harbour"


def test_passages_need_the_same_format_on_both_sides() -> None:
    record = start_squad(make("qa"), squad("Ada.", ("q1", "Who?", "Ada", 0)), "Ada.\n")
    assert codes(record)["other-format"] == 1
    assert record.report["is_fatal"]


def test_dialogue_turns_keep_their_order_and_roles() -> None:
    project = make("slots")
    texts = (("user", "Book a table", "Reserviere einen Tisch"), ("system", "For when", "Für wann"))
    segments = [Segment(source, "en", "source", role) for role, source, _ in texts]
    segments += [Segment(target, "de", "target", role) for role, _, target in texts]
    item = replace(
        KINDS["slots"]()[0].item,
        segments=tuple(segments),
        spans=(
            Span("book", (Interval(0, 12),), 0, "intent", "i1"),
            Span("ask", (Interval(0, 8),), 1, "intent", "i2"),
        ),
    )
    run(start(project, write_jsonl([item]).text, None))
    assert [(row.segment.role, row.label.name) for row in SourceSpan.objects.order_by("position")] == [
        ("user", "book"),
        ("system", "ask"),
    ]
