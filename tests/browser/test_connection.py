"""Pages that renew themselves say when the server does not answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.stack import Stack

pytestmark = pytest.mark.browser

# A job that some other worker is at.
MAKE_JOB = """
from datetime import timedelta
from django.utils import timezone
from annotator.models import Job, User
from annotator.services.projects import create_project
actor = User.objects.get(username="manager")
project = create_project(actor=actor, name="No connection", src_lang="en", tgt_langs=("de",))
job = Job.objects.create(
    kind="import", project=project, created_by=actor, idempotency_key=f"lost-{project.pk}", state="running",
    attempt=1, worker="elsewhere:1:1", lease_until=timezone.now() + timedelta(hours=1), n_total=4, n_done=1,
)
result = f"projects/{project.pk}/jobs/{job.pk}/"
"""


def test_a_lost_connection_is_told_and_taken_back(page: Page, stack: Stack) -> None:
    page.goto(stack.login_url("manager"))
    path = stack.python(MAKE_JOB)
    page.goto(stack.url(path))
    expect(page.get_by_text("1 of 4 (25 %)")).to_be_visible()
    note = page.get_by_text("No connection; trying again.")
    page.route(f"**/{path}", lambda route: route.abort())
    expect(note).to_have_count(1)
    page.unroute(f"**/{path}")
    expect(note).to_have_count(0)
    page.route(f"**/{path}", lambda route: route.fulfill(status=502, body="Bad gateway"))
    expect(note).to_have_count(1)
    expect(page.get_by_text("1 of 4 (25 %)")).to_be_visible()
