from __future__ import annotations

import hashlib
import json
import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from annotator import jobs
from annotator.errors import BadRequestError, ConflictError
from annotator.models import Annotation, Event, Export, Item, Project, Segment
from annotator.queries.gold import GoldFilters, count_gold, list_gold
from annotator.services import exports, review
from annotator.services.review_acts import Act, read_acts
from annotator.services.review_item import ReviewedItem
from projection.formats.conll import read_conll
from projection.formats.jsonl import read_jsonl
from tests.annotator.factories import (
    make_annotation,
    make_candidate,
    make_items,
    make_project,
    make_review,
    make_run,
    make_user,
)
from tests.annotator.reviewing import make_desk

pytestmark = pytest.mark.django_db

CONLL = """\
# newdoc id = harbour
# sent_id = h1
# text = Ada Brandt eröffnete das Hafenmuseum in Bremen .
Ada\tB-PER
Brandt\tI-PER
eröffnete\tO
das\tO
Hafenmuseum\tO
in\tO
Bremen\tB-ORG
.\tO

# sent_id = h2
# text = Der Rat tagte am Montag in Uppsala .
Der\tO
Rat\tO
tagte\tO
am\tO
Montag\tO
in\tO
Uppsala\tO
.\tO

"""


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def reviewed() -> Project:
    """Three items: one accepted and corrected, one rejected, one still open with an undecided span."""
    project = make_project(name="Harbour news")
    first, second, third = make_items(project)
    run, reviewer = make_run(project), make_user("rana")
    person, place = first.source_spans.all()
    review = make_review(first, reviewer)
    make_annotation(review, span=person, candidate=make_candidate(run, person, "Ada Brandt"))
    make_annotation(
        review, span=place, candidate=make_candidate(run, place, "in Bremen", score=0.4), surface="Bremen", label="ORG"
    )
    town = second.source_spans.get()
    make_annotation(
        make_review(second, reviewer),
        span=town,
        candidate=make_candidate(run, town, "Montag"),
        state="rejected",
        reason="wrong-words",
    )
    sailor, line = third.source_spans.all()
    make_candidate(run, line, "Nordlys")
    make_annotation(
        make_review(third, reviewer, state="open"), span=sailor, candidate=make_candidate(run, sailor, "Tomas Vale")
    )
    return project


def export(project: Project, *, format: str = "jsonl", confirmed: bool = False, **filters) -> Export:  # noqa: A002
    row = exports.start_export(
        project=project,
        actor=project.created_by,
        format=format,
        filters={"tgt_lang": "de", **filters},
        is_loss_confirmed=confirmed,
    )
    exports.execute_export(jobs.JobControl(jobs.claim(row.job_id)))
    row.refresh_from_db()
    row.job.refresh_from_db()
    return row


def content(row: Export) -> bytes:
    with row.file.open("rb") as file:
        return file.read()


def records(row: Export) -> list[dict]:
    return [json.loads(line) for line in content(row).decode().splitlines()]


def test_conll_holds_stored_tokens_and_accepted_labels_only(reviewed):
    row = export(reviewed, format="conll")
    assert content(row).decode() == CONLL
    assert row.sha256 == hashlib.sha256(CONLL.encode()).hexdigest()
    assert row.job.state == "done"
    assert (row.job.n_done, row.job.n_total) == (2, 2)
    assert row.report == {
        "n_items": 2,
        "n_labels": 2,
        "n_rejected": 1,
        "n_undecided": 0,
        "n_bytes": len(CONLL.encode()),
        "n_losses": 0,
        "losses_by_code": {},
        "losses": [],
    }


def test_conll_reads_back_with_ids_texts_and_spans(reviewed):
    result = read_conll(content(export(reviewed, format="conll")))
    assert result.problems == []
    assert [(row.id, row.document) for row in result.rows] == [("h1", "harbour"), ("h2", "harbour")]
    assert result.rows[0].text == "Ada Brandt eröffnete das Hafenmuseum in Bremen ."
    assert [tuple(span) for span in result.rows[0].spans] == [("PER", 0, 2), ("ORG", 6, 7)]
    assert result.rows[1].spans == ()


