"""Runs measured against decisions, worked by hand."""

from __future__ import annotations

import pytest

from annotator.models import Project
from annotator.queries.run_scores import score_runs
from tests.annotator.factories import (
    make_annotation,
    make_candidate,
    make_items,
    make_member,
    make_project,
    make_review,
    make_run,
)

pytestmark = pytest.mark.django_db


def test_right_candidates_are_counted_on_finished_reviews_only() -> None:
    project = make_project()
    items = make_items(project)
    reviewer = make_member(project, "reviewer")
    # Ada Brandt, Bremen | Uppsala | Tomas Vale, one more span.
    ada, bremen = items[0].source_spans.all()
    uppsala = items[1].source_spans.get()
    tomas, _ = items[2].source_spans.all()
    old, new = make_run(project, is_active=False), make_run(project)
    for run in (old, new):
        make_candidate(run, ada, "Ada Brandt")
        make_candidate(run, uppsala, "Uppsala")
        make_candidate(run, tomas, "Tomas Vale")
    # The older run has the second name only as its alternative, the newer one not at all.
    make_candidate(old, bremen, "Ada")
    make_candidate(old, bremen, "Bremen", rank=1)
    make_candidate(new, bremen, "")
    review = make_review(items[0], reviewer)
    make_annotation(review, span=ada, candidate=new.candidates.get(source_span=ada))
    make_annotation(review, span=bremen, surface="Bremen")
    rejected = make_review(items[1], reviewer)
    make_annotation(rejected, span=uppsala, state="rejected", reason="not-in-translation")
    make_annotation(make_review(items[2], reviewer, state="open"), span=tomas, surface="Tomas Vale")

    newer, older = score_runs(project, tgt_lang="de")
    assert (newer.run, older.run) == (new, old)
    counts = [(each.n_spans, each.n_projected, each.n_reviewed, each.n_accepted) for each in (older, newer)]
    assert counts == [(4, 4, 3, 2), (4, 3, 3, 2)]
    # Both have Ada Brandt right; both propose Uppsala, which people say is missing.
    assert (older.n_right, newer.n_right) == (1, 1)
    assert (older.n_listed, newer.n_listed) == (2, 1)
    assert older.percent_right == pytest.approx(100 / 3)
    assert older.percent_listed == 100.0


def test_leaving_out_what_people_rejected_is_right() -> None:
    project: Project = make_project()
    item = make_items(project)[1]
    run = make_run(project)
    span = item.source_spans.get()
    make_candidate(run, span, "")
    make_annotation(
        make_review(item, make_member(project, "reviewer")), span=span, state="rejected", reason="not-in-translation"
    )
    (score,) = score_runs(project, tgt_lang="de")
    assert (score.n_right, score.n_accepted, score.percent_listed) == (1, 0, 0.0)
    assert score_runs(project, tgt_lang="sv") == []
