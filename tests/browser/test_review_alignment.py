"""Rules 2 and 7: links on demand, the link matrix, and places proposed through the links; by keyboard alone."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.review_page import ARABIC, GERMAN, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

# Ada Brandt met Tomas Vale in Bremen before Nordlys moved to Uppsala . (13 source words)
# Ada Brandt traf Tomas Vale in Bremen , bevor Nordlys nach Uppsala zog . (14 target words)
FIRST = [[0, 0, 0.95], [1, 1, 0.5], [3, 3, 0.9], [4, 4, 0.9], [6, 6, 0.2], [6, 8, 0.6], [8, 9, 0.8], [11, 11, 0.7]]
# The council of Uppsala thanked Ada Brandt . / Der Rat von Uppsala dankte Ada Brandt .
SECOND = [[1, 1, 0.9], [2, 7, 0.99], [3, 3, 0.9], [4, 4, 0.8], [5, 5, 0.9], [6, 6, 0.9]]


def linked(*links: list[list[float]]) -> dict[str, Any]:
    return {**copy.deepcopy(GERMAN), "links": list(links)}


LINKED = linked(FIRST, SECOND)


def matrix(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Links")


def focused(page: Page) -> str:
    name = str(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    return name.replace("\u2068", "").replace("\u2069", "")


def test_the_opacity_of_a_link_is_its_probability(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, LINKED)
    review.press("l")
    assert review.live == "Ada, linked to: Ada"
    # Strengths are 0.25 + 0.75 p: a link of no probability could still be seen.
    strengths = page.locator(".links path").evaluate_all("paths => paths.map(path => Number(path.style.opacity))")
    assert strengths == pytest.approx([0.9625, 0.625])
    review.press("ArrowRight", "ArrowRight")
    assert review.status.startswith("Bremen")
    strengths = page.locator(".links path").evaluate_all("paths => paths.map(path => Number(path.style.opacity))")
    assert sorted(strengths) == pytest.approx([0.4, 0.7])
    assert page.locator(".cell-source .box.current").count() == 1
    review.press("l")
    assert page.locator(".links path").count() == 0


def test_the_word_cursor_goes_to_the_linked_word_on_the_other_side(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, LINKED)
    review.press("ArrowRight", "ArrowRight", "w")
    assert review.live == "Bremen, linked to: Bremen, bevor"
    expect(page.locator(".cell-source .text")).to_be_focused()
    review.press("w")
    assert review.live == "bevor, linked to: Bremen"
    expect(page.locator(".cell-target .text")).to_be_focused()
    review.press("Period")
    assert review.live == "Nordlys, linked to: Nordlys"


def test_the_matrix_has_heads_shades_numbers_and_outlined_spans(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, LINKED)
    review.press("Shift+L")
    grid = matrix(page).get_by_role("grid")
    assert grid.get_by_role("columnheader").all_inner_texts()[:4] == ["Ada", "Brandt", "traf", "Tomas"]
    assert grid.get_by_role("rowheader").all_inner_texts()[-2:] == ["Uppsala", "."]
    assert focused(page) == "Ada, Ada: 0.95, in Ada, PER"
    review.press("ArrowDown", "ArrowRight")
    assert focused(page) == "Brandt, Brandt: 0.50"
    expect(matrix(page).locator(".matrix-line")).to_contain_text("0.50")
    shade = "element => getComputedStyle(element).getPropertyValue('--strength')"
    assert grid.locator("td[data-row='6'][data-column='8']").evaluate(shade) == "0.6"
    assert grid.locator("td.is-linked").count() == len(FIRST)
    # Tomas Vale covers two words on both sides, so its outline goes round four cells.
    assert grid.locator("td.in-span").count() == 2 + 4 + 1 + 1 + 1
    assert grid.locator("td.in-current").count() == 2


def test_the_matrix_is_walked_by_keys_and_leads_to_a_span(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, LINKED)
    review.press("Shift+L", "ArrowUp", "ArrowLeft")
    assert focused(page) == "Ada, Ada: 0.95, in Ada, PER"
    review.press("Control+End")
    assert focused(page) == "., .: no link"
    review.press("Home", "Control+Home")
    assert focused(page) == "Ada, Ada: 0.95, in Ada, PER"
    review.press("x", *["ArrowDown"] * 3, *["ArrowRight"] * 3)
    assert focused(page) == "Tomas, Tomas: 0.90, in Tomas Vale, PER"
    review.press("Enter")
    expect(matrix(page)).to_have_count(0)
    assert review.status.startswith("Tomas Vale PER undecided")
    assert page.locator("#review").get_attribute("data-mode") == "normal"


def test_in_a_matrix_of_arabic_the_left_arrow_goes_forward(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, ARABIC)
    review.press("Shift+L", "Home")
    first = focused(page)
    review.press("ArrowLeft")
    assert first.startswith("Layla, درست")
    assert focused(page).startswith("Layla, ليلى")
    heads = matrix(page).get_by_role("columnheader")
    right, left = heads.nth(0).bounding_box(), heads.nth(1).bounding_box()
    assert right
    assert left
    assert right["x"] > left["x"]


def test_a_big_matrix_scrolls_inside_and_keeps_the_cell_clear_of_the_heads(page: Page, stack: Stack) -> None:
    words = [f"w{n}" for n in range(80)]
    texts = {
        "lang": "de",
        "sentences": [[" ".join(words), " ".join(words)]],
        "spans": [[["LOC", "w0"]]],
        "proposals": [[["w0", "", 0.9]]],
    }
    review = ReviewPage.make(page, stack, texts, n=1)
    page.set_viewport_size({"width": 375, "height": 740})
    review.press("Shift+L", "Control+End", "Control+Home", *["ArrowRight"] * 12, *["ArrowLeft"] * 9)
    cell = page.locator("td:focus").bounding_box()
    head = matrix(page).locator(".matrix-corner").bounding_box()
    assert cell
    assert head
    assert cell["x"] >= head["x"] + head["width"] - 2
    assert cell["y"] >= head["y"] + head["height"] - 2
    assert review.has_no_sideways_scroll()


def test_p_gives_a_lost_span_the_place_to_which_its_links_lead(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, LINKED)
    review.open(f"?item={review.items[1]}")
    review.press("ArrowDown")
    assert review.status.startswith("council of Uppsala ORG undecided not found")
    review.press("p")
    # "of" is linked to the full stop alone: a sign does not stretch the place; the gap of one word is closed.
    assert review.live.startswith("council of Uppsala leads to Rat von Uppsala. Enter accepts")
    assert review.status.startswith("Rat von Uppsala ORG undecided placed by hand")
    review.press("e", "Shift+ArrowLeft", "Enter")
    review.expect_saved()
    assert review.surfaces(review.items[1])[0] == "Der Rat von Uppsala"
    assert review.states(review.items[1])[0] == "accepted"


def test_p_brings_a_rejected_span_back_and_undo_takes_it_away(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, LINKED)
    review.wait_ahead()
    review.press("x", "2", "ArrowLeft", "p")
    assert review.live.startswith("Ada Brandt leads to Ada Brandt.")
    assert review.status.startswith("Ada Brandt PER undecided moved: was Ada")
    review.press("Control+z")
    assert review.status.startswith("Ada PER rejected")
    review.expect_saved()
    assert review.states(review.items[0])[0] == "rejected"


def test_of_two_places_the_more_probable_is_proposed(page: Page, stack: Stack) -> None:
    far = [[6, 0, 0.3], [6, 13, 0.1], [6, 12, 0.5], [8, 9, 0.8], [11, 11, 0.4]]
    review = ReviewPage.make(page, stack, linked(far, SECOND))
    review.press("ArrowRight", "ArrowRight", "p")
    assert review.status.startswith("zog LOC undecided moved: was Bremen")


def test_p_says_when_nothing_leads_on(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, linked([[11, 11, 0.9]], SECOND))
    review.press("p")
    assert review.live == "No link leaves Ada Brandt. A marks its place by hand."
    review.press("ArrowLeft")
    assert review.status.startswith("Uppsala")
    review.press("p")
    assert review.live == "The links lead to the same words."
    assert review.decisions() == 0


def test_p_never_puts_a_span_over_another(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, linked([[8, 11, 0.9]], SECOND))
    review.press("ArrowRight", "ArrowRight", "ArrowRight", "p")
    assert review.live.startswith("It would overlap Uppsala")
    assert review.status.startswith("Nordlys LOC undecided")


def test_a_source_word_without_label_becomes_a_new_span(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, linked([[0, 0, 0.9], [2, 2, 0.9]], SECOND))
    review.press("w", "Period", "Period")
    assert review.live == "met, linked to: traf"
    review.press("p")
    assert page.locator("#review").get_attribute("data-mode") == "pick"
    review.press("1")
    assert review.live == "added traf, LOC"
    review.press("p")
    assert review.live == "It was added by hand and has no source span."
