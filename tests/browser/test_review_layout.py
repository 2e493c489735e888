"""Rules 1, 7 and 18: the grid, adding spans, and scripts that run from right to left or without blanks."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import ARABIC, GERMAN, THAI, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser


def boxes(page: Page) -> tuple[dict[str, float], dict[str, float]]:
    found = [page.locator(f".cell-{side} .text").bounding_box() for side in ("source", "target")]
    assert None not in found
    return found[0], found[1]  # type: ignore[return-value]


def test_both_sides_stand_in_one_row_and_may_be_swapped(page: Page, stack: Stack) -> None:
    ReviewPage.make(page, stack)
    source, target = boxes(page)
    assert abs(source["y"] - target["y"]) < 2
    assert source["x"] < target["x"]
    expect(page.locator(".cell-head")).to_have_text(["English", "German"])
    page.get_by_text("View", exact=True).click()
    page.get_by_label("Translation first").check()
    source, target = boxes(page)
    assert source["x"] > target["x"]


@pytest.mark.parametrize("texts", [GERMAN, ARABIC, THAI], ids=["de", "ar", "th"])
def test_a_window_of_320_pixels_needs_no_sideways_scrolling(page: Page, stack: Stack, texts: dict) -> None:
    review = ReviewPage.make(page, stack, texts)
    # 1280 pixels at 400 % zoom are 320 pixels of layout.
    page.set_viewport_size({"width": 320, "height": 560})
    source, target = boxes(page)
    assert source["y"] + source["height"] <= target["y"]
    assert review.has_no_sideways_scroll()
    review.press("x")
    assert review.has_no_sideways_scroll()
    review.press("Escape")
    page.get_by_role("button", name="Accept", exact=True).click()
    assert review.live.startswith("accepted")


def test_on_a_phone_every_reason_and_the_current_label_are_in_sight(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.set_viewport_size({"width": 375, "height": 740})
    review.press("x")
    for button in review.part("tray").locator("button").all():
        expect(button).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Back").click()
    page.set_viewport_size({"width": 220, "height": 740})
    review.press("1", "3", "x", "Escape")
    pressed = review.part("tray").locator("[aria-pressed=true]")
    expect(pressed).to_have_text("3PER")
    expect(pressed).to_be_in_viewport(ratio=1)


def test_text_size_is_remembered_for_each_side(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    size = "getComputedStyle(document.querySelector('.cell-target .text')).fontSize"
    before = float(page.evaluate(size).removesuffix("px"))
    page.get_by_text("View", exact=True).click()
    with page.expect_response("**/review/preferences/"):
        page.locator("[name=target_percent]").fill("200")
    page.reload()
    review.wait_ready()
    assert float(page.evaluate(size).removesuffix("px")) == pytest.approx(2 * before)
    assert page.evaluate("getComputedStyle(document.querySelector('.cell-source .text')).fontSize") == f"{before:g}px"


@pytest.mark.parametrize(("texts", "lang", "direction"), [(ARABIC, "ar", "rtl"), (THAI, "th", "ltr")], ids=["ar", "th"])
def test_text_stays_one_node_with_language_and_direction(
    page: Page, stack: Stack, texts: dict, lang: str, direction: str
) -> None:
    ReviewPage.make(page, stack, texts)
    text = page.locator(".cell-target .text")
    assert (text.get_attribute("lang"), text.get_attribute("dir")) == (lang, direction)
    assert text.evaluate("node => [node.childNodes.length, node.firstChild.nodeType]") == [1, 3]
    assert text.text_content() == texts["sentences"][0][1]
    spacing = "node => parseFloat(getComputedStyle(node).lineHeight) / parseFloat(getComputedStyle(node).fontSize)"
    assert text.evaluate(spacing) >= 1.8
    assert page.locator(".cell-target .tag").count() == 3


def test_in_arabic_the_left_arrow_goes_forward(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, ARABIC)
    assert review.status.startswith("ليلى PER")
    review.press("Shift+ArrowLeft")
    assert review.live == "end moved, now ليلى حداد"
    review.press("ArrowLeft")
    assert review.status.startswith("الإسكندرية LOC")
    review.press("ArrowRight", "Control+Shift+ArrowRight", "Enter")
    review.expect_saved()
    assert review.surfaces(review.items[0])[0] == "ليلى حدا"


def test_the_mark_lies_on_the_arabic_word(page: Page, stack: Stack) -> None:
    ReviewPage.make(page, stack, ARABIC)
    # The first of the three words stands at the right, one word from the edge of the text.
    mark = page.locator(".cell-target .box.current").bounding_box()
    text = page.locator(".cell-target .text").bounding_box()
    assert mark
    assert text
    assert mark["x"] > text["x"] + text["width"] / 2
    assert mark["x"] + mark["width"] < text["x"] + text["width"] - 10


def test_thai_moves_by_words_of_its_dictionary_and_by_whole_clusters(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, THAI)
    review.press("ArrowLeft")
    assert review.status.startswith("สุเทพ LOC")
    review.press("e", "Shift+ArrowLeft")
    assert review.live == "start moved, now ดอยสุเทพ"
    review.press("Control+Shift+ArrowLeft")
    assert review.live == "start moved, now ้ดอยสุเทพ" or review.live.startswith("start moved, now ล้")
    review.press("Control+Shift+ArrowRight", "Enter")
    review.expect_saved()
    assert review.surfaces(review.items[0])[2] == "ดอยสุเทพ"


# ----------------------------------------------------------------------------------------------------------- adding


def test_a_span_is_added_by_keyboard(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    # From the word after the current span: Brandt, traf.
    review.press("a", "Space", "ArrowRight", "Space", "3")
    assert review.live == "added Brandt traf, PER"
    review.expect_saved()
    added = review.on_server(review.items[0])["spans"][-1]
    assert (added["state"], added["source_span"]) == ("accepted", None)
    assert review.surfaces(review.items[0])[-1] == "Brandt traf"
    review.press("Control+z")
    review.expect_saved()
    assert len(review.on_server(review.items[0])["spans"]) == 5


def test_on_a_phone_what_was_marked_is_not_covered_by_its_choices(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.set_viewport_size({"width": 375, "height": 600})
    review.press("ArrowLeft", "a", "Space", "Space")
    mark, controls = (page.locator(each).bounding_box() for each in (".box.mark", ".controls"))
    assert mark
    assert controls
    assert mark["y"] >= 0
    assert mark["y"] + mark["height"] <= controls["y"]
    expect(review.part("tray").locator("button").first).to_be_in_viewport(ratio=1)


def test_each_button_of_marking_acts_once(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("a")
    page.get_by_role("button", name="Space starts here").click()
    assert review.words("hint") == "Space sets the last word"
    page.get_by_role("button", name="Space ends here").click()
    review.press("3")
    assert review.live == "added Brandt, PER"


def test_escape_leaves_adding_without_a_trace(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.press("a", "Space", "ArrowRight", "Escape")
    expect(page.locator(".box.mark")).to_have_count(0)
    assert review.decisions() == 0
    assert review.status.startswith("Ada PER undecided")


def test_a_span_that_was_not_found_is_given_a_place(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    review.open(f"?item={review.items[1]}")
    review.press("ArrowDown", "a")
    page.keyboard.press("ArrowRight")
    review.press("Space", "Space")
    assert "Enter accepts" in review.live
    review.press("Enter")
    review.expect_saved()
    assert review.states(review.items[1])[0] == "accepted"


SPOT = """word => {
    const node = document.querySelector(".cell-target .text").firstChild;
    const range = document.createRange();
    range.setStart(node, node.data.indexOf(word));
    range.setEnd(node, node.data.indexOf(word) + word.length);
    const {x, y, width, height} = range.getBoundingClientRect();
    return [x, y + height / 2, width];
}"""


def drag_over(page: Page, word: str) -> None:
    """Draw the mouse over a word of the translation; the ends of the word are missed by a little."""
    x, y, width = page.evaluate(SPOT, word)
    page.mouse.move(x + 4, y)
    page.mouse.down()
    page.mouse.move(x + width - 4, y, steps=4)
    page.mouse.up()
    expect(page.locator("#review")).to_have_attribute("data-mode", "pick")


@pytest.mark.parametrize("texts", [GERMAN, ARABIC], ids=["de", "ar"])
def test_outline_and_edge_end_where_the_words_end(page: Page, stack: Stack, texts: dict) -> None:
    ReviewPage.make(page, stack, texts).press("ArrowRight" if texts is GERMAN else "ArrowLeft")
    word = page.locator("[data-part=status] bdi").inner_text()
    x, _, width = page.evaluate(SPOT, word)
    outline = page.evaluate("getComputedStyle(document.querySelector('.cell-target .box.current'), '::after').width")
    assert float(outline.removesuffix("px")) == pytest.approx(width, abs=0.5)
    for edge in ("end", "start"):
        drawn = page.locator(".edge").bounding_box()
        assert drawn
        assert drawn["x"] >= x - 0.5, edge
        assert drawn["x"] + drawn["width"] <= x + width + 0.5, edge
        is_right = (edge == "end") == (texts is GERMAN)
        assert drawn["x"] == pytest.approx(x + width - drawn["width"] if is_right else x, abs=0.5)
        page.keyboard.press("e")


def test_a_span_is_added_by_dragging_over_words(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    drag_over(page, "bevor")
    review.press("1")
    assert review.live == "added bevor, LOC"
    x, y, _ = page.evaluate(SPOT, "Bremen")
    page.mouse.click(x + 5, y)
    expect(review.part("status")).to_contain_text("Bremen")


def test_a_wrong_span_is_put_where_the_mouse_was_drawn(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    drag_over(page, "bevor")
    chips = review.part("tray").locator("button")
    expect(chips.last).to_have_text("EscBack")
    assert review.words("tray").startswith("Enter put Ada Brandt PER here or a new span: 1 LOC")
    assert review.words("hint") == "Enter puts Ada Brandt PER here"
    assert review.words("accept") == "Put here"
    chips.first.click()
    assert review.live == "bevor is marked. Enter accepts."
    review.press("Enter")
    review.expect_saved()
    spans = review.on_server(review.items[0])["spans"]
    assert len(spans) == 5
    assert (spans[0]["state"], review.surfaces(review.items[0])[0]) == ("accepted", "bevor")
