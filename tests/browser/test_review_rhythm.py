"""Rules 1 and 20: the sticky header, items ahead, places kept, time that counts, the last decisions."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

MANY = {
    "lang": "de",
    "sentences": [["A1 B2 C3 D4 E5 .", "A1 B2 C3 D4 E5 ."]],
    "spans": [[["LOC", name] for name in ("A1", "B2", "C3", "D4", "E5")]],
    "proposals": [[[name, "", 0.9] for name in ("A1", "B2", "C3", "D4", "E5")]],
}
LONG = " ".join(f"word{n}" for n in range(600))
LONG_TEXTS = {
    "lang": "de",
    "sentences": [[LONG, LONG]],
    "spans": [[["LOC", "word0"], ["LOC", "word599"]]],
    "proposals": [[["word0", "", 0.4], ["word599", "", 0.9]]],
}
ACTIVE_MS = "from annotator.models import Review\nresult = Review.objects.get(item_id=given).active_ms"


def test_languages_stay_in_sight_over_a_long_text_and_the_current_span_too(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, LONG_TEXTS, n=1)
    page.set_viewport_size({"width": 1280, "height": 600})
    review.press("ArrowRight")
    assert review.status.startswith("word599")
    assert page.evaluate("scrollY") > 300
    expect(page.locator(".cell-target .box.current")).to_be_in_viewport()
    heads = page.locator(".cell-head")
    expect(heads).to_have_text(["English", "German"])
    for head in heads.all():
        expect(head).to_be_in_viewport(ratio=1)
    assert review.has_no_sideways_scroll()


def test_five_items_wait_and_the_cursor_comes_back_to_where_it_was(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, MANY, n=8)
    review.wait_ahead()
    page.context.set_offline(True)
    review.press("ArrowRight", "ArrowRight")
    assert review.status.startswith("C3")
    for _ in range(5):
        review.press("PageDown")
    assert review.current_item != review.items[0]
    assert review.status.startswith("A1")
    review.press(*["PageUp"] * 5)
    assert review.current_item == review.items[0]
    assert review.status.startswith("C3")
    page.context.set_offline(False)


def test_a_pause_counts_a_minute_and_hidden_time_not_at_all(page: Page, stack: Stack) -> None:
    page.clock.install()
    review = ReviewPage.make(page, stack, MANY, n=2)
    review.wait_ahead()
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))
    # What passed since the page was there counts too: seconds, of a slow machine many.
    page.mouse.move(300, 300)
    loading = 25_000
    # Ten seconds of work, then lunch.
    page.clock.fast_forward(10_000)
    page.mouse.move(310, 310)
    page.clock.fast_forward(3_600_000)
    page.mouse.move(320, 320)
    page.clock.fast_forward(5_000)
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    hide += "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(hide % "true")
    page.clock.fast_forward(40_000)
    page.evaluate(hide % "false")
    page.clock.fast_forward(3_000)
    review.press("Enter")
    page.clock.resume()
    review.expect_saved()
    assert 78_000 <= stack.python(ACTIVE_MS, review.items[0]) <= 78_000 + loading


def test_the_last_fifty_decisions_are_listed(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    review.press(*["1", "2"] * 26)
    rows = review.part("history").locator("li")
    expect(rows).to_have_count(50)
    assert review.history[:2] == ["h1 Ada: LOC → ORG", "h1 Ada: ORG → LOC"]
    # Sent one after the other, which takes a slow machine a while.
    expect(review.part("sync").locator(".sync-words")).to_have_text("saved", timeout=120_000)
    page.reload()
    review.wait_ready()
    expect(rows).to_have_count(50)
    page.get_by_text("View", exact=True).click()
    page.get_by_role("checkbox", name="Last decisions").uncheck()
    expect(rows.first).to_be_hidden()


def test_the_guideline_of_the_label_is_one_key_away(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    stack.python(
        "from annotator.models import Label\n"
        "Label.objects.filter(layer__project=given, name='PER').update(description='Names of people, not of roles.')\n"
        "result = None",
        review.project,
    )
    page.reload()
    review.wait_ready()
    review.press("h")
    expect(page.get_by_role("dialog")).to_contain_text("Names of people, not of roles.")
    review.press("Escape", "ArrowRight", "ArrowRight", "h")
    expect(page.get_by_role("dialog")).to_contain_text("Nothing is written about this label yet.")
