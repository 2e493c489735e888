"""The translation under review: marking it, correcting it, and reading it in Latin letters."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import ARABIC, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser


def test_a_translation_is_marked_and_the_mark_comes_back(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    review.press("t")
    page.get_by_role("radio", name="in part").check()
    page.get_by_role("radio", name="fluent").check()
    page.get_by_role("checkbox", name="ungrammatical").check()
    page.get_by_role("button", name="Save").click()
    expect(review.part("live")).to_have_text("The mark is saved.")
    review.press("t")
    expect(page.get_by_role("radio", name="in part")).to_be_checked()
    expect(page.get_by_role("checkbox", name="ungrammatical")).to_be_checked()
    expect(page.get_by_role("checkbox", name="wrong meaning")).not_to_be_checked()


def test_a_corrected_text_takes_its_labels_along_and_undo_brings_it_back(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    item = review.current_item
    old = "Ada Brandt traf Tomas Vale in Bremen, bevor Nordlys nach Uppsala zog."
    review.press("Shift+Enter", "PageUp")
    review.expect_saved()
    review.press("t")
    page.get_by_label("Text", exact=True).fill(
        "Gestern traf Ada Brandt Tomas Vale in Hamburg, bevor Nordlys nach Uppsala zog."
    )
    page.get_by_role("button", name="Save").click()
    expect(review.part("live")).to_contain_text("1 label that it touches is to be decided again")
    assert review.surfaces(item) == ["Ada", "Tomas Vale", "Hamburg", "Nordlys", "Uppsala"]
    assert review.states(item) == ["accepted", "accepted", "undecided", "accepted", "accepted"]
    review.press("Control+z")
    expect(page.locator(".cell-target .text")).to_have_text(old)
    review.expect_saved()
    assert review.states(item) == ["accepted"] * 5
    assert review.surfaces(item)[2] == "Bremen"


def test_an_edit_that_is_refused_says_why_and_keeps_what_was_typed(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    review.press("t")
    page.get_by_label("Text", exact=True).fill("   ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="The text is empty.")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value("   ")


def test_a_reading_in_latin_letters_follows_the_words(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, ARABIC)
    review.wait_ahead()
    expect(page.locator(".roman")).to_have_count(0)
    with page.expect_response("**/preferences/"):
        review.press("o")
    words = page.locator(".cell-target .roman-word")
    n_tokens = len(
        next(each for each in review.on_server(review.current_item)["segments"] if each["side"] == "target")["tokens"]
    )
    expect(words).to_have_count(n_tokens)
    words.nth(1).hover()
    expect(words.nth(1)).to_have_class("roman-word current")
    assert review.has_no_sideways_scroll()
    page.reload()
    review.wait_ready()
    expect(page.locator(".roman").first).to_be_visible()
