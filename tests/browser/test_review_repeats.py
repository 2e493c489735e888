"""Rule 15: a decision repeated on equal proposals, after a look at each, as one step."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import GERMAN, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

# The same two sentences again and again; Uppsala stands in the first of them only as a proposal.
N_ITEMS = 8


def make(page: Page, stack: Stack, **more) -> ReviewPage:
    review = ReviewPage.make(page, stack, GERMAN, n=N_ITEMS, **more)
    review.wait_ahead()
    return review


def offer(review: ReviewPage) -> str:
    return " ".join(
        (review.page.locator(".offer").text_content() or "").replace("\u2068", "").replace("\u2069", "").split()
    )


def uppsala(review: ReviewPage) -> list[str]:
    """States of the span Uppsala in the items that have one."""
    return [review.states(item)[4] for item in review.items[::2]]


def decide_on_uppsala(review: ReviewPage, *keys: str) -> None:
    review.press("ArrowLeft", *keys)
    review.expect_saved()
    expect(review.page.locator(".offer")).to_be_visible()


def test_a_decision_offers_its_repeats_and_r_applies_them_as_one_step(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    decide_on_uppsala(review, "Enter")
    assert offer(review) == "Uppsala, same label LOC, undecided: 3 R"
    assert uppsala(review) == ["accepted", *["undecided"] * 3]
    review.press("r")
    expect(page.locator(".repeat")).to_have_count(3)
    expect(page.locator(".repeat-target mark")).to_have_text(["Uppsala"] * 3)
    expect(page.locator(".repeat-source").first).to_contain_text("before Nordlys moved to Uppsala")
    expect(page.get_by_role("button", name="Apply to 3")).to_be_focused()
    review.press("Enter")
    expect(review.part("detail")).to_contain_text("Repeated in 3 places.")
    review.expect_saved()
    assert uppsala(review) == ["accepted"] * 4
    assert "in 3 places: accept as LOC" in review.history[0]
    expect(page.locator(".offer")).to_have_count(0)


def test_one_undo_takes_all_of_it_back_and_shows_the_first(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    decide_on_uppsala(review, "Enter")
    review.press("r")
    expect(page.get_by_role("button", name="Apply to 3")).to_be_focused()
    review.press("Enter")
    expect(review.part("detail")).to_contain_text("Repeated in 3 places.")
    review.press("Control+z")
    page.wait_for_function("id => new URL(location).searchParams.get('item') === String(id)", arg=review.items[2])
    review.expect_saved()
    assert uppsala(review) == ["accepted", *["undecided"] * 3]
    assert review.history[0].endswith("undone")
    review.press("Control+Shift+z")
    review.expect_saved()
    assert uppsala(review) == ["accepted"] * 4


def test_only_what_is_ticked_is_decided(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    decide_on_uppsala(review, "Enter")
    review.press("r")
    page.locator(".repeat input").nth(1).uncheck()
    page.get_by_role("button", name="Apply to 2").click()
    expect(review.part("detail")).to_contain_text("Repeated in 2 places.")
    assert uppsala(review) == ["accepted", "accepted", "undecided", "accepted"]


def test_nothing_is_decided_when_the_list_is_closed(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    decide_on_uppsala(review, "Enter")
    review.press("r")
    expect(page.locator(".repeat")).to_have_count(3)
    page.get_by_label("All").uncheck()
    expect(page.get_by_role("button", name="Apply to 0")).to_be_disabled()
    review.press("Escape")
    assert uppsala(review) == ["accepted", *["undecided"] * 3]
    assert review.decisions() == 1


def test_a_rejection_and_a_new_label_are_repeated_as_they_are(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    decide_on_uppsala(review, "2", "Enter")
    review.press("r")
    expect(page.locator(".repeat-about")).to_contain_text("LOC → ORG")
    expect(page.get_by_role("button", name="Apply to 3")).to_be_focused()
    review.press("Enter")
    expect(review.part("detail")).to_contain_text("Repeated in 3 places.")
    labels = {span["label"] for item in review.items[::2] for span in [review.on_server(item)["spans"][4]]}
    assert len(labels) == 1
    review.press("x", "2")
    expect(page.locator(".offer")).to_be_visible()
    review.press("r")
    expect(page.locator(".repeat-about")).to_contain_text("reject: wrong words")


def test_items_at_hand_show_what_was_repeated_in_them(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    decide_on_uppsala(review, "Enter")
    review.press("r")
    expect(page.get_by_role("button", name="Apply to 3")).to_be_focused()
    review.press("Enter")
    expect(review.part("detail")).to_contain_text("Repeated in 3 places.")
    review.press("PageDown", "PageDown", "ArrowLeft")
    assert review.current_item == review.items[2]
    assert review.status.startswith("Uppsala LOC accepted")


def test_a_blind_item_offers_nothing(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    stack.python(
        "from annotator.models import Item\nItem.objects.filter(project=given).update(is_blind=True)", review.project
    )
    review.press("ArrowLeft", "Enter")
    review.expect_saved()
    expect(page.locator(".offer")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_list_fits_any_width(page: Page, stack: Stack, width: int) -> None:
    review = make(page, stack)
    page.set_viewport_size({"width": width, "height": 800})
    decide_on_uppsala(review, "Enter")
    assert review.has_no_sideways_scroll()
    review.press("r")
    expect(page.locator(".repeat")).to_have_count(3)
    assert review.has_no_sideways_scroll()
