"""What opens on demand: its files come when the page is idle, or with the first key, and then need no connection."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.review_page import ReviewPage, plain
from tests.stack import Stack

pytestmark = pytest.mark.browser

FILES = "**/js/review/{matrix,spantable,codepoints,translation,keylist}.*.js"


def test_a_cut_connection_breaks_no_key_once_the_page_was_idle(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.context.set_offline(True)
    review.press("Shift+L")
    expect(page.get_by_role("dialog", name="Links")).to_be_visible()
    review.press("Escape", "?")
    expect(page.get_by_role("dialog", name="Keys").get_by_role("button", name="Change keys")).to_be_visible()
    review.press("Escape", "u")
    expect(page.locator(".code-points li").first).to_contain_text("U+0041")
    review.press("u", "g")
    expect(page.locator(".span-table tbody tr")).to_have_count(5)


def test_a_key_pressed_before_its_file_is_here_works_when_it_comes(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    held: list[Route] = []
    page.route(FILES, lambda route: held.append(route))
    review.open()
    review.press("g")
    expect(page.locator(".span-table")).to_have_count(0)
    # What decides never waits for them.
    review.press("Enter")
    expect(page.locator(".cell-target .box.accepted")).to_have_count(1)
    page.wait_for_timeout(100)
    for route in held:
        route.continue_()
    expect(page.locator(".span-table tbody tr")).to_have_count(5)
    assert review.live == "Table of 5 labels"


def test_without_a_connection_it_says_so_and_comes_when_it_is_back(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.route(FILES, lambda route: route.abort())
    review.open()
    expect(page.locator("#review[data-files=some]")).to_be_attached()
    review.press("Shift+L")
    expect(review.part("detail")).to_contain_text("This cannot be opened without a connection.")
    assert plain(review.live) == "This cannot be opened without a connection."
    page.unroute(FILES)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#review[data-files=all]")).to_be_attached()
    review.press("Shift+L")
    expect(page.get_by_role("dialog", name="Links")).to_be_visible()


def test_a_table_that_a_person_keeps_open_is_there_without_a_key(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    with page.expect_response("**/preferences/"):
        review.press("g")
    review.open()
    expect(page.locator(".span-table tbody tr")).to_have_count(5)