def test_json_lines_say_where_each_label_comes_from(reviewed):
    first = records(export(reviewed))[0]
    spans = {span.get("source_id"): span for span in first["spans"] if span["segment"] == 1}
    place = spans["s2"]
    assert (place["label"], place["surface"], place["intervals"]) == ("ORG", "Bremen", [[40, 46]])
    meta = place["meta"]
    assert meta["change"] == "LOC -> ORG, moved"
    assert meta["state"] == "accepted"
    candidate = meta["candidate"]
    assert (candidate["label"], candidate["surface"], candidate["rank"]) == ("LOC", "in Bremen", 0)
    assert (candidate["score"], candidate["parts"]) == (0.4, {"links": 0.4})
    (decision,) = meta["decisions"]
    assert (decision["kind"], decision["actor"]) == ("accept", "rana")
    stored = reviewed.decisions.get(pk=decision["id"])
    assert stored.annotation.source_span.key == "s2"
    assert decision["at"] == stored.created_at.isoformat()
    (run,) = first["meta"]["runs"]
    assert run["id"] == candidate["run"]
    assert (run["engine"], run["settings"]) == ("statistical", {"seed": 1})
    assert run["versions"] == {"projection": "0.1.0"}
    assert spans["s1"]["meta"]["change"] == ""
    assert first["meta"]["review"]["reviewer"] == "rana"


def test_json_lines_keep_what_was_rejected_apart_from_gold(reviewed):
    second = records(export(reviewed))[1]
    (source,) = second["spans"]
    assert (source["surface"], source["segment"]) == ("Uppsala", 0)
    assert source["meta"] == {"reason": "wrong-words", "state": "rejected"}
    (rejected,) = second["meta"]["rejected"]
    assert (rejected["source_id"], rejected["surface"], rejected["reason"]) == ("s1", "Montag", "wrong-words")
    assert rejected["decisions"][0]["kind"] == "reject"


def test_json_lines_read_back_as_the_same_items(reviewed):
    result = read_jsonl(content(export(reviewed)))
    assert result.problems == []
    first = result.rows[0]
    assert [(span.label, span.surface(first.source.text)) for span in first.spans_of("source")] == [
        ("PER", "Ada Brandt"),
        ("LOC", "Bremen"),
    ]
    assert [(span.label, span.surface(first.target.text)) for span in first.spans_of("target")] == [
        ("PER", "Ada Brandt"),
        ("ORG", "Bremen"),
    ]
    assert first.target.words == ["Ada", "Brandt", "eröffnete", "das", "Hafenmuseum", "in", "Bremen", "."]


@pytest.mark.parametrize("name", ["conll", "jsonl"])
def test_same_data_and_filters_give_the_same_bytes(reviewed, name):
    first, second = (export(reviewed, format=name, state="all") for _ in range(2))
    assert first.file.name != second.file.name
    assert content(first) == content(second)
    assert first.sha256 == second.sha256 != ""


def test_all_items_leave_undecided_spans_out_and_count_them(reviewed):
    row = export(reviewed, state="all")
    assert [row.report[name] for name in ("n_items", "n_labels", "n_rejected", "n_undecided")] == [3, 3, 1, 1]
    third = records(row)[2]
    assert [span["surface"] for span in third["spans"] if span["segment"] == 1] == ["Tomas Vale"]
    assert third["meta"]["state"] == "open"
    states = {span["surface"]: span["meta"]["state"] for span in third["spans"] if span["segment"] == 0}
    assert states == {"Tomas Vale": "accepted", "Nordlys": "undecided"}


def test_labels_filter_spans_and_keep_sentences(reviewed):
    row = export(reviewed, labels=["ORG"])
    assert (row.report["n_items"], row.report["n_labels"], row.report["n_rejected"]) == (2, 1, 0)
    first, second = records(row)
    # The source span stays with its label LOC, since the gold label ORG came from it.
    assert [(span["label"], span["surface"]) for span in first["spans"]] == [("LOC", "Bremen"), ("ORG", "Bremen")]
    assert "spans" not in second
    assert "rejected" not in second["meta"]


