"""Rules 3, 5, 6 and 14: one current span, labels by key, moving edges, and the difference to the machine's proposal."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import ARABIC, GERMAN, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

# The e and the i carry accents of their own, so that each is one character of two code points.
ACCENTS = {
    "lang": "fr",
    "sentences": [["He saw Eloise there.", "Il a vu E\u0301loi\u0308se la\u0300."]],
    "spans": [[["PER", "Eloise"]]],
    "proposals": [[["E\u0301lo", "", 0.4]]],
}


# In one go, since marks are drawn anew while they are looked at.
STYLE = "([selector, pseudo, name]) => getComputedStyle(document.querySelector(selector), pseudo)[name]"


def border(page: Page, selector: str, name: str = "borderTopStyle", *, pseudo: str = "") -> str:
    return str(page.evaluate(STYLE, [selector, pseudo or None, name]))


def test_the_current_span_has_a_thick_outline_on_both_sides_and_the_line_names_it(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("ArrowRight", "ArrowRight", "ArrowRight")
    for side in ("source", "target"):
        expect(page.locator(f".cell-{side} .box.current")).to_have_count(1)
        width = border(page, f".cell-{side} .box.current", "borderTopWidth", pseudo="::after")
        assert float(width.removesuffix("px")) >= 2
    assert review.status == "Nordlys LOC undecided"
    assert review.words("detail").startswith("from Nordlys ORG statistical, score 0.50")
    assert review.words("hint") == "Enter accepts Nordlys as LOC"


def test_up_and_down_pass_over_what_is_decided_and_the_arrows_do_not(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("ArrowRight", "Enter")
    assert review.status.startswith("Bremen")
    review.press("ArrowUp")
    assert review.status.startswith("Ada")
    review.press("ArrowDown")
    assert review.status.startswith("Bremen")
    review.press("ArrowLeft")
    assert review.status.startswith("Tomas Vale PER accepted")


def test_in_arabic_the_left_arrow_goes_on_to_the_next_span(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, ARABIC)
    review.press("ArrowLeft")
    assert review.status.startswith("الإسكندرية LOC")
    review.press("ArrowRight")
    assert review.status.startswith("ليلى PER")


def test_label_keys_are_shown_and_a_new_label_accepts_only_when_chosen(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    expect(review.part("tray").locator(".choice")).to_have_text(["1LOC", "2ORG", "3PER", "0Find label"])
    expect(page.locator(".cell-target .tag.current .tag-key")).to_have_attribute("data-sign", "3")
    review.press("2")
    assert review.status.startswith("Ada ORG undecided")
    review.press("9")
    assert review.live == "No label has the key 9."
    page.get_by_text("View", exact=True).click()
    page.get_by_label("A new label accepts too").check()
    page.get_by_text("View", exact=True).click()
    page.get_by_text("View", exact=True).evaluate("summary => summary.blur()")
    review.press("3")
    assert review.live.startswith("accepted, PER, next: Tomas Vale")
    assert review.history[0] == "h1 Ada: ORG → PER; Ada: accepted PER"


def test_each_nudge_is_a_step_of_its_own_and_the_machines_place_stays_in_sight(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("Shift+ArrowRight", "Shift+ArrowRight")
    assert review.status.startswith("Ada Brandt traf PER undecided moved: was Ada")
    expect(page.locator(".box.ghost")).to_have_count(1)
    assert border(page, ".box.ghost", pseudo="::after") == "dotted"
    review.press("Control+z")
    assert review.status.startswith("Ada Brandt PER undecided moved: was Ada")
    review.press("Control+z")
    assert review.status == "Ada PER undecided"
    expect(page.locator(".box.ghost")).to_have_count(0)
    review.press("Control+Shift+z", "Enter")
    review.expect_saved()
    span = review.on_server(review.items[0])["spans"][0]
    assert (span["state"], span["machine"]["intervals"], span["intervals"]) == ("accepted", [[0, 3]], [[0, 10]])


def test_by_character_an_edge_never_stops_between_a_letter_and_its_accent(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, ACCENTS, n=1)
    wanted = ["E\u0301loi\u0308", "E\u0301loi\u0308s", "E\u0301loi\u0308se"]
    for words in wanted:
        review.press("Control+Shift+ArrowRight")
        assert review.live == f"end moved, now {words}"
    review.press("e", "Control+Shift+ArrowRight")
    assert review.live == "start moved, now loi\u0308se"
    review.press("Control+Shift+ArrowLeft", "Enter")
    review.expect_saved()
    assert review.surfaces(review.items[0]) == ["E\u0301loi\u0308se"]


def test_dotted_is_the_machine_solid_the_person_and_words_say_it_too(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    assert border(page, ".cell-target .box.machine:not(.current)") == "dotted"
    review.press("2", "Shift+ArrowRight")
    assert review.status == "Ada Brandt ORG undecided PER → ORG, moved: was Ada"
    review.press("Enter")
    assert border(page, ".cell-target .box.accepted") == "solid"
    expect(page.locator(".cell-target .tag", has_text="PER → ORG")).to_have_count(1)
    assert review.history == ["h1 Ada Brandt: accepted ORG", "h1 Ada → Ada Brandt", "h1 Ada: PER → ORG"]
    review.press("ArrowLeft")
    assert review.status == "Ada Brandt ORG accepted PER → ORG, moved: was Ada"


def test_what_overlaps_a_rejected_span_may_be_moved_there(page: Page, stack: Stack) -> None:
    first, second = GERMAN["proposals"]
    texts: dict[str, Any] = copy.deepcopy(GERMAN)
    texts["proposals"] = [[["Ada", "", 0.4], ["Brandt", "", 0.9], *first[2:]], second]
    review = ReviewPage.make(page, stack, texts)
    review.press("ArrowRight", "x", "7", "ArrowLeft", "ArrowLeft", "Shift+ArrowRight")
    assert review.status.startswith("Ada Brandt PER undecided")
