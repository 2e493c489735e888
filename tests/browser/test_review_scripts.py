"""Rule 18: unseen characters, code points, sizes, faces, isolates, and tags above the line."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import ARABIC, GERMAN, THAI, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

ZWNJ, ZWJ, NBSP, SHY = "\u200c", "\u200d", "\u00a0", "\u00ad"
UNSEEN = {
    "lang": "fa",
    "sentences": [["The books of Ada lie here.", f"کتاب{ZWNJ}های آدا{NBSP}این{SHY}جا است ه{ZWJ}."]],
    "spans": [[["PER", "Ada"]]],
    "proposals": [[[f"کتاب{ZWNJ}های", "", 0.9]]],
}


def show_marks(page: Page) -> None:
    page.get_by_text("View", exact=True).click()
    page.get_by_label("Marks of unseen characters").check()


def rows(page: Page) -> list[list[str]]:
    """Sign, number and name of each listed character."""
    lines = page.get_by_role("region", name="Code points").get_by_role("listitem")
    return [[part.inner_text() for part in line.locator("bdi, code, span").all()] for line in lines.all()]


def test_marks_of_unseen_characters_are_shown_when_wanted_and_kept(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, UNSEEN, n=1)
    signs = page.locator(".cell-target .sign")
    expect(signs).to_have_count(0)
    with page.expect_response("**/review/preferences/"):
        show_marks(page)
    expect(signs).to_have_text(["ZWNJ", "NBSP", "SHY", "ZWJ"])
    expect(page.locator(".cell-source .sign")).to_have_count(0)
    # The text itself stays one node, as it was.
    text = page.locator(".cell-target .text")
    assert text.evaluate("element => [element.childNodes.length, element.textContent]") == [
        1,
        UNSEEN["sentences"][0][1],
    ]
    page.reload()
    review.wait_ready()
    expect(signs).to_have_count(4)


def test_code_points_are_listed_with_their_names_and_follow_the_cursor(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, UNSEEN, n=1)
    review.press("u")
    expect(page.get_by_text("ZERO WIDTH NON-JOINER")).to_be_visible()
    assert rows(page)[:2] == [["ک", "U+06A9", "ARABIC LETTER KEHEH"], ["ت", "U+062A", "ARABIC LETTER TEH"]]
    assert rows(page)[4] == ["ZWNJ", "U+200C", "ZERO WIDTH NON-JOINER"]
    assert len(rows(page)) == len(f"کتاب{ZWNJ}های")
    review.press("w")
    expect(page.get_by_text("LATIN CAPITAL LETTER A")).to_be_visible()
    assert [row[0] for row in rows(page)] == ["A", "d", "a"]
    review.press("u")
    expect(page.get_by_role("region", name="Code points")).to_have_count(0)


def test_code_points_are_told_without_a_connection_too(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    page.context.set_offline(True)
    review.press("u")
    assert rows(page) == [["A", "U+0041", ""], ["d", "U+0064", ""], ["a", "U+0061", ""]]
    page.context.set_offline(False)


@pytest.mark.parametrize("texts", [GERMAN, ARABIC, THAI], ids=["de", "ar", "th"])
def test_tags_stand_above_their_line_and_lines_keep_their_distance(
    page: Page, stack: Stack, texts: dict[str, Any]
) -> None:
    ReviewPage.make(page, stack, texts)
    ratio = """element => {
        const style = getComputedStyle(element);
        return parseFloat(style.lineHeight) / parseFloat(style.fontSize);
    }"""
    for side in ("source", "target"):
        assert page.locator(f".cell-{side} .text").evaluate(ratio) >= 1.8
    pairs = page.evaluate("""() => [...document.querySelectorAll(".cell-target .tag")].map(tag => {
        const box = tag.getBoundingClientRect();
        const boxes = [...document.querySelectorAll(".cell-target .box:not(.ghost)")];
        const marks = boxes.map(mark => mark.getBoundingClientRect());
        const under = marks.filter(mark => mark.x < box.right && mark.right > box.x && mark.bottom > box.bottom);
        return [box.bottom, Math.min(...under.map(mark => mark.top))];
    })""")
    assert len(pairs) == 5 if texts is GERMAN else len(pairs) == 3
    for bottom, top in pairs:
        assert bottom <= top + 1


def test_a_side_can_be_made_two_and_a_half_times_as_big_without_sideways_scrolling(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, ARABIC)
    page.get_by_text("View", exact=True).click()
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    before = page.locator(".cell-target .text").evaluate(size)
    for percent in ("80", "250"):
        page.locator("[name=target_percent]").fill(percent)
        assert page.locator(".cell-target .text").evaluate(size) == pytest.approx(before * int(percent) / 100, rel=0.01)
        assert review.has_no_sideways_scroll()


def test_faces_are_chosen_by_script(page: Page, stack: Stack) -> None:
    ReviewPage.make(page, stack, ARABIC)
    face = "element => getComputedStyle(element).fontFamily.split(',')[0].replaceAll('\"', '')"
    assert page.locator(".cell-target .text").evaluate(face) == "Noto Naskh Arabic"
    assert page.locator(".cell-source .text").evaluate(face) == "Source Serif 4"


def test_inserted_words_stand_in_isolates(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack, ARABIC)
    review.press("Period")
    said = page.locator("[data-part=live]").text_content() or ""
    assert said.startswith("\u2068درست\u2069, linked to: \u2068Layla\u2069")
    review.press("Escape", "Enter", "Control+z")
    said = page.locator("[data-part=live]").text_content() or ""
    assert said == "Undone: \u2068ليلى\u2069: accepted PER"