def test_without_source_only_the_target_is_written(reviewed):
    first = records(export(reviewed, has_source=False))[0]
    assert [segment["side"] for segment in first["segments"]] == ["target"]
    assert [(span["segment"], span["source_id"]) for span in first["spans"]] == [(0, "s1"), (0, "s2")]


def test_document_filter(reviewed):
    Item.objects.filter(external_id="h2").update(document=reviewed.documents.create(name="letters"))
    assert [record["id"] for record in records(export(reviewed, document="letters"))] == ["h2"]


def test_a_span_that_a_person_added_names_no_candidate(reviewed):
    review = Item.objects.get(external_id="h2").reviews.get()
    make_annotation(review, surface="Der Rat", label="ORG")
    second = records(export(reviewed))[1]
    (added,) = [span for span in second["spans"] if span["segment"] == 1]
    assert "source_id" not in added
    assert added["meta"]["change"] == "added"
    assert added["meta"]["candidate"] is None
    assert added["meta"]["decisions"][0]["kind"] == "add"


def add_hard_spans(project: Project) -> None:
    """One nested, one discontinuous and one sub-token span in the first item."""
    review = Item.objects.get(external_id="h1").reviews.get()
    make_annotation(review, surface="Brandt", label="PER")
    make_annotation(review, surface="Hafen", label="LOC")
    pieces = make_annotation(review, surface="eröffnete", label="ORG")
    pieces.intervals, pieces.surface, pieces.end_char = [[11, 20], [25, 36]], "eröffnete Hafenmuseum", 36
    pieces.save()


def test_what_conll_cannot_hold_is_reported_and_withheld_until_confirmed(reviewed):
    add_hard_spans(reviewed)
    row = export(reviewed, format="conll")
    assert row.report["losses_by_code"] == {"discontinuous-span": 1, "nested-span": 1, "sub-token-span": 1}
    assert row.report["n_losses"] == 3
    assert [loss["place"] for loss in row.report["losses"]] == [
        "item h1, span 3",
        "item h1, span 4",
        "item h1, token 2",
    ]
    assert content(row).decode() == CONLL
    with pytest.raises(ConflictError, match="could not hold 3 thing"):
        exports.get_file(row)
    exports.confirm_loss(export=row, actor=reviewed.created_by)
    assert exports.get_file(row).name == row.file.name
    row.refresh_from_db()
    assert row.is_loss_confirmed
    assert Event.objects.get(kind="export-loss-confirmed").data == {"n_losses": 3}
    exports.confirm_loss(export=row, actor=reviewed.created_by)
    assert Event.objects.filter(kind="export-loss-confirmed").count() == 1


def test_json_lines_hold_what_conll_cannot(reviewed):
    add_hard_spans(reviewed)
    row = export(reviewed)
    assert row.report["n_losses"] == 0
    surfaces = [span["surface"] for span in records(row)[0]["spans"] if span["segment"] == 1]
    assert surfaces == ["Ada Brandt", "Brandt", "eröffnete Hafenmuseum", "Hafen", "Bremen"]
    assert exports.get_file(row)


def test_loss_confirmed_before_hands_the_file_out_at_once(reviewed):
    add_hard_spans(reviewed)
    row = export(reviewed, format="conll", confirmed=True)
    assert exports.get_file(row)


def test_a_second_target_segment_is_a_loss_in_conll(reviewed):
    item = Item.objects.get(external_id="h1")
    span = make_annotation(item.reviews.get(), surface="Bremen", label="LOC")
    segment = Segment.objects.create(
        item=item, side="target", role="context", lang="de", position=2, text="Bremen", tokens=[[0, 6]]
    )
    Annotation.objects.filter(pk=span.pk).update(segment=segment, intervals=[[0, 6]], start_char=0, end_char=6)
    row = export(reviewed, format="conll")
    assert row.report["losses_by_code"] == {"other-segment-span": 1}
    assert row.report["losses"][0]["place"] == "item h1, span 3"
    assert content(row).decode() == CONLL
    assert export(reviewed).report["n_losses"] == 0


