"""Rules 3 and 19: one table of commands makes the keys, their list and their changes; keys are read by place."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.review_page import ARABIC, GERMAN, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

PRESS = """([code, key, more]) => (document.activeElement ?? document.body).dispatchEvent(
    new KeyboardEvent("keydown", {code, key, bubbles: true, cancelable: true, ...more}))"""


def mode(page: Page) -> str | None:
    return page.locator("#review").get_attribute("data-mode")


def type_on(page: Page, code: str, key: str, **more: object) -> None:
    """A key as a keyboard of another layout sends it: the place, and what is printed there."""
    page.evaluate(PRESS, [code, key, more])


def open_editor(review: ReviewPage) -> None:
    review.page.keyboard.press("?")
    review.page.get_by_role("button", name="Change keys").click()


def editor_row(page: Page, name: str) -> Locator:
    return page.locator(".key-editor tr").filter(has=page.get_by_role("rowheader", name=name))


def change(review: ReviewPage, name: str, key: str) -> str:
    """Give a command another key; returns what the dialog says."""
    editor_row(review.page, name).get_by_role("button", name=re.compile("^Change:")).click()
    review.page.keyboard.press(key)
    return review.page.locator(".key-editor-line").inner_text()


@pytest.mark.parametrize(
    ("letter", "layout"),
    [("ء", "Arabic"), ("ч", "Russian"), ("x", "US"), ("q", "Dvorak")],
    ids=["arabic", "russian", "us", "dvorak"],
)
def test_letters_count_by_their_place(page: Page, stack: Stack, letter: str, layout: str) -> None:
    ReviewPage.make(page, stack).wait_ahead()
    type_on(page, "KeyX", letter)
    assert mode(page) == "reject", layout


def test_digits_count_by_their_place_where_they_are_typed_with_shift(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    # The second key of the upper row of a French keyboard, and an Eastern Arabic digit.
    type_on(page, "Digit2", "é")
    assert review.status.startswith("Ada ORG")
    type_on(page, "Digit1", "1", shiftKey=True)
    assert review.status.startswith("Ada LOC")
    type_on(page, "Digit3", "٣")
    assert review.status.startswith("Ada PER")
    type_on(page, "Numpad2", "2")
    assert review.status.startswith("Ada ORG")


def test_signs_count_as_typed_and_undo_as_the_browser_reads_it(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    # A German keyboard has the slash on 7 and the question mark beside 0; an Arabic one has its own question mark.
    type_on(page, "Digit7", "/", shiftKey=True)
    assert mode(page) == "find"
    review.press("Escape")
    type_on(page, "Minus", "?", shiftKey=True)
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    review.press("Escape")
    type_on(page, "Slash", "؟", shiftKey=True)
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    review.press("Escape", "Enter")
    # Z stands where a US keyboard has W on a French one, and where it has Y on a German one.
    type_on(page, "KeyW", "z", ctrlKey=True)
    assert review.live == "Undone: Ada: accepted PER"
    type_on(page, "KeyZ", "y", ctrlKey=True)
    assert review.live == "Redone: Ada: accepted PER"
    type_on(page, "KeyZ", "ئ", ctrlKey=True)
    assert review.live == "Undone: Ada: accepted PER"


@pytest.mark.parametrize("more", [{"altKey": True}, {"ctrlKey": True}, {"metaKey": True}, {"isComposing": True}])
def test_no_letter_acts_with_another_modifier_or_while_composing(page: Page, stack: Stack, more: dict) -> None:
    review = ReviewPage.make(page, stack)
    for code in ("KeyX", "KeyA", "KeyG", "KeyP"):
        type_on(page, code, "x", **more)
    assert mode(page) == "normal"
    assert review.decisions() == 0


def test_no_bare_key_acts_while_something_is_chosen_or_typed(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.get_by_label("Order").focus()
    review.press("x", "a", "2", "Enter")
    assert mode(page) == "normal"
    page.get_by_text("View", exact=True).click()
    page.locator("[name=target_percent]").focus()
    review.press("ArrowRight", "x")
    assert mode(page) == "normal"
    assert review.status.startswith("Ada PER undecided")


def test_the_list_is_made_of_the_commands_and_each_can_be_pressed(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    rows = [" ".join(text.split()) for text in dialog.locator("dt").all_inner_texts()]
    for keys in ("Enter", "Shift Enter", "1 … 9", "0 or /", "X", "Shift ← →", "P", "G", "U", "Shift L", "Ctrl Z", "?"):
        assert keys in rows
    dialog.get_by_role("button", name="Reject").click()
    expect(dialog).to_be_hidden()
    assert mode(page) == "reject"


def test_a_viewer_is_shown_the_keys_but_no_buttons_that_decide(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, role="viewer")
    review.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog.get_by_role("button", name="Guideline")).to_be_visible()
    expect(dialog.get_by_role("button", name="Reject")).to_have_count(0)


def test_a_key_can_be_changed_and_stays_changed(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    open_editor(review)
    with page.expect_response("**/review/preferences/"):
        assert change(review, "Reject", "k").startswith("K: Reject")
    review.press("Escape")
    expect(page.get_by_role("button", name="Reject")).to_have_text("RejectK")
    review.press("x")
    assert mode(page) == "normal"
    review.press("k")
    assert mode(page) == "reject"
    page.reload()
    review.wait_ready()
    expect(page.locator("[data-command=reject]")).to_have_text("RejectK")
    review.press("k")
    assert mode(page) == "reject"


def test_keys_that_are_taken_are_refused_with_words(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    open_editor(review)
    assert change(review, "Reject", "a").startswith("That is the key of: Mark words")
    review.press("/")
    assert page.locator(".key-editor-line").inner_text().startswith("That is the key of: Find a label by name")
    review.press("5")
    assert page.locator(".key-editor-line").inner_text() == "Digits are for labels. Press another key."
    review.press("ArrowUp")
    assert page.locator(".key-editor-line").inner_text() == "That key has a use already. Press another key."
    review.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    expect(editor_row(page, "Reject").locator("kbd")).to_have_text(["X"])
    assert change(review, "Reject", "Shift+A").startswith("Shift A: Reject")


def test_a_usual_key_comes_back_only_when_it_is_free(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    open_editor(review)
    editor_row(page, "Reject").get_by_role("button", name="Switch off").click()
    assert change(review, "Change to the other edge", "x").startswith("X: Change to the other edge")
    editor_row(page, "Reject").get_by_role("button", name="Switch on").click()
    assert page.locator(".key-editor-line").inner_text().startswith("That is the key of: Change to the other edge")
    with page.expect_response("**/review/preferences/"):
        page.get_by_role("button", name="Usual keys").click()
    expect(editor_row(page, "Reject").locator("kbd")).to_have_text(["X"])
    expect(editor_row(page, "Change to the other edge").locator("kbd")).to_have_text(["E"])


def test_all_single_keys_can_be_switched_off_and_the_screen_still_works(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    open_editor(review)
    with page.expect_response("**/review/preferences/"):
        page.get_by_role("button", name="Switch all off").click()
    page.reload()
    review.wait_ready()
    review.press("x", "2", "0", "/", "?", "l", "g", "p", ".")
    assert mode(page) == "normal"
    assert review.status.startswith("Ada PER undecided")
    assert page.locator("dialog[open]").count() == 0
    expect(page.locator(".tray kbd:visible")).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("dialog", name="Keys").get_by_role("button", name="Reject").click()
    assert mode(page) == "reject"
    review.press("3")
    assert mode(page) == "reject"
    review.part("tray").get_by_role("button", name="wrong label").click()
    assert review.live.startswith("rejected, wrong label")
    review.press("Enter")
    assert review.live.startswith("accepted")


def test_dialogs_and_panels_give_the_focus_back(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    button = page.get_by_role("button", name="Keys")
    button.focus()
    review.press("Enter")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    review.press("Escape")
    expect(button).to_be_focused()
    review.press("u")
    panel = page.get_by_role("region", name="Code points")
    expect(panel).to_be_visible()
    assert panel.evaluate("panel => panel.contains(document.activeElement)")
    review.press("Escape")
    expect(panel).to_have_count(0)
    expect(button).to_be_focused()


@pytest.mark.parametrize("texts", [GERMAN, ARABIC], ids=["de", "ar"])
def test_on_a_phone_the_keys_and_their_changes_fit(page: Page, stack: Stack, texts: dict) -> None:
    review = ReviewPage.make(page, stack, texts)
    page.set_viewport_size({"width": 320, "height": 560})
    open_editor(review)
    wide = "document.querySelector('dialog[open]').scrollWidth <= document.querySelector('dialog[open]').clientWidth"
    assert page.evaluate(wide)
    assert review.has_no_sideways_scroll()


def test_labels_cannot_take_a_key_that_is_no_digit_of_theirs(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, role="manager")
    page.goto(stack.url(f"projects/{review.project}/labels/"))
    page.get_by_role("link", name=re.compile("LOC")).first.click()
    assert page.locator("[name=key] option").all_inner_texts()[1:] == [str(digit) for digit in range(1, 10)]
