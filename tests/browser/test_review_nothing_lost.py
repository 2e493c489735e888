"""Rules 16 and 17: network cut, tab closed, server killed, two people and two tabs on one assignment. Nothing is lost,
nothing is doubled, and figures are printed (`-s` shows them)."""

from __future__ import annotations

import os
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.review_page import ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

# By hand: CUT_S=30 N_ITEMS=80 pytest -s tests/browser/test_review_nothing_lost.py
CUT_S = float(os.environ.get("CUT_S", "2"))
N_ITEMS = int(os.environ.get("N_ITEMS", "24"))

COLLEAGUE = """
import secrets
from django.conf import settings
from django.urls import reverse
from sesame.utils import get_query_string
from annotator.models import Project
from tests.annotator.factories import make_member
person = make_member(Project.objects.get(pk=given), "reviewer", username="c" + secrets.token_hex(6))
result = settings.SITE_URL + reverse("account-link") + get_query_string(person)
"""
ROWS = """
from collections import Counter
from annotator.models import Decision, Item
rows = Decision.objects.filter(project=given)
kept = rows.exclude(kind__in=["undo", "redo"]).filter(reversed_by=None)
per_span = Counter(kept.filter(kind__in=["accept", "reject"]).values_list("annotation", flat=True))
result = {
    "steps": sorted({str(step) for step in rows.values_list("step", flat=True)}),
    "n_rows": rows.count(),
    "n_doubled": sum(n - 1 for n in per_span.values()),
    "n_done": Item.objects.filter(project=given, state="done").count(),
    "people": sorted(set(rows.values_list("item", "actor"))),
}
"""
# Notes the id of every step that is decided in a page, before anything is sent.
NOTE_STEPS = """
const add = IDBObjectStore.prototype.add;
IDBObjectStore.prototype.add = function (row, ...more) {
  const known = JSON.parse(localStorage.getItem("steps") ?? "[]");
  if (row && row.step) localStorage.setItem("steps", JSON.stringify([...known, row.step]));
  return add.call(this, row, ...more);
};
"""


def decided_in(page: Page) -> list[str]:
    return page.evaluate("JSON.parse(localStorage.getItem('steps') ?? '[]')")


def work(review: ReviewPage, n: int) -> None:
    """Decide on all that is there, two items a round, with the keyboard."""
    for _ in range(n):
        review.press("Shift+Enter", "Enter", "Enter")


def test_nothing_is_lost_and_nothing_is_doubled_whatever_breaks(browser: Browser, page: Page, stack: Stack) -> None:
    page.context.add_init_script(NOTE_STEPS)
    page.on("dialog", lambda dialog: dialog.accept())
    review = ReviewPage.make(page, stack, n=N_ITEMS)
    review.wait_ahead()
    other_context = browser.new_context(viewport={"width": 1280, "height": 900})
    other_context.add_init_script(NOTE_STEPS)
    other_page = other_context.new_page()
    other_page.goto(stack.python(COLLEAGUE, review.project))
    other = ReviewPage(other_page, stack, review.project, review.items, "")
    other.open()
    other.wait_ahead()

    # Two people at once, then the network of one is cut.
    work(review, 1)
    work(other, 1)
    page.context.set_offline(True)
    expect(review.part("sync")).to_contain_text("offline")
    work(review, 1)
    time.sleep(CUT_S)
    page.context.set_offline(False)
    review.expect_saved(within_s=90)

    # The tab is closed while decisions wait, and opened again.
    page.route("**/review/decisions/", lambda route: route.abort())
    review.press("Enter", "Enter")
    n_waiting = page.evaluate("indexedDB.databases().then((all) => all.length)")
    assert n_waiting
    context = page.context
    page.close()
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    review = ReviewPage(page, stack, review.project, review.items, review.reviewer)
    review.open()
    review.wait_ahead()
    review.expect_saved(within_s=90)

    # The server is killed under both, and comes back.
    stack.kill_web()
    work(review, 1)
    work(other, 1)
    time.sleep(CUT_S)
    stack.start_web()
    review.expect_saved(within_s=90)
    other.expect_saved(within_s=90)

    # A second tab of one person only shows, until it takes over.
    second_page = context.new_page()
    second = ReviewPage(second_page, stack, review.project, review.items, review.reviewer)
    second.open()
    expect(second.part("notice")).to_contain_text("You review in another tab or browser.")
    second.press("Enter")
    assert "take over" in second.live
    second_page.get_by_role("button", name="Take over").click()
    expect(second.part("notice")).to_be_hidden()
    expect(review.part("notice")).to_contain_text("You review in another tab or browser.")
    work(second, N_ITEMS // 2)
    work(other, N_ITEMS // 2)
    second.expect_saved(within_s=90)
    other.expect_saved(within_s=90)

    mine, theirs = decided_in(second_page), decided_in(other_page)
    found = stack.python(ROWS, review.project)
    lost = [step for step in (*mine, *theirs) if step not in found["steps"]]
    people = [item for item, _ in found["people"]]
    print(
        f"\n{len(mine)} + {len(theirs)} steps of two people, {found['n_rows']} decisions stored, cut for {CUT_S:g} s: "
        f"{len(lost)} lost, {found['n_doubled']} doubled; {len(people) - len(set(people))} items decided by both"
    )
    assert len(mine) > 4
    assert len(theirs) > 1
    assert lost == []
    assert found["n_doubled"] == 0
    assert len(found["steps"]) == len(set(mine) | set(theirs))
    assert len(people) == len(set(people))
    other_context.close()