def test_only_the_counted_is_exported(reviewed):
    counts = count_gold(reviewed, GoldFilters(tgt_lang="de", state="all"))
    assert (counts.n_items, counts.n_labels, counts.n_rejected, counts.n_undecided) == (3, 3, 1, 1)
    reviewed_only = count_gold(reviewed, GoldFilters(tgt_lang="de", labels=("ORG",)))
    assert (reviewed_only.n_items, reviewed_only.n_labels, reviewed_only.n_rejected) == (2, 1, 0)


@pytest.mark.parametrize(
    "filters, code",
    [
        ({"tgt_lang": "fr"}, "unknown-language"),
        ({"labels": ["PERSON"]}, "unknown-label"),
        ({"document": "nowhere"}, "unknown-document"),
        ({"state": "half"}, "unknown-state"),
        ({"color": "red"}, "unknown-filter"),
    ],
)
def test_wrong_filters_are_refused(reviewed, filters, code):
    with pytest.raises(BadRequestError) as caught:
        exports.start_export(project=reviewed, actor=reviewed.created_by, format="jsonl", filters=filters)
    assert caught.value.problem.code == code
    assert not Export.objects.exists()


def test_unknown_format_and_empty_result_are_refused(reviewed):
    with pytest.raises(BadRequestError, match="no export format 'xml'"):
        exports.start_export(project=reviewed, actor=reviewed.created_by, format="xml", filters={})
    empty = make_project(name="Empty")
    with pytest.raises(BadRequestError, match="No item passes"):
        exports.start_export(project=empty, actor=empty.created_by, format="conll", filters={})


def test_each_export_leaves_events(reviewed):
    row = export(reviewed, format="conll")
    started, finished = Event.objects.filter(kind__startswith="export-").order_by("id")
    assert (started.kind, started.actor, started.subject_id) == ("export-started", reviewed.created_by, str(row.pk))
    assert started.data["n_items"] == 2
    assert finished.kind == "export-finished"
    assert (finished.data["n_labels"], finished.data["sha256"]) == (2, row.sha256)
    assert "losses" not in finished.data


def test_unfinished_exports_have_no_file_and_cannot_be_confirmed(reviewed):
    row = exports.start_export(project=reviewed, actor=reviewed.created_by, format="conll", filters={})
    with pytest.raises(ConflictError, match="not finished"):
        exports.get_file(row)
    with pytest.raises(ConflictError, match="not finished"):
        exports.confirm_loss(export=row, actor=reviewed.created_by)


def test_a_worker_that_lost_its_lease_leaves_no_file(reviewed, settings):
    row = exports.start_export(project=reviewed, actor=reviewed.created_by, format="conll", filters={})
    control = jobs.JobControl(jobs.claim(row.job_id))
    control.beat = lambda: None
    control.job.attempt += 1
    with pytest.raises(jobs.LeaseLostError):
        exports.execute_export(control)
    row.refresh_from_db()
    assert not row.file
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


def test_file_name_tells_project_and_language(reviewed):
    assert exports.get_file_name(export(reviewed, format="conll")) == "harbour-news-de-gold.conll"


def make_many(project: Project, n: int) -> None:
    run, reviewer = make_run(project), make_user()
    for item in make_items(project, n=n):
        review = make_review(item, reviewer)
        for span in item.source_spans.all():
            make_annotation(review, span=span, candidate=make_candidate(run, span, span.surface))


