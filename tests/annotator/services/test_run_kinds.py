"""Runs over every kind of label: what is found, what it rests on, and that a killed run goes on."""

from __future__ import annotations

from typing import Any

import pytest

from annotator import jobs
from annotator.models import Alignment, Candidate, Item, Job, Project, Run, RunItem
from annotator.services import run_tokens, runs
from annotator.services.project_templates import TEMPLATES
from projection.types import Link
from tests.annotator.small_sets import Kind, make_kind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def execute(project: Project, *, engine: str = "similarity", **settings: Any) -> Run:
    run = runs.start_run(
        project=project, actor=project.created_by, tgt_lang="de", engine=engine, settings=settings, token="t"
    )
    claimed = jobs.claim(run.job_id)
    assert claimed is not None
    runs.execute_run(jobs.JobControl(claimed))
    run.refresh_from_db()
    return run


def best(run: Run) -> dict[str, Candidate]:
    """Best candidate of each source label, by item and key."""
    rows = Candidate.objects.filter(run=run, rank=0, source_span__isnull=False)
    return {f"{row.item.external_id} {row.source_span.key}": row for row in rows.select_related("item", "source_span")}


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_source_label_has_a_candidate_or_a_reason(template: str) -> None:
    kind = make_kind(template, has_run=False)
    run = execute(kind.project, engine="hmm")
    found = best(run)
    wanted = {f"{each.item.id} {label.id}" for each in kind.given for label in (*each.item.spans, *each.item.relations)}
    assert set(found) == wanted
    for row in found.values():
        assert bool(row.unprojected_reason) == (row.segment_id is None)
        if row.segment_id:
            assert row.segment.side == "target"
            assert [row.segment.text[start:end] for start, end in row.intervals] in ([row.surface], [])
    assert Job.objects.get(pk=run.job_id).state == "done"
    assert RunItem.objects.filter(run=run, state="done").count() == len(kind.items)
    assert set(Item.objects.values_list("state", flat=True)) == {"open"}


def test_classes_are_copied_without_an_engine() -> None:
    kind = make_kind("topic", has_run=False)
    kind.items[1].segments.filter(side="target").update(text=" ")
    run = execute(kind.project)
    found = best(run)
    copied, lost = found["k1 c-topic"], found["k2 c-topic"]
    text = "Die Fähre fährt jetzt jede Stunde."
    assert (copied.surface, copied.intervals, copied.score, copied.label.name) == (
        text,
        [[0, len(text)]],
        1.0,
        "travel",
    )
    assert (lost.segment_id, lost.unprojected_reason) == (None, "empty-target")
    assert not run.model_file
    assert not Alignment.objects.filter(run=run).exists()


def test_a_class_of_the_item_lies_on_the_first_target_text() -> None:
    run = execute(make_kind("relevance", has_run=False).project)
    row = best(run)["k1 c-relevance"]
    assert (row.segment.role, row.segment.side, row.label.name) == ("query", "target", "3")


def test_answers_stay_in_their_passage_and_texts_of_one_role_are_aligned() -> None:
    run = execute(make_kind("qa", has_run=False).project)
    row = best(run)["k1 s1"]
    assert (row.segment.role, row.surface) == ("context", "Ada Brandt")
    pairs = {(each.src_segment.role, each.tgt_segment.role) for each in Alignment.objects.filter(run=run)}
    assert pairs <= {("context", "context"), ("question", "question")}


def test_relations_follow_their_ends() -> None:
    run = execute(make_kind("relations", has_run=False).project)
    found = best(run)
    relation = found["k1 r1"]
    assert (relation.is_relation, relation.intervals, relation.unprojected_reason) == (True, [], "")
    assert relation.segment.side == "target"
    ends = [found["k1 a"].score, found["k1 b"].score]
    assert relation.score == pytest.approx((ends[0] * ends[1]) ** 0.5, abs=1e-4)


def test_a_relation_without_an_end_says_so() -> None:
    kind = make_kind("relations", has_run=False)
    kind.items[0].segments.filter(side="target").update(text="Er arbeitet in Tromsø.", tokens=[])
    found = best(execute(kind.project))
    assert found["k1 r1"].unprojected_reason in ("ends-unprojected", "partner-unprojected")
    assert found["k1 r1"].segment_id is None
    assert RunItem.objects.get(item=kind.items[0]).confidence == 0


