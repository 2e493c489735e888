"""Rules 2 to 6 and 8: links, one current span, accepting, relabelling, moving edges, rejecting; by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import GERMAN, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

MANY = {
    "lang": "de",
    "sentences": [["A1 B2 C3 D4 E5 .", "A1 B2 C3 D4 E5 ."]],
    "spans": [[["LOC", name] for name in ("A1", "B2", "C3", "D4", "E5")]],
    "proposals": [[[name, "", 0.9] for name in ("A1", "B2", "C3", "D4", "E5")]],
}


def test_twenty_right_spans_need_twenty_keys(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, MANY, n=4)
    review.wait_ahead()
    for _ in range(20):
        review.press("Enter")
    expect(page.get_by_role("heading", name="Everything is reviewed")).to_be_visible()
    review.expect_saved()
    assert [review.states(item) for item in review.items] == [["accepted"] * 5] * 4


def test_shift_enter_accepts_the_rest_of_the_sentence(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, MANY, n=2)
    review.wait_ahead()
    review.press("Enter", "Shift+Enter")
    assert review.current_item == review.items[1]
    assert "accepted all 4" in review.live
    review.expect_saved()
    assert review.states(review.items[0]) == ["accepted"] * 5
    assert review.states(review.items[1]) == ["undecided"] * 5


def test_shift_enter_leaves_what_was_not_found_to_the_reviewer(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.open(f"?item={review.items[1]}")
    review.wait_ahead()
    review.press("Shift+Enter")
    assert review.live == "Accepted 1. 1 not found is left to you."
    assert review.status.startswith("council of Uppsala ORG undecided not found")
    review.press("Shift+Enter")
    assert review.live == "1 not found is left to you."
    review.expect_saved()
    assert review.states(review.items[1]) == ["undecided", "accepted"]
    assert review.current_item == review.items[1]


def test_one_span_is_current_and_the_status_line_says_what_enter_does(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    assert review.status.startswith("Ada PER undecided")
    assert review.words("detail") == "from Ada Brandt PER statistical, score 0.40"
    assert review.words("hint") == "Enter accepts Ada as PER"
    assert page.locator(".cell-target .box.current").count() == 1
    assert page.locator(".cell-source .box.current").count() == 1
    review.press("ArrowRight")
    assert review.status.startswith("Tomas Vale PER")
    review.press("ArrowLeft", "ArrowLeft")
    assert review.status.startswith("Uppsala LOC")
    review.press("Enter", "ArrowUp")
    assert review.status.startswith("Nordlys LOC")


def test_accepting_says_what_comes_next_and_what_is_left(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("Enter")
    assert review.live == "accepted, PER, next: Tomas Vale, PER, 4 left"


def test_a_span_that_was_not_found_is_rejected_by_enter_and_the_line_says_so(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.open(f"?item={review.items[1]}")
    review.press("ArrowDown")
    assert review.words("hint") == "Enter confirms that council of Uppsala is not in the translation"
    review.press("Enter")
    assert review.live.startswith("rejected, not in the translation")
    review.expect_saved()
    assert review.on_server(review.items[1])["spans"][0]["reason"] == "not-in-translation"


def test_auto_advance_can_be_switched_off_and_stays_off(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.get_by_text("View", exact=True).click()
    with page.expect_response("**/review/preferences/"):
        page.get_by_label("Go on after a decision").uncheck()
    page.reload()
    review.wait_ready()
    review.press("Enter")
    assert review.status.startswith("Ada PER accepted")
    review.press("Enter")
    assert review.status.startswith("Tomas Vale")


def test_digits_relabel_without_accepting(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("2")
    assert review.status.startswith("Ada ORG undecided PER → ORG")
    assert page.locator(".tag.current .tag-name", has_text="PER → ORG").count() == 1
    review.expect_saved()
    assert review.states(review.items[0])[0] == "undecided"


def test_a_label_is_found_by_typing_and_letters_in_the_field_are_no_commands(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("0")
    page.keyboard.type("lo")
    expect(page.locator(".find-row")).to_have_text(["LOC"])
    review.press("x", "Backspace", "Enter")
    assert review.status.startswith("Ada LOC undecided")
    review.press("Enter")
    assert review.live.startswith("accepted, LOC")
    review.press("/", "Escape")
    assert page.locator(".find-field").count() == 0
    assert review.status.startswith("Tomas Vale PER undecided")


def test_no_key_acts_while_something_is_composed(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    press = "document.dispatchEvent(new KeyboardEvent('keydown', {code: 'KeyX', bubbles: true, %s}))"
    page.evaluate(press % "key: 'x', isComposing: true")
    assert page.locator("#review").get_attribute("data-mode") == "normal"
    # The same place on an Arabic keyboard gives another letter and the same command.
    page.evaluate(press % "key: 'ء'")
    assert page.locator("#review").get_attribute("data-mode") == "reject"
    assert review.words("hint") == "1 … 9 rejects with that reason"


def test_arrows_move_the_end_and_after_e_the_start(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("Shift+ArrowRight")
    assert review.live == "end moved, now Ada Brandt"
    assert page.locator(".box.ghost").count() == 1
    assert review.status.startswith("Ada Brandt PER undecided moved: was Ada")
    review.press("Shift+ArrowRight", "Shift+ArrowLeft", "e", "Shift+ArrowRight")
    assert review.status.startswith("Brandt PER")
    review.press("Control+Shift+ArrowRight")
    assert review.status.startswith("randt PER")
    review.press("Control+Shift+ArrowLeft", "Enter")
    review.expect_saved()
    assert review.surfaces(review.items[0])[0] == "Brandt"
    assert review.states(review.items[0])[0] == "accepted"


def test_an_edge_that_cannot_move_says_why_and_each_span_begins_with_its_end(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("Shift+ArrowLeft")
    assert review.live == "A span keeps one word."
    review.press("e", "Shift+ArrowLeft")
    assert review.live == "The text ends here."
    review.press("Enter", "Shift+ArrowLeft")
    assert review.live == "end moved, now Tomas"


def test_a_span_does_not_grow_into_another(page: Page, stack: Stack) -> None:
    first, second = GERMAN["proposals"]
    texts = {**GERMAN, "proposals": [[["Ada", "", 0.4], ["Brandt", "", 0.9], *first[2:]], second]}
    review = ReviewPage.make(page, stack, texts)
    review.press("Shift+ArrowRight")
    assert review.live == "It would overlap Brandt. Move or reject that one first."
    assert review.status.startswith("Ada PER undecided")


def test_reject_takes_a_reason_and_repeats_it(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("x")
    expect(review.part("tray").locator("button")).to_have_count(9)
    review.press("2")
    assert review.live.startswith("rejected, wrong words, next: Tomas Vale")
    review.press("x", "Enter")
    review.expect_saved()
    spans = review.on_server(review.items[0])["spans"]
    assert [span["reason"] for span in spans] == ["wrong-words", "wrong-words", "", "", ""]
    assert page.locator(".tag.quiet", has_text="wrong words").count() == 2
    review.press("x", "Escape", "Enter")
    assert review.live.startswith("accepted, LOC")


def test_after_wrong_words_the_last_span_stays_so_that_the_right_ones_can_be_marked(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, MANY, n=2)
    review.wait_ahead()
    review.press(*["Enter"] * 4, "x", "2")
    assert review.live == "rejected, wrong words. A: mark the right words, Enter: next item."
    assert review.status.startswith("E5 LOC rejected: wrong words")
    assert review.words("accept") == "Next item"
    review.press("a", "Space", "Space", "Enter")
    assert review.status.startswith(". LOC undecided")
    review.press("x", "7")
    assert review.current_item == review.items[1]


def test_links_are_told_and_drawn_by_keyboard_alone(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("l")
    assert review.live == "Ada, linked to: Ada"
    assert page.locator(".links path").count() == 2
    review.press("ArrowRight")
    assert page.locator(".links path").count() > 0
    review.press("l")
    assert page.locator(".links path").count() == 0
    review.press("Period", "Period")
    assert review.live == "Brandt, linked to: Brandt"
    assert page.locator(".box.word").count() == 2


def test_hovering_a_word_lights_its_links_and_only_those(page: Page, stack: Stack) -> None:
    ReviewPage.make(page, stack)
    box = page.locator(".cell-target .text").bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 30)
    expect(page.locator(".box.word")).to_have_count(2)
    page.mouse.move(box["x"] + 8, box["y"] - 60)
    expect(page.locator(".box.word")).to_have_count(0)


def test_enter_on_a_focused_button_presses_that_button_only(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.get_by_role("button", name="Reject").focus()
    review.press("Enter")
    assert page.locator("#review").get_attribute("data-mode") == "reject"
    assert review.status.startswith("Ada PER undecided")
    review.press("Escape")
    page.get_by_role("button", name="Links").click()
    review.press("Enter")
    assert review.live.startswith("accepted, PER")


def test_the_keys_are_listed_and_the_guideline_is_one_key_away(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    review.press("x")
    assert page.locator("#review").get_attribute("data-mode") == "normal"
    review.press("Escape")
    expect(page.get_by_role("heading", name="Keys")).to_be_hidden()
    review.press("h")
    expect(page.get_by_role("heading", name="PER")).to_be_visible()


def test_a_viewer_sees_everything_and_decides_nothing(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, role="viewer")
    review.press("ArrowRight", "Enter", "2", "Shift+ArrowRight")
    assert review.status.startswith("Tomas Vale PER undecided")
    assert review.words("hint") == "Your role reads only."
    expect(review.part("tray")).to_be_hidden()
    expect(page.locator(".command-row button")).to_have_text(["CommentC", "LinksL", "‹", "›"])
    page.get_by_role("button", name="Links").click()
    expect(page.locator(".links path")).not_to_have_count(0)
    page.get_by_role("button", name="Next item").click()
    expect(review.part("status")).to_contain_text("Ada Brandt")
    assert review.current_item == review.items[1]
    review.press("PageUp")
    expect(review.part("status")).to_contain_text("Tomas Vale")
    assert review.decisions() == 0


ACCENTS = {
    "lang": "fr",
    "sentences": [["Ada sees Elba and Evian .", "Ada voit Évian et Elbe ."]],
    "spans": [[["PER", "Ada"]]],
    "proposals": [[["Ada", "", 0.9]]],
}


def test_while_marking_letters_and_home_and_end_go_to_words(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, ACCENTS)
    said = []
    for key in ["a", "e", "e", "e", "E", "v", "End", "Home", "q"]:
        review.press(key)
        said.append(review.live.removeprefix("starts at "))
    assert said == ["voit", "Évian", "et", "Elbe", "Évian", "voit", ".", "Ada", "Ada"]
    review.press("e", "Space", "e", "e")
    assert review.live == "covers Évian et Elbe"
    review.press("Space", "1")
    review.expect_saved()
    assert sorted(review.surfaces(review.items[0])) == ["Ada", "Évian et Elbe"]
