"""Blind items and several reviewers on the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

BLIND = """
from annotator.models import Item, Project
Project.objects.filter(pk=given).update(n_reviews=2, blind="all")
Item.objects.filter(project=given).update(n_reviews=2, is_blind=True)
"""


def test_on_a_blind_item_the_digit_sets_the_label_and_accepts(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    stack.python(BLIND, review.project)
    review.open()
    review.wait_ahead()
    assert "statistical" not in page.content()
    assert "0.4" not in review.words("detail")
    review.press("Enter")
    assert "set the label" in review.words("detail")
    review.press("1")
    # The machine's word is shown once the person has decided.
    review.expect_saved()
    assert review.states(review.items[0])[0] == "accepted"
    assert review.on_server(review.items[0])["spans"][0]["machine"]["engine"] == "statistical"
    # The others are still blind, and Shift and Enter accepts none of them unseen.
    review.press("Shift+Enter")
    assert "without a label" in review.words("detail")
    assert review.states(review.items[0])[1:] == ["undecided"] * 4
    review.press("Control+z")
    review.expect_saved()
    assert review.states(review.items[0])[0] == "undecided"
    expect(page.locator(".tag.current .tag-name").last).to_have_text("?")