def test_concepts_come_along() -> None:
    kind = make_kind("linking", has_run=False)
    kind.items[0].segments.filter(side="target").update(text="fever and headache", tokens=[[0, 5], [6, 9], [10, 18]])
    found = best(execute(kind.project))
    assert {row.concept.code for row in found.values()} == {"C1", "C2"}


# ----------------------------------------------------------------------------------------------------------- token tags


def tag(kind: Kind, links: dict[str, list[list[float]]]) -> Run:
    """A run over tags whose links are given."""
    run = kind.run
    assert run is not None
    Candidate.objects.filter(run=run).delete()
    Alignment.objects.filter(run=run).delete()
    for item in kind.items:
        source, target = item.segments.get(side="source"), item.segments.get(side="target")
        Alignment.objects.create(
            run=run, item=item, src_segment=source, tgt_segment=target, links=links[item.external_id]
        )
        RunItem.objects.create(run=run, item=item, state="done")
    job = Job.objects.get(pk=run.job_id)
    Job.objects.filter(pk=job.pk).update(state="queued", finished_at=None)
    claimed = jobs.claim(job.pk)
    assert claimed is not None
    run_tokens.tag_items(run, control=jobs.JobControl(claimed))
    return run


LINKS = {
    # The old ship sails today . - Das alte Schiff segelt heute .
    "k1": [[n, n, 0.9] for n in range(6)],
    # The ship has a new captain . - Das Schiff hat einen neuen Kapitän . ; "einen" has no link.
    "k2": [[n, n, 0.9] for n in (0, 1, 2, 4, 5, 6)],
}


def test_tags_go_where_the_links_go_and_tokens_without_a_source_are_tagged_too() -> None:
    kind = make_kind("pos")
    run = tag(kind, LINKS)
    found = best(run)
    assert {key: row.surface for key, row in found.items() if key.startswith("k1")} == {
        "k1 w1": "Das",
        "k1 w2": "alte",
        "k1 w3": "Schiff",
        "k1 w4": "segelt",
        "k1 w5": "heute",
        "k1 w6": ".",
    }
    assert found["k1 w3"].label.name == "NOUN"
    assert (found["k2 w4"].unprojected_reason, found["k2 w4"].segment_id) == ("no-link", None)
    alone = Candidate.objects.filter(run=run, source_span=None)
    assert {row.surface for row in alone} <= {"einen"}
    others = Candidate.objects.filter(run=run, rank__gt=0, source_span__isnull=False)
    for row in others:
        first = found[f"{row.item.external_id} {row.source_span.key}"]
        assert row.intervals == first.intervals
        assert row.label_id != first.label_id
    for item in kind.items:
        scores = [row.score for row in Candidate.objects.filter(run=run, item=item, rank=0)]
        assert RunItem.objects.get(run=run, item=item).confidence == pytest.approx(min(scores))


def written(run: Run) -> list[tuple[Any, ...]]:
    rows = Candidate.objects.filter(run=run).order_by("item", "segment", "start_char", "rank", "label")
    return list(rows.values_list("item", "source_span__key", "rank", "label", "surface", "unprojected_reason"))


def test_a_block_that_was_written_in_part_is_finished_without_doing_anything_twice(monkeypatch) -> None:
    kind = make_kind("pos")
    monkeypatch.setattr(run_tokens, "WRITE_ITEMS", 1)
    run = tag(kind, LINKS)
    wanted = written(run)
    second = kind.items[1]
    kept = set(Candidate.objects.filter(run=run, item=kind.items[0]).values_list("pk", flat=True))
    Candidate.objects.filter(run=run, item=second).delete()
    job = Job.objects.get(pk=run.job_id)
    run_tokens.tag_items(run, control=jobs.JobControl(job))
    assert written(run) == wanted
    assert kept <= set(Candidate.objects.filter(run=run).values_list("pk", flat=True))


def test_each_token_gets_its_likeliest_partner_once() -> None:
    links = [Link(0, 1, 0.5), Link(0, 0, 0.9), Link(1, 0, 0.95), Link(2, 1, 0.5), Link(3, 2, 0.2)]
    assert run_tokens.match_tokens(links, [0, 1, 2], lengths=(4, 3)) == {1: 0, 2: 1}


def test_tokens_without_links_are_matched_by_their_tag_where_they_stand_near_each_other() -> None:
    wanted, free = {0: "DET", 4: "DET", 5: "NOUN", 9: "VERB"}, {1: "DET", 3: "DET", 5: "ADJ", 0: "VERB"}
    assert run_tokens.match_equal(wanted, free, lengths=(10, 10)) == {0: 1, 4: 3}
