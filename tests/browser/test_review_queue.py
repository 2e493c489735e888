"""Rules 12, 14 and 20: order, differences in words, and the rhythm of going on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import GERMAN, ReviewPage
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.both_backends]

# The second sentence has a span that was not found, which needs a word of its own.
TWO_ITEMS = ("Shift+Enter", "Shift+Enter", "Enter")


def test_the_least_sure_item_comes_first_and_its_reason_is_shown(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    assert review.current_item == review.items[0]
    expect(page.locator(".pair-place")).to_have_text("lowest score 0.40: Ada Brandt")


def test_every_fifth_item_is_a_random_sample(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=8)
    review.wait_ahead()
    review.press(*TWO_ITEMS * 2)
    expect(page.locator(".pair-place")).to_have_text("random sample")


def test_the_filter_stands_in_the_address(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.get_by_label("Order").select_option("file")
    expect(page).to_have_url(re.compile("order=file"))
    review.wait_ready()
    expect(page.locator(".pair-place")).to_have_text("next in the file")


def test_the_next_items_are_there_before_they_are_asked_for(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=8)
    review.wait_ahead()
    page.evaluate("window.stillTheSamePage = true")
    page.context.set_offline(True)
    review.press(*TWO_ITEMS * 2, "Shift+Enter")
    assert review.current_item not in review.items[:4]
    assert page.evaluate("window.stillTheSamePage")
    assert page.locator(".cell-target .box.current, .unplaced .current").count() == 1
    page.context.set_offline(False)
    review.expect_saved()


def test_progress_counts_at_once_and_can_be_hidden(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=6)
    review.wait_ahead()
    words = page.locator(".progress-words")
    expect(words).to_have_text("0 of 6")
    review.press("Shift+Enter")
    expect(words).to_have_text("1 of 6")
    review.press("Shift+Enter", "Enter", "Shift+Enter")
    expect(words).to_have_text("3 of 6")
    page.get_by_text("View", exact=True).click()
    page.get_by_label("Progress").uncheck()
    expect(words).to_be_hidden()


def test_time_left_is_told_from_the_tenth_item_of_the_language_on(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=6)
    keep = "([lang, times]) => localStorage.setItem(`crossgloss-pace-%d-${lang}`, JSON.stringify(times))"
    page.evaluate(keep % review.project, ["ar", [5_000] * 20])
    # Eight long ones and a short one: with this item, which is short too, the middle of ten is a long one.
    page.evaluate(keep % review.project, ["de", [120_000] * 8 + [1_000]])
    page.reload()
    review.wait_ahead()
    words = page.locator(".progress-words")
    expect(words).to_have_text("0 of 6")
    review.press("Shift+Enter")
    expect(words).to_have_text("1 of 6, 10 min left")


def test_time_on_an_item_is_recorded(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.mouse.move(200, 200)
    page.wait_for_timeout(400)
    review.press("Enter")
    review.expect_saved()
    code = "from annotator.models import Review\nresult = Review.objects.get(item_id=given).active_ms"
    assert 400 <= stack.python(code, review.items[0]) < 60_000


def test_the_last_decisions_are_listed_with_what_changed(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("2", "Shift+ArrowRight", "Enter", "x", "7")
    expected = [
        "h1 Tomas Vale: rejected, duplicate",
        "h1 Ada Brandt: accepted ORG",
        "h1 Ada → Ada Brandt",
        "h1 Ada: PER → ORG",
    ]
    assert review.history == expected
    review.expect_saved()
    page.reload()
    review.wait_ready()
    assert review.history == expected


def test_the_list_leads_back_to_an_item(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    review.press("Shift+Enter")
    assert review.current_item == review.items[1]
    review.part("history").locator("a").first.click()
    expect(page).to_have_url(re.compile(f"item={review.items[0]}$"))
    assert review.status.startswith("Ada PER accepted")
    review.press("PageDown")
    assert review.current_item == review.items[1]


def test_machine_and_person_differ_in_outline_and_words(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    outline = "getComputedStyle(document.querySelector('.cell-target .box.current'), '::after').borderTopStyle"
    assert page.evaluate(outline) == "dotted"
    review.press("Shift+ArrowRight", "Enter")
    expect(page.locator(".cell-target .box.accepted")).to_have_css("border-top-style", "solid")
    assert page.locator(".box.ghost").count() == 1
    expect(page.locator(".tag-mark")).to_have_attribute("data-sign", "✓")
    review.press("ArrowLeft")
    assert "was Ada" in review.status


def test_why_an_item_stands_here_goes_when_its_span_was_placed(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.open(f"?item={review.items[1]}")
    why = page.locator(".pair-place")
    expect(why).to_have_text("not found: council of Uppsala")
    review.press("ArrowDown", "a", "Space", "Space")
    assert "is marked" in review.live
    expect(why).to_be_hidden()
    review.press("Control+z")
    expect(why).to_be_visible()


def test_alternatives_are_shown_by_v_and_taken_by_enter(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=2)
    code = """
