"""Runs: what they refuse, what they write, that nothing is lost or done twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotator import jobs
from annotator.errors import ServiceError
from annotator.jobs import CancelledError, JobControl, LeaseLostError
from annotator.models import Alignment, Candidate, Event, Item, Job, Project, Run, RunItem
from annotator.queries.comparison import add_up, compare_runs, list_differing_items, list_span_pairs
from annotator.queries.runs import estimate_run, list_failed_items, summarise_run
from annotator.services import run_order, runs
from projection import engines
from projection.types import Candidate as Found
from projection.types import Interval
from tests.annotator.factories import make_items, make_project
from tests.annotator.surface_engine import SURFACE_ENGINE, SurfaceProjector

pytestmark = pytest.mark.django_db

# Of the five spans of the three sentences of the factory, all are written alike in the target but none of these:
GERMAN = (
    ("Ada Brandt opened the museum in Vienna .", "Ada Brandt eröffnete das Museum in Wien ."),
    ("The council met in Cologne .", "Der Rat tagte in Köln ."),
)
GERMAN_SPANS = ((("PER", "Ada Brandt"), ("LOC", "Vienna")), (("LOC", "Cologne"),))


@pytest.fixture(autouse=True)
def surface(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setitem(engines.ENGINES, "surface", SURFACE_ENGINE)


def start(project: Project, *, token: str = "t1", tgt_lang: str = "de", **given: Any) -> Run:
    settings = given.pop("settings", {})
    return runs.start_run(
        project=project,
        actor=project.created_by,
        tgt_lang=tgt_lang,
        engine="surface",
        settings=settings,
        token=token,
        **given,
    )


def claim(run: Run) -> JobControl:
    job = jobs.claim(run.job_id)
    assert job is not None
    return JobControl(job)


def execute(run: Run) -> Run:
    runs.execute_run(claim(run))
    return Run.objects.select_related("job", "project").get(pk=run.pk)


def rows_of(run: Run) -> list[tuple[Any, ...]]:
    """Everything that a run proposed, without the keys of its own."""
    candidates = Candidate.objects.filter(run=run).order_by("source_span_id", "rank")
    names = ["source_span_id", "rank", "label_id", "segment_id", "intervals", "surface", "score", "unprojected_reason"]
    return list(candidates.values_list(*names))


class TestStart:
    def test_it_freezes_settings_and_versions_and_leaves_an_event(self) -> None:
        project = make_project()
        make_items(project)
        run = start(project, settings={"score": "0.5"})
        assert run.settings == {"score": 0.5, "broken": ""}
        assert run.versions == {"surface": "1"}
        assert run.job.state == Job.State.QUEUED
        event = Event.objects.get(kind="run-started")
        assert (event.subject_id, event.actor) == (str(run.pk), project.created_by)

    def test_a_second_click_gives_the_same_run(self) -> None:
        project = make_project()
        make_items(project)
        assert start(project).pk == start(project).pk
        assert start(project, token="t2").pk != start(project).pk
        assert (Run.objects.count(), Job.objects.count()) == (2, 2)

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"settings": {"score": "2"}}, "bad-setting"),
            ({"settings": {"colour": "red"}}, "unknown-setting"),
            ({"tgt_lang": "fr"}, "no-items"),
        ],
    )
    def test_what_cannot_work_is_refused_with_a_remedy(self, given: dict[str, Any], code: str) -> None:
        project = make_project()
        make_items(project)
        with pytest.raises(ServiceError) as raised:
            start(project, **given)
        assert raised.value.problem.code == code
        assert raised.value.problem.remedy
        assert not Run.objects.exists()
        assert not Job.objects.exists()

    def test_items_without_source_spans_are_refused(self) -> None:
        project = make_project()
        make_items(project, sentences=(("A dog .", "Ein Hund ."),), spans=((),))
        with pytest.raises(ServiceError) as raised:
            start(project)
        assert raised.value.problem.code == "no-source-spans"


class TestExecute:
    def test_each_source_span_ends_as_a_candidate_or_as_unprojected_with_a_reason(self) -> None:
        project = make_project()
        first, second = make_items(project, sentences=GERMAN, spans=GERMAN_SPANS)
        run = execute(start(project))
        found = Candidate.objects.filter(run=run).order_by("source_span_id")
        assert [(row.surface, row.start_char, row.end_char, row.score, row.unprojected_reason) for row in found] == [
            ("Ada Brandt", 0, 10, 0.75, ""),
            ("", None, None, 0.0, "not-found"),
            ("", None, None, 0.0, "not-found"),
        ]
        assert [row.label.name for row in found] == ["PER", "LOC", "LOC"]
        assert [row.links for row in Alignment.objects.filter(run=run)] == [[[0, 0, 0.1235]]] * 2
        assert (run.job.state, run.job.n_done, run.job.n_total, run.job.n_failed) == ("done", 2, 2, 0)
        assert Event.objects.filter(kind="run-finished", subject_id=str(run.pk), actor=None).count() == 1
        for item in (first, second):
            item.refresh_from_db()
            assert (item.state, item.confidence) == ("open", 0.0)

    def test_the_confidence_of_an_item_is_its_lowest_best_score(self) -> None:
        project = make_project()
        items = make_items(project)
        make_items(project, sentences=(("A dog .", "Ein Hund ."),), spans=((),))
        execute(start(project, settings={"score": 0.6}))
        assert list(project.items.order_by("position").values_list("confidence", flat=True)) == [0.6, 0.6, 0.6, 1.0]
        assert len(items) == 3

    def test_an_item_that_fails_says_why_and_stops_nothing(self) -> None:
        project = make_project()
        make_items(project)
        run = execute(start(project, settings={"broken": "h1,!h3"}))
        assert (run.job.state, run.job.n_done, run.job.n_failed) == ("done", 3, 2)
        failed = list(list_failed_items(run))
        assert [(row.item.external_id, row.error_code) for row in failed] == [
            ("h1", "broken-item"),
            ("h3", "engine-error"),
        ]
        assert failed[0].error_message == "This item is broken. Mend it."
        assert "ZeroDivisionError" in failed[1].error_message
        reasons = Candidate.objects.filter(run=run).order_by("source_span_id").values_list("unprojected_reason", "rank")
        assert list(reasons) == [
            ("item-failed", 0),
            ("item-failed", 0),
            ("", 0),
            ("item-failed", 0),
            ("item-failed", 0),
        ]

    @pytest.mark.parametrize(
        ("change", "code"),
        [({"segment": 0}, "not-in-target"), ({"label": "NEW"}, "unknown-label"), ({"intervals": ((0, 999),)}, "")],
    )
    def test_a_candidate_that_does_not_fit_is_a_failed_item(
        self, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], code: str
    ) -> None:
        project = make_project()
        make_items(project, n=1)
        original = SurfaceProjector._find

        def find(self: SurfaceProjector, item: Any, span: Any) -> Any:
            candidate = original(self, item, span)
            return replace(candidate, span=replace(candidate.span, **change))

        monkeypatch.setattr(SurfaceProjector, "_find", find)
        run = execute(start(project))
        row = RunItem.objects.get(run=run)
        assert row.state == "failed"
        assert code in row.error_code
        assert row.error_code != "engine-error"

    def test_a_run_that_was_cut_off_goes_on_where_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runs, "CHUNK_ITEMS", 4)
        project = make_project()
        make_items(project, n=10)
        whole = execute(start(project, token="whole"))
        cut = start(project, token="cut")
        control = claim(cut)
        write = runs.write_outcomes
        n_chunks = 0

        def die_in_third(chunk: Any) -> None:
            nonlocal n_chunks
            n_chunks += 1
            write(chunk)
            if n_chunks == 3:
                raise SystemExit

        monkeypatch.setattr(runs, "write_outcomes", die_in_third)
        with pytest.raises(SystemExit):
            runs.execute_run(control)
        assert RunItem.objects.filter(run=cut).count() == 8
        monkeypatch.setattr(runs, "write_outcomes", write)
        fits: list[int] = []
        monkeypatch.setattr(SurfaceProjector, "fit", lambda *_, **__: fits.append(1))
        Job.objects.filter(pk=cut.job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
        cut = execute(cut)
        assert fits == []
        assert (cut.job.state, cut.job.n_done) == ("done", 10)
        assert rows_of(cut) == rows_of(whole)
        assert Alignment.objects.filter(run=cut).count() == 10

    def test_a_slow_run_that_was_cut_off_makes_the_batches_that_it_would_have_made(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a model gives depends a little on what it reads at once, so the batches must be the same."""
        slow = replace(SURFACE_ENGINE, seconds_per_1000=1000.0)
        monkeypatch.setitem(engines.ENGINES, "surface", slow)
        monkeypatch.setattr(runs, "CHUNK_S", 3.5)
        project = make_project()
        make_items(project, n=8)
        batches: list[list[str]] = []
        clock = [0.0]

        def project_many(self: SurfaceProjector, items: Any) -> list[Any]:
            batches.append([item.id for item in items])
            # Longer than a write may wait: the batch is written at once, and whole.
            clock[0] += 10.0
            if len(batches) == 2:
                raise SystemExit
            return [self.project(item) for item in items]

        monkeypatch.setattr(SurfaceProjector, "project_many", project_many)
        monkeypatch.setattr(runs.time, "monotonic", lambda: clock[0])
        run = start(project)
        control = claim(run)
        with pytest.raises(SystemExit):
            runs.execute_run(control)
        Job.objects.filter(pk=run.job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
        execute(run)
        assert [len(batch) for batch in batches] == [3, 3, 3, 2]
        assert batches[1] == batches[2]

    def test_a_worker_that_lost_its_job_writes_nothing(self) -> None:
        project = make_project()
        make_items(project)
        run = start(project)
        old = claim(run)
        Job.objects.filter(pk=run.job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
        claim(run)
        old._next_tick = float("inf")
        with pytest.raises(LeaseLostError):
            runs.execute_run(old)
        assert not RunItem.objects.exists()
        assert not Candidate.objects.exists()

    def test_a_cancelled_run_keeps_what_it_did_and_can_go_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runs, "CHUNK_ITEMS", 2)
        monkeypatch.setattr(jobs, "TICK_S", 0.0)
        project = make_project()
        make_items(project, n=6)
        run = start(project)
        control = claim(run)
        original = SurfaceProjector.project

        def cancel_in_fourth(self: SurfaceProjector, item: Any) -> Any:
            if item.id == "h4":
                jobs.request_cancel(run.job)
            return original(self, item)

        monkeypatch.setattr(SurfaceProjector, "project", cancel_in_fourth)
        with pytest.raises(CancelledError):
            runs.execute_run(control)
        control.cancel()
        assert RunItem.objects.filter(run=run).count() == 2
        # The third item was projected too but is not stored: what counts is what is kept.
        run.job.refresh_from_db()
        assert (run.job.n_done, run.job.n_total, run.job.n_failed) == (2, 6, 0)
        assert not Run.objects.get(pk=run.pk).is_active
        assert jobs.requeue(run.job)
        monkeypatch.setattr(SurfaceProjector, "project", original)
        run = execute(run)
        assert (run.job.state, run.is_active) == ("done", True)
        assert RunItem.objects.filter(run=run).count() == 6

    def test_a_run_that_is_cancelled_while_it_reads_has_done_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runs, "FIT_CHUNK_ITEMS", 2)
        monkeypatch.setattr(jobs, "TICK_S", 0.0)
        project = make_project()
        make_items(project, n=6)
        run = start(project)
        control = claim(run)
        shown: list[tuple[str, int, int, bool]] = []
        original = JobControl.beat

        def watch(self: JobControl) -> None:
            shown.append((self.job.stage, self.job.n_done, self.job.n_total, self.job.is_preparing))
            if self.job.n_done:
                jobs.request_cancel(run.job)
            original(self)

        monkeypatch.setattr(JobControl, "beat", watch)
        with pytest.raises(CancelledError):
            runs.execute_run(control)
        control.cancel()
        # Two of six items are read: 33 of a hundred parts of the reading, and no item.
        assert shown == [("reading 6 sentence pairs", 0, 100, True), ("reading 6 sentence pairs", 33, 100, True)]
        run.job.refresh_from_db()
        assert (run.job.state, run.job.n_done, run.job.n_total, run.job.is_preparing) == ("cancelled", 0, 6, False)

    def test_the_number_of_queries_does_not_grow_with_the_items_of_a_chunk(
        self, django_assert_max_num_queries: Any
    ) -> None:
        project = make_project()
        make_items(project, n=60)
        control = claim(start(project))
        with django_assert_max_num_queries(55):
            runs.execute_run(control)


