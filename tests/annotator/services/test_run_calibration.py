"""What reviewers decided on one run makes the probabilities of the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotator import jobs
from annotator.models import Candidate, Membership, Project, Run, RunItem
from annotator.services import runs
from projection import engines
from tests.annotator.factories import make_annotation, make_items, make_member, make_project, make_review
from tests.annotator.surface_engine import SURFACE_ENGINE

pytestmark = pytest.mark.django_db

# Sources and targets in which the engine of the tests finds every span.
SENTENCES = (("Ada sails to Bremen .", "Ada segelt nach Bremen ."),)
SPANS = ((("PER", "Ada"), ("LOC", "Bremen")),)


@pytest.fixture(autouse=True)
def surface(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setitem(engines.ENGINES, "surface", SURFACE_ENGINE)


def make_run(project: Project, token: str, **settings: Any) -> Run:
    run = runs.start_run(
        project=project, actor=project.created_by, tgt_lang="de", engine="surface", settings=settings, token=token
    )
    job = jobs.claim(run.job_id)
    assert job is not None
    runs.execute_run(jobs.JobControl(job))
    return Run.objects.get(pk=run.pk)


def review(run: Run, *, n_items: int) -> None:
    """Accept what the run proposes, except that one in four of the towns is another word."""
    reviewer = make_member(run.project, Membership.Role.REVIEWER)
    for number, item in enumerate(run.project.items.order_by("pk")[:n_items]):
        each = make_review(item, reviewer)
        for span in item.source_spans.all():
            is_wrong = span.label.name == "LOC" and number % 4 == 0
            best = Candidate.objects.get(run=run, source_span=span, rank=0)
            make_annotation(each, span=span, candidate=best, surface="segelt" if is_wrong else "")


def test_few_reviews_change_nothing() -> None:
    project = make_project()
    make_items(project, sentences=SENTENCES, spans=SPANS, n=60)
    first = make_run(project, "1")
    assert first.calibration["run"] is None
    assert first.calibration["n_reviewed"] == 0
    review(first, n_items=40)
    second = make_run(project, "2")
    assert (second.calibration["run"], second.calibration["n_reviewed"]) == (first.pk, 80)
    assert not second.calibration["is_learned"]
    assert set(Candidate.objects.filter(run=second).values_list("probability", flat=True)) == {None}


def test_enough_reviews_make_probabilities(client: Client) -> None:
    project = make_project()
    make_items(project, sentences=SENTENCES, spans=SPANS, n=60)
    first = make_run(project, "1")
    review(first, n_items=60)
    second = make_run(project, "2")
    fit = second.calibration
    assert (fit["run"], fit["n_reviewed"], fit["is_learned"]) == (first.pk, 120, True)
    # 15 of 120 were moved by people.
    assert fit["learned"]["accuracy"] == pytest.approx(105 / 120, abs=1e-4)
    found = Candidate.objects.filter(run=second)
    stated = [candidate.probability for candidate in found]
    assert sum(stated) / len(stated) == pytest.approx(105 / 120, abs=0.02)
    # The score is the same everywhere; what the queue orders by is the probability.
    assert {candidate.score for candidate in found} == {0.75}
    item = RunItem.objects.filter(run=second).first()
    assert item.confidence == min(found.get(source_span=span).probability for span in item.item.source_spans.all())
    client.force_login(project.created_by)
    page = client.get(reverse("run-detail", args=[project.pk, second.pk])).content.decode()
    assert "were corrected by 120 reviewed spans of" in page


def test_reviews_of_other_settings_do_not_count() -> None:
    project = make_project()
    make_items(project, sentences=SENTENCES, spans=SPANS, n=60)
    review(make_run(project, "1"), n_items=60)
    other = make_run(project, "2", score=0.5)
    assert other.calibration["run"] is None
    assert not other.calibration["is_learned"]
