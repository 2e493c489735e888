"""Rules 10 and 16: nothing decided is lost, and everything can be undone."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.review_page import ReviewPage
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.both_backends]


def test_offline_decisions_wait_and_are_sent_when_the_connection_is_back(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    page.context.set_offline(True)
    review.expect_sync("offline")
    review.press("Enter", "x", "2", "Shift+Enter", "Enter")
    review.expect_sync("offline · 4 waiting")
    assert review.current_item == review.items[1]
    page.context.set_offline(False)
    review.expect_saved()
    assert review.states(review.items[0]) == ["accepted", "rejected", "accepted", "accepted", "accepted"]
    assert review.states(review.items[1]) == ["undecided", "accepted"]
    assert review.decisions() == 6


def test_what_waits_outlives_a_reload_and_leaving_is_blocked_meanwhile(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.route("**/review/decisions/", lambda route: route.abort())
    review.press("Enter", "2")
    review.expect_sync("offline · 2 waiting")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]
    review.wait_ready()
    # Shown as decided at once, though the server still knows nothing.
    review.expect_sync("offline · 2 waiting")
    expect(page.locator(".tag-name", has_text="PER → ORG")).to_have_count(1)
    assert review.history[0].endswith("Tomas Vale: PER → ORG")
    assert review.states(review.items[0])[0] == "undecided"
    page.unroute("**/review/decisions/")
    review.expect_saved()
    assert review.states(review.items[0])[0] == "accepted"
    page.reload()
    assert asked == ["beforeunload"]


def test_a_step_that_was_sent_twice_counts_once(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)

    def lose_first_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/review/decisions/", lose_first_answer, times=1)
    review.press("Enter")
    review.expect_sync("offline · 1 waiting")
    review.expect_saved()
    assert review.decisions() == 1
    assert review.states(review.items[0])[0] == "accepted"


def test_a_refusal_is_shown_and_the_item_is_as_the_server_has_it(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    # A conflict would be put to the reviewer side by side: see test_review_conflict.py.
    answer = {"code": "closed", "message": "mira has closed 'Ada'.", "remedy": "Decide anew.", "place": ""}
    refused = json.dumps(answer)
    page.route(
        "**/review/decisions/", lambda route: route.fulfill(status=409, content_type="application/json", body=refused)
    )
    review.press("Enter")
    expect(review.part("notice")).to_contain_text("mira has closed 'Ada'. Decide anew.")
    expect(review.part("notice")).to_contain_text("accepted PER")
    review.expect_saved()
    expect(page.locator(".past-list .refused")).to_have_count(1)
    expect(page.locator(".cell-target .box.accepted")).to_have_count(0)
    page.unroute("**/review/decisions/")
    review.press("Enter")
    review.expect_saved()
    assert "accepted" in review.states(review.items[0])


def test_accepting_is_painted_without_waiting_for_the_server(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.route("**/review/decisions/", lambda _: None)
    elapsed_ms = page.evaluate(
        """() => new Promise((resolve) => {
            const start = performance.now();
            document.dispatchEvent(new KeyboardEvent("keydown", {code: "Enter", key: "Enter", bubbles: true}));
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
        })"""
    )
    assert page.locator(".cell-target .box.accepted").count() == 1
    assert elapsed_ms < 100
    review.expect_sync("1 waiting")
    page.unroute("**/review/decisions/")


def test_undo_goes_back_over_items_and_jumps_to_what_was_undone(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    review.press("2", "Shift+Enter", "Enter")
    assert review.current_item == review.items[1]
    review.press("Control+z")
    assert review.live == "Undone: Ada Brandt: accepted PER"
    review.press("Control+z")
    assert review.current_item == review.items[0]
    assert review.status.startswith("Ada ORG undecided")
    review.press("Control+z")
    assert review.status.startswith("Ada PER undecided")
    review.press("Control+Shift+z", "Control+Shift+z")
    review.expect_saved()
    assert review.states(review.items[0]) == ["accepted"] * 5
    assert [row.endswith("undone") for row in review.history] == [True, False, False]


def test_undo_works_after_a_reload(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    review.press("2", "Shift+Enter")
    review.expect_saved()
    page.reload()
    review.wait_ready()
    assert review.current_item == review.items[1]
    review.press("Control+z")
    expect(page).to_have_url(re.compile(f"item={review.items[0]}$"))
    # The server says what it was; this page has never seen it.
    expect(review.part("detail")).to_contain_text("Undone: \u2068Ada\u2069: accepted ORG")
    expect(page.locator(".cell-target .box.accepted")).to_have_count(0)
    review.press("Control+z")
    expect(page.locator(".tag.current .tag-name")).to_have_text(["PER", "PER"])
    review.expect_saved()
    assert review.states(review.items[0]) == ["undecided"] * 5
    review.press("Control+z")
    expect(review.part("detail")).to_have_text("There is nothing to undo.")
    review.press("Control+Shift+z")
    expect(page.locator(".tag.current .tag-name")).to_have_text(["PER", "PER → ORG"])


def test_decisions_of_a_killed_server_are_not_lost(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    review.press("Enter")
    review.expect_saved()
    stack.kill_web()
    review.press("Enter", "Enter")
    review.expect_sync("offline · 2 waiting")
    stack.start_web()
    review.expect_saved()
    assert review.states(review.items[0]) == ["accepted"] * 3 + ["undecided"] * 2


def test_other_pages_say_that_decisions_wait(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.route("**/review/decisions/", lambda route: route.abort())
    review.press("Enter", "2")
    review.expect_sync("offline · 2 waiting")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(stack.url(f"projects/{review.project}/"))
    expect(page.locator(".unsent")).to_contain_text("2 decisions wait in this browser")
    page.unroute("**/review/decisions/")
    page.get_by_role("link", name="Open the review page").click()
    review.expect_saved()
    page.goto(stack.url(f"projects/{review.project}/"))
    expect(page.locator(".unsent")).to_be_hidden()
