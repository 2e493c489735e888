"""A worker is killed in the middle of a run, twice; whoever goes on loses nothing and does nothing twice."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stack import Stack, missing_services

pytestmark = pytest.mark.whole_app

N_ITEMS = 1500

PREPARE = """
import itertools
from django.db import transaction
from tests.annotator.factories import make_items, make_project

people = ["Ada Brandt", "Tomas Vale", "Ines Okoro", "Jonas Lind", "Mira Sato", "Paul Weber", "Lea Novak"]
places = [("Vienna", "Wien"), ("Cologne", "Köln"), ("Bremen", "Bremen"), ("Munich", "München"), ("Prague", "Prag")]
frames = [
    ("{p} opened a museum in {a} on Monday .", "{p} eröffnete am Montag ein Museum in {b} ."),
    ("In {a} the council thanked {p} .", "In {b} dankte der Rat {p} ."),
    ("{p} moved from {a} to the coast .", "{p} zog von {b} an die Küste ."),
    ("The harbour of {a} was drawn by {p} .", "Den Hafen von {b} hat {p} gezeichnet ."),
]
made = list(itertools.product(people, places, frames))
sentences = tuple((src.format(p=p, a=a), tgt.format(p=p, b=b)) for p, (a, b), (src, tgt) in made)
spans = tuple((("PER", p), ("LOC", a)) for p, (a, b), _ in made)
with transaction.atomic():
    project = make_project()
    make_items(project, sentences=sentences, spans=spans, n=given)
result = project.pk
"""
START = """
from annotator.models import Project
from annotator.services.runs import start_run

project = Project.objects.get()
run = start_run(project=project, actor=project.created_by, tgt_lang="de", engine="hmm", settings={}, token=given)
result = [run.pk, run.job_id]
"""
ROWS = """
SELECT c.source_span_id, c.rank, c.label_id, c.segment_id, c.start_char, c.end_char, c.surface, c.score,
       c.unprojected_reason, CAST(c.parts AS TEXT), CAST(c.intervals AS TEXT)
FROM annotator_candidate c WHERE c.run_id = {run} ORDER BY c.source_span_id, c.rank
"""
LINKS = "SELECT item_id, CAST(links AS TEXT) FROM annotator_alignment WHERE run_id = {run} ORDER BY item_id"
ITEMS = "SELECT item_id, state, confidence FROM annotator_runitem WHERE run_id = {run} ORDER BY item_id"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    reason = missing_services() if request.param == "postgres" else ""
    if reason:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    running = Stack(request.param)
    yield running
    running.stop()


def wait_for(condition: Callable[[], Any], *, timeout_s: float, what: str) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"not within {timeout_s} s: {what}")
        time.sleep(0.02)


def test_a_run_survives_the_death_of_its_worker(stack: Stack) -> None:
    stack.python(PREPARE, N_ITEMS)

    def job() -> tuple[Any, ...]:
        return stack.query(f"SELECT state, stage, n_done, attempt, error_message FROM annotator_job WHERE id={job_id}")[
            0
        ]

    def wait_until_done() -> None:
        wait_for(lambda: job()[0] in {"done", "failed"}, timeout_s=120, what="the end of the run")
        assert job()[0] == "done", (job(), stack.log("worker.log")[-3000:])

    run_id, job_id = stack.python(START, "cut")
    wait_for(lambda: str(job()[1]).startswith("learning"), timeout_s=60, what="learning")
    stack.kill_worker()
    assert stack.query(f"SELECT count(*) FROM annotator_runitem WHERE run_id = {run_id}") == [(0,)]

    stack.start_worker()
    count = f"SELECT count(*) FROM annotator_runitem WHERE run_id = {run_id}"
    wait_for(lambda: stack.query(count)[0][0] > 0, timeout_s=60, what="the first items")
    stack.kill_worker()
    [(n_before,)] = stack.query(count)
    assert 0 < n_before < N_ITEMS
    assert job()[0] == "running"

    stack.start_worker()
    wait_until_done()
    assert job()[2:4] == (N_ITEMS, 3)

    whole_id, job_id = stack.python(START, "whole")
    wait_until_done()
    assert job()[3] == 1
    for sql in (ROWS, LINKS, ITEMS):
        cut, whole = stack.query(sql.format(run=run_id)), stack.query(sql.format(run=whole_id))
        assert len(whole) >= N_ITEMS
        assert cut == whole
    spans_covered = "SELECT count(DISTINCT source_span_id) FROM annotator_candidate WHERE rank = 0 AND run_id = "
    assert stack.query(f"{spans_covered}{run_id}") == [(2 * N_ITEMS,)]
