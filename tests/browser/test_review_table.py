"""Rule 19: the item as a table, which suffices to finish it; highlights with roles and names."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.review_page import ARABIC, GERMAN, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser


def table(page: Page) -> Locator:
    return page.locator(".span-table")


def row(page: Page, name: str) -> Locator:
    return table(page).locator("tbody tr").filter(has=page.locator(f"th:has-text('{name}')"))


def cells(page: Page, name: str) -> list[str]:
    """Text, state, score and source of a row, on one line each."""
    found = [
        " ".join(text.replace("\u2068", "").replace("\u2069", "").split())
        for text in row(page, name).locator("th, td").all_inner_texts()
    ]
    return [found[0], *found[2:5]]


def focused_name(page: Page) -> str:
    return str(page.evaluate("document.activeElement.dataset.name ?? document.activeElement.tagName"))


def test_the_table_says_what_the_highlights_show(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    expect(table(page)).to_be_hidden()
    review.press("g")
    assert review.live == "Table of 5 labels"
    heads = table(page).get_by_role("columnheader").all_inner_texts()
    assert heads == ["Text", "Label", "State", "Score", "Source", "Do"]
    assert cells(page, "Nordlys") == ["Nordlys", "undecided", "score 0.50", "Nordlys ORG"]
    assert row(page, "Nordlys").get_by_label("Label").locator("option:checked").inner_text() == "LOC"
    expect(row(page, "Ada")).to_have_attribute("aria-current", "true")
    assert focused_name(page) == "accept"
    review.press("g")
    expect(table(page)).to_be_hidden()
    assert review.live == "The table is closed"


def test_an_item_is_finished_in_the_table_by_keyboard_alone(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.wait_ahead()
    review.press("g")
    # Ada: the end goes on by a word, then accept; the focus goes on with the cursor.
    row(page, "Ada").get_by_role("button", name="End forward").focus()
    review.press("Enter")
    assert review.live == "end moved, now Ada Brandt"
    assert cells(page, "Ada")[0] == "Ada Brandt (moved: was Ada)"
    row(page, "Ada").get_by_role("button", name="Accept").focus()
    review.press("Space")
    assert review.live == "accepted, PER, next: Tomas Vale, PER, 4 left"
    expect(row(page, "Tomas Vale").get_by_role("button", name="Accept")).to_be_focused()
    review.press("Enter", "Enter")
    assert cells(page, "Bremen")[1] == "accepted"
    # Nordlys: another label.
    row(page, "Nordlys").get_by_label("Label", exact=True).select_option(label="ORG")
    row(page, "Nordlys").get_by_role("button", name="Set the label").focus()
    review.press("Enter")
    assert review.live == "LOC is now ORG"
    assert cells(page, "Nordlys")[:2] == ["Nordlys (LOC → ORG)", "undecided"]
    row(page, "Nordlys").get_by_role("button", name="Accept").focus()
    review.press("Enter")
    # Uppsala: rejected for a reason; it was the last, so the next item is there with the focus in its table.
    row(page, "Uppsala").get_by_label("Reason").select_option(label="duplicate")
    row(page, "Uppsala").get_by_role("button", name="Reject").focus()
    review.press("Enter")
    assert review.current_item == review.items[1]
    assert review.live.startswith("rejected, duplicate. Next item: ")
    assert page.evaluate("document.querySelector('.span-table').contains(document.activeElement)")
    review.expect_saved()
    assert review.states(review.items[0]) == ["accepted"] * 4 + ["rejected"]
    assert review.surfaces(review.items[0])[0] == "Ada Brandt"


def test_choosing_in_a_list_decides_nothing_yet(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("g")
    row(page, "Ada").get_by_label("Label", exact=True).select_option(label="ORG")
    row(page, "Ada").get_by_label("Reason").select_option(label="duplicate")
    assert review.decisions() == 0


def test_the_cursor_follows_the_row(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("g")
    row(page, "Nordlys").get_by_role("button", name="Accept").focus()
    assert review.status.startswith("Nordlys LOC")
    expect(row(page, "Nordlys")).to_have_attribute("aria-current", "true")
    expect(row(page, "Ada")).not_to_have_attribute("aria-current", "true")
    row(page, "Bremen").get_by_role("button", name="Accept").click()
    assert cells(page, "Bremen")[1] == "accepted"
    review.press("Control+z")
    assert cells(page, "Bremen")[1] == "undecided"


def test_a_lost_span_gets_its_place_by_links_or_is_confirmed_as_lost(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.open(f"?item={review.items[1]}")
    review.press("g")
    lost = row(page, "not found")
    assert cells(page, "not found")[3] == "council of Uppsala ORG"
    lost.get_by_role("button", name="Place by links").click()
    assert review.status.startswith("Rat von Uppsala ORG undecided")
    review.press("Control+z")
    lost.get_by_role("button", name="Not there").click()
    assert cells(page, "not found")[1] == "rejected: not in the translation"


def test_a_missing_span_is_added_by_its_words(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("g")
    table(page).get_by_text("Add a span").click()
    table(page).get_by_label("First word").select_option(label="3 traf")
    table(page).get_by_label("Last word").select_option(label="3 traf")
    table(page).get_by_label("Label of the new span").select_option(label="ORG")
    table(page).get_by_role("button", name="Add", exact=True).click()
    assert review.live == "added traf, ORG"
    assert cells(page, "traf")[3] == "none"
    table(page).get_by_label("First word").select_option(label="4 Tomas")
    table(page).get_by_label("Last word").select_option(label="5 Vale")
    table(page).get_by_role("button", name="Add", exact=True).click()
    assert review.live.startswith("It would overlap Tomas Vale")


def test_the_table_stays_open_for_the_next_items_and_the_next_day(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    with page.expect_response("**/review/preferences/"):
        review.press("g")
    table(page).get_by_role("button", name="Item after").click()
    expect(row(page, "Ada Brandt")).to_be_visible()
    page.reload()
    review.wait_ready()
    expect(table(page)).to_be_visible()


def test_a_viewer_reads_the_table_and_finds_nothing_to_press(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, role="viewer")
    review.press("g")
    assert cells(page, "Nordlys") == ["Nordlys", "undecided", "score 0.50", "Nordlys ORG"]
    expect(table(page).locator("button, select")).to_have_count(0)


def test_what_has_the_focus_is_never_covered_by_the_controls(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.set_viewport_size({"width": 1280, "height": 500})
    review.press("g")
    last = row(page, "Uppsala").get_by_role("button", name="Accept")
    last.focus()
    covers = "element => { const {x, y} = element.getBoundingClientRect(); "
    covers += "return element.contains(document.elementFromPoint(x + 5, y + 5)); }"
    assert last.evaluate(covers)


@pytest.mark.parametrize("texts", [GERMAN, ARABIC], ids=["de", "ar"])
def test_at_320_pixels_the_rows_stand_under_each_other(page: Page, stack: Stack, texts: dict) -> None:
    review = ReviewPage.make(page, stack, texts)
    page.set_viewport_size({"width": 320, "height": 560})
    review.press("g")
    assert review.has_no_sideways_scroll()
    assert page.evaluate(
        "(() => { const t = document.querySelector('.span-table'); return t.scrollWidth <= t.clientWidth; })()"
    )


def test_each_highlight_is_a_button_with_a_name_and_can_be_pressed(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    group = page.get_by_role("group", name="Labels in the text")
    current = group.get_by_role("button", name="Ada, PER, undecided".replace("Ada", "\u2068Ada\u2069"))
    expect(current).to_have_attribute("aria-current", "true")
    expect(group.get_by_role("button", name="source label")).to_have_count(5)
    group.get_by_role("button", name="\u2068Bremen\u2069, LOC, undecided").dispatch_event("click")
    assert review.status.startswith("Bremen LOC")
    review.press("Enter")
    expect(group.get_by_role("button", name="\u2068Bremen\u2069, LOC, accepted")).to_have_count(1)
    review.open(f"?item={review.items[1]}")
    lost = page.get_by_role("group", name="Not found in the translation").get_by_role("button")
    expect(lost).to_have_accessible_name(re.compile("council of Uppsala.* ORG not found: no links"))
    lost.dispatch_event("click")
    assert review.status.startswith("council of Uppsala")


def test_marking_begun_with_a_button_goes_on_with_keys(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.locator("[data-command=mark]").focus()
    review.press("Enter")
    assert page.locator("#review").get_attribute("data-mode") == "mark"
    review.press("Space", "Space")
    assert page.locator("#review").get_attribute("data-mode") == "pick"