class TestActivate:
    def test_the_first_run_of_a_language_is_active_and_the_second_only_when_chosen(self) -> None:
        project = make_project()
        make_items(project)
        first = execute(start(project, token="1"))
        second = execute(start(project, token="2", settings={"score": 0.25}))
        assert (first.is_active, second.is_active) == (True, False)
        assert project.items.filter(confidence=0.75).count() == 3
        third = execute(start(project, token="3", settings={"score": 0.5}, is_activated_at_end=True))
        first.refresh_from_db()
        assert (first.is_active, third.is_active) == (False, True)
        assert project.items.filter(confidence=0.5).count() == 3
        run_order.activate_run(run=second, actor=project.created_by)
        assert list(Run.objects.filter(is_active=True)) == [second]
        assert project.items.filter(confidence=0.25).count() == 3

    def test_reviewed_items_stay_reviewed(self) -> None:
        project = make_project()
        items = make_items(project)
        Item.objects.filter(pk=items[0].pk).update(state="done")
        execute(start(project))
        assert list(project.items.order_by("position").values_list("state", flat=True)) == ["done", "open", "open"]

    def test_only_a_finished_run_is_shown(self) -> None:
        project = make_project()
        make_items(project)
        run = start(project)
        with pytest.raises(ServiceError) as raised:
            run_order.activate_run(run=run, actor=project.created_by)
        assert raised.value.problem.code == "run-not-finished"