def test_queries_depend_on_chunks_not_on_items():
    counts = []
    for n in (3, 30):
        project = make_project()
        make_many(project, n)
        with CaptureQueriesContext(connection) as captured:
            assert sum(len(chunk) for chunk in list_gold(project, GoldFilters(tgt_lang="de"))) == n
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_chunks_join_without_gap_or_repeat():
    project = make_project()
    make_many(project, 11)
    chunks = list(list_gold(project, GoldFilters(tgt_lang="de"), chunk_items=4))
    assert [len(chunk) for chunk in chunks] == [4, 4, 3]
    assert [gold.item.id for chunk in chunks for gold in chunk] == [f"h{n}" for n in range(1, 12)]


def test_real_decisions_their_undo_and_their_fate_are_all_told():
    project = make_project()
    first = make_items(project)[0]
    person, place = first.source_spans.all()
    run = make_run(project)
    make_candidate(run, person, "Ada Brandt")
    make_candidate(run, place, "")
    Item.objects.filter(pk=first.pk).update(state="open")
    work = {"project": project, "actor": project.created_by}

    def decide(*acts: Act) -> None:
        review.decide(**work, step=uuid.uuid4(), item_id=first.pk, acts=acts)

    decide(Act("reject", source_span_id=person.pk, reason="other"))
    review.undo(**work, step=uuid.uuid4())
    decide(Act("accept", source_span_id=person.pk, surface="Ada Brandt"))
    decide(Act("move", source_span_id=place.pk, intervals=((40, 46),), surface="Bremen"))
    decide(Act("accept", source_span_id=place.pk, surface="Bremen"))
    row = export(project)
    assert (row.report["n_labels"], row.report["n_undecided"]) == (2, 0)
    spans = {span["source_id"]: span for span in records(row)[0]["spans"] if span["segment"] == 1}
    decisions = spans["s1"]["meta"]["decisions"]
    assert [decision["kind"] for decision in decisions] == ["reject", "undo", "accept"]
    assert decisions[1]["reverses"] == decisions[0]["id"]
    assert spans["s2"]["surface"] == "Bremen"
    assert spans["s2"]["meta"]["change"] == "added"
    assert spans["s2"]["meta"]["candidate"]["unprojected_reason"] == "no-links"
    assert [decision["kind"] for decision in spans["s2"]["meta"]["decisions"]] == ["move", "accept"]


def test_nothing_here_is_told_with_the_item():
    project = make_project()
    (item,) = make_items(project, sentences=(("It rained .", "Es regnete ."),), spans=((),))
    make_run(project)
    Item.objects.filter(pk=item.pk).update(state="open")
    work = {"project": project, "actor": project.created_by}
    review.decide(**work, step=uuid.uuid4(), item_id=item.pk, acts=[Act("nothing")])
    (record,) = records(export(project))
    assert "spans" not in record
    assert [decision["kind"] for decision in record["meta"]["decisions"]] == ["nothing"]


def test_an_addition_that_was_reopened_is_undecided(reviewed):
    make_annotation(Item.objects.get(external_id="h3").reviews.get(), surface="Nordlys", label="ORG", state="undecided")
    assert export(reviewed, state="all").report["n_undecided"] == 2
    assert count_gold(reviewed, GoldFilters(tgt_lang="de", state="all")).n_undecided == 2
    assert count_gold(reviewed, GoldFilters(tgt_lang="de", state="all", labels=("PER",))).n_undecided == 0


def test_silver_is_exported_only_when_it_is_asked_for() -> None:
    desk = make_desk()
    desk.decide(0, desk.accept(0, 0), desk.accept(0, 1))
    with transaction.atomic():
        by_rule = ReviewedItem(project=desk.project, actor=desk.reviewer, item_id=desk.items[1].pk)
        by_rule.apply(read_acts([desk.accept(1)])[0])
        by_rule.save(step=uuid.uuid4(), cause={"rule": "unanimous", "is_silver": True})
    filters = [GoldFilters("de", state=state) for state in ("reviewed", "silver", "all")]
    counts = {each.state: count_gold(desk.project, each).n_items for each in filters}
    assert counts == {"reviewed": 1, "silver": 2, "all": 3}
    desk.undo()
    assert count_gold(desk.project, GoldFilters("de", state="silver")).n_items == 1
