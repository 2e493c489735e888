"""Rule 9: flags for the adjudicator, skipped items, and the list that takes both back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser


def flags(review: ReviewPage, *, is_open: bool = True) -> list[list[str]]:
    """Source span and reason of the flags that the server has."""
    return review.stack.python(
        "from annotator.models import Flag\n"
        "rows = Flag.objects.filter(project=given[0], closed_at__isnull=given[1]).order_by('created_at')\n"
        "result = [[row.source_span.surface, row.reason.code] for row in rows]",
        [review.project, is_open],
    )


def test_f_and_a_digit_flag_and_the_span_stays_undecided(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("f")
    assert page.locator("#review").get_attribute("data-mode") == "flag"
    assert review.words("hint") == "1 … 9 flags it for that reason"
    review.press("6")
    assert review.live == "flagged, translation wrong, next: Tomas Vale, PER, 5 left"
    review.press("ArrowLeft")
    assert review.status.startswith("Ada PER undecided ⚑ translation wrong")
    expect(page.locator(".tag.current .tag-flag")).to_be_visible()
    review.expect_saved()
    assert flags(review) == [["Ada Brandt", "translation-wrong"]]
    assert review.states(review.items[0]) == ["undecided"] * 5
    assert review.decisions() == 0


def test_enter_repeats_the_last_reason(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("f", "2", "f", "Enter")
    review.expect_saved()
    assert flags(review) == [["Ada Brandt", "wrong-words"], ["Tomas Vale", "wrong-words"]]


def test_the_rest_of_the_item_leads_on_and_the_flagged_item_stays_open(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=2)
    review.wait_ahead()
    review.press("f", "1", "Enter", "Enter", "Enter", "Enter")
    assert review.current_item == review.items[1]
    expect(review.part("own-count")).to_have_text("1 flagged")
    review.expect_saved()
    assert review.states(review.items[0]) == ["undecided", *["accepted"] * 4]
    expect(review.part("progress").locator(".progress-words")).to_have_text("0 of 2")
    review.press("PageUp")
    review.press("ArrowRight")
    review.press("Enter")
    assert review.current_item == review.items[1]


def test_a_flag_is_taken_back_on_the_span_or_in_the_list(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("f", "1", "f", "2", "ArrowLeft", "f", "0")
    assert review.live == "The flag is taken back."
    review.expect_saved()
    assert flags(review) == [["Ada Brandt", "not-in-translation"]]
    review.press("Shift+f")
    row = page.locator(".own-row")
    expect(row).to_have_text("h1Ada Brandt flagged: not in the translationTake back".replace("\u2068", ""))
    row.get_by_role("button", name="Take back").click()
    expect(row).to_have_count(0)
    review.press("Escape")
    review.expect_saved()
    assert flags(review) == []
    assert len(flags(review, is_open=False)) == 2
    expect(review.part("own-count")).to_be_hidden()


def test_a_flag_waits_for_the_connection_and_is_raised_once(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    page.context.set_offline(True)
    review.press("f", "6")
    review.expect_sync("offline · 1 waiting")
    assert flags(review) == []
    page.context.set_offline(False)
    review.expect_saved()
    assert flags(review) == [["Ada Brandt", "translation-wrong"]]


def test_a_flag_that_could_not_be_sent_survives_a_reload(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    page.route("**/review/flags/", lambda route: route.abort())
    review.press("f", "6")
    review.expect_sync("offline · 1 waiting")
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute("**/review/flags/")
    page.reload()
    review.wait_ready()
    review.expect_saved()
    assert flags(review) == [["Ada Brandt", "translation-wrong"]]


def test_a_skipped_item_comes_back_after_all_others_and_is_counted(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=3)
    review.wait_ahead()
    review.press("s")
    assert review.live.startswith("skipped; it comes back at the end. Next item:")
    assert review.current_item == review.items[1]
    expect(review.part("own-count")).to_have_text("1 skipped")
    review.press("Enter", "Enter")
    assert review.current_item == review.items[2]
    review.press("Shift+Enter")
    page.wait_for_function("id => new URL(location).searchParams.get('item') === String(id)", arg=review.items[0])
    review.press("Shift+Enter")
    expect(page.get_by_role("heading", name="Everything is reviewed")).to_be_visible()
    review.expect_saved()
    assert review.states(review.items[0]) == ["accepted"] * 5


def test_a_skipped_item_is_not_first_after_a_reload(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=3)
    review.wait_ahead()
    review.press("s")
    review.expect_saved()
    review.open()
    assert review.current_item == review.items[1]
    review.press("Shift+f")
    page.locator(".own-row").get_by_role("button", name="h1", exact=True).click()
    page.wait_for_function("id => new URL(location).searchParams.get('item') === String(id)", arg=review.items[0])


def test_a_skip_is_taken_back(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=3)
    review.wait_ahead()
    review.press("s")
    review.expect_saved()
    review.press("Shift+f")
    page.locator(".own-row").get_by_role("button", name="Take back").click()
    review.press("Escape")
    review.expect_saved()
    expect(review.part("own-count")).to_be_hidden()
    review.press("Shift+f")
    expect(page.get_by_text("Nothing is flagged or skipped.")).to_be_visible()


def test_a_curator_settles_what_was_flagged(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, role="curator")
    review.press("f", "6")
    review.expect_saved()
    page.goto(stack.url(f"projects/{review.project}/flags/"))
    page.get_by_role("link", name="h1").click()
    review.wait_ready()
    assert review.status.startswith("Ada PER undecided ⚑ translation wrong")
    page.goto(stack.url(f"projects/{review.project}/flags/?reason=translation-wrong"))
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("The flag is resolved.")).to_be_visible()
    assert flags(review) == []