from annotator.models import Item, Run
from tests.annotator.factories import make_candidate
item = Item.objects.get(pk=given)
make_candidate(item.candidates.first().run, item.source_spans.first(), "Ada Brandt", rank=1, score=0.3)
"""
    stack.python(code, review.items[0])
    page.reload()
    review.wait_ready()
    page.get_by_role("button", name="Others (1)").click()
    assert review.words("hint") == "Enter accepts Ada Brandt instead"
    review.press("v")
    assert review.live == "The first proposal again."
    assert review.words("hint") == "Enter accepts Ada as PER"
    review.press("v")
    assert review.live == "Instead: Ada Brandt, score 0.30. Enter accepts it."
    assert review.words("hint") == "Enter accepts Ada Brandt instead"
    assert review.words("accept") == "Accept instead"
    review.press("Enter")
    assert review.live == "accepted Ada Brandt, PER, next: Tomas Vale, PER, 4 left"
    assert review.words("hint") == "Enter accepts Tomas Vale as PER"
    review.expect_saved()
    assert review.states(review.items[0])[0] == "accepted"
    assert review.surfaces(review.items[0])[0] == "Ada Brandt"


def test_an_item_without_labels_needs_a_word_of_its_own(page: Page, stack: Stack) -> None:
    texts = {**GERMAN, "sentences": [["It rained.", "Es regnete."]], "spans": [[]], "proposals": [[]]}
    review = ReviewPage.make(page, stack, texts, n=2)
    review.wait_ahead()
    assert review.words("hint") == "Enter says that nothing is here"
    review.press("Enter", "Enter")
    expect(page.get_by_role("heading", name="Everything is reviewed")).to_be_visible()
    # Nothing but the way back is offered.
    expect(page.locator(".controls button").filter(visible=True)).to_have_text(["UndoCtrl Z"])
    review.press("Control+z")
    assert review.words("hint") == "Enter says that nothing is here"
    assert review.words("accept") == "Nothing here"


def test_an_item_that_a_colleague_holds_says_so_at_once_by_the_clock_of_the_reader(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    until = stack.python(
        """
from annotator.models import Item, Review
from datetime import timedelta
from django.utils import timezone
from tests.annotator.factories import make_member
import secrets
item = Item.objects.get(pk=given)
mira = make_member(item.project, "reviewer", username="mira" + secrets.token_hex(6))
until = timezone.now() + timedelta(minutes=9)
held = {"reviewer": mira, "claimed_by": mira, "claim_expires_at": until}
Review.objects.update_or_create(item=item, number=1, defaults=held)
result = until.timestamp()
""",
        review.items[1],
    )
    review.open(f"?item={review.items[1]}")
    notice = review.part("notice")
    clock = "at => new Date(at * 1000).toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'})"
    time = page.evaluate(clock, until)
    expect(notice).to_contain_text(f"is reviewing this item until {time}.")
    review.press("Enter")
    expect(notice).to_contain_text("Not saved (h2: ")
    expect(notice).to_contain_text(f"is reviewing this item until {time}.")
    review.open(f"?item={review.items[0]}")
    expect(notice).to_be_hidden()


def test_two_reviewers_get_different_items(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, n=4)
    review.wait_ahead()
    other = stack.python(
        """
from annotator.models import Project
from annotator.services.review import claim_items
from tests.annotator.factories import make_member
import secrets
project = Project.objects.get(pk=given)
other = make_member(project, "reviewer", username="o" + secrets.token_hex(6))
result = [place.item_id for place in claim_items(project=project, actor=other, n=4)]
""",
        review.project,
    )
    assert other == []


def test_another_browser_shows_the_item_until_it_takes_over(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    context = page.context.browser.new_context()
    other = ReviewPage(context.new_page(), stack, review.project, review.items, review.reviewer)
    other.page.goto(stack.login_url(review.reviewer))
    other.page.goto(stack.url(f"projects/{review.project}/review/"))
    expect(other.part("notice")).to_contain_text("You review in another tab or browser.")
    expect(other.part("stage")).to_contain_text("Ada Brandt traf Tomas Vale in Bremen")
    assert other.live != "null"
    other.press("Enter")
    assert "take over" in other.live
    other.page.get_by_role("button", name="Take over").click()
    expect(other.part("notice")).to_be_hidden()
    other.press("Shift+Enter")
    other.expect_saved()
    assert other.decisions() == 5
    context.close()