class TestQueries:
    def test_the_estimate_counts_items_spans_and_seconds(self) -> None:
        project = make_project()
        make_items(project, n=6)
        estimate = estimate_run(project, tgt_lang="de", engine=SURFACE_ENGINE)
        assert (estimate.n_items, estimate.n_spans, estimate.n_seconds) == (6, 10, pytest.approx(0.012))

    def test_the_summary_counts_each_span_once(self) -> None:
        project = make_project()
        make_items(project, sentences=GERMAN, spans=GERMAN_SPANS)
        make_items(project)
        run = execute(start(project, settings={"broken": "h4"}))
        summary = summarise_run(run)
        assert (summary.n_projected, summary.n_unprojected, summary.n_failed_items) == (5, 3, 1)
        assert summary.unprojected == [("not-found", 2), ("item-failed", 1)]
        assert summary.percent_projected == 62
        assert [bar.n for bar in summary.bars] == [0, 0, 0, 0, 0, 0, 0, 5, 0, 0]
        assert summary.bars[7].percent == 100

    def test_a_score_of_one_lies_in_the_last_bar(self) -> None:
        project = make_project()
        make_items(project)
        summary = summarise_run(execute(start(project, settings={"score": 1})))
        assert [bar.n for bar in summary.bars] == [0] * 9 + [5]

    def test_two_runs_are_compared_span_by_span(self, monkeypatch: pytest.MonkeyPatch) -> None:
        project = make_project()
        items = make_items(project, sentences=GERMAN, spans=GERMAN_SPANS)
        items += make_items(project)
        first = execute(start(project, token="1"))
        original = SurfaceProjector._find

        def find(self: SurfaceProjector, item: Any, span: Any) -> Any:
            """Misses persons, and puts Uppsala elsewhere."""
            candidate = original(self, item, span)
            if span.label == "PER":
                return Found(source_id=span.id, span=None, score=0.0, reason="not-found")
            if candidate.span is not None and item.id == "h4":
                return replace(candidate, span=replace(candidate.span, intervals=(Interval(0, 3),)))
            return candidate

        monkeypatch.setattr(SurfaceProjector, "_find", find)
        second = execute(start(project, token="2"))
        rows = {row.label: row.counts for row in compare_runs(first, second)}
        none = {"same": 0, "different": 0, "only_first": 0, "only_second": 0, "neither": 0}
        assert rows == {
            "LOC": none | {"same": 1, "different": 1, "neither": 2},
            "ORG": none | {"same": 1},
            "PER": none | {"only_first": 3},
        }
        total = add_up(compare_runs(first, second))
        assert (total.n_spans, total.share_same, total.percent_same) == (8, pytest.approx(2 / 6), 33)
        assert [item.external_id for item in list_differing_items(first, second, sees_all=True)] == [
            "h1",
            "h3",
            "h4",
            "h5",
        ]
        pairs = list_span_pairs(first, second, item_ids=[items[3].pk])[items[3].pk]
        assert [(pair.first.surface, pair.second.surface, pair.outcome) for pair in pairs] == [
            ("Uppsala", "Der", "different")
        ]
