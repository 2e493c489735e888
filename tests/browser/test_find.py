"""Finding in the browser: choices in place, the address, many items at once, review of what was found."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import GERMAN, PROPOSALS, SEED
from tests.stack import Stack

pytestmark = pytest.mark.browser


@pytest.fixture
def project(stack: Stack, page: Page) -> int:
    """A project of six items, with its curator logged in."""
    made = stack.python(SEED, {**GERMAN, "proposals": PROPOSALS, "n": 6, "role": "curator"})
    page.goto(made["link"])
    return int(made["project"])


def find(page: Page, stack: Stack, project: int, query: str = "") -> None:
    page.goto(stack.url(f"projects/{project}/items/{query}"))


def params(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_choices_narrow_down_in_place_and_the_way_back_works(page: Page, stack: Stack, project: int) -> None:
    find(page, stack, project)
    count = page.locator(".find-count")
    expect(count).to_have_text("6 items")
    page.evaluate("window.isSamePage = true")
    page.locator(".part-label .choice", has_text="LOC").click()
    expect(count).to_have_text("3 items")
    assert params(page) == {"label": ["LOC"]}
    page.locator("#find-text").fill("Nordlys")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(2)
    assert params(page)["text"] == ["Nordlys"]
    # Nothing was loaded anew; going back shows what was found before.
    assert page.evaluate("window.isSamePage")
    page.go_back()
    expect(page.locator(".chip")).to_have_count(1)
    page.locator(".chip").click()
    expect(count).to_have_text("6 items")


def test_the_same_address_shows_the_same_items_without_scripts(stack: Stack, page: Page, project: int) -> None:
    context = page.context.browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    find(plain, stack, project, "?label=ORG&score_max=0.5")
    expect(plain.locator(".find-count")).to_have_text("3 items")
    plain.locator(".chip", has_text="ORG").click()
    assert params(plain) == {"score_max": ["0.5"]}
    context.close()


def test_what_was_found_is_reviewed(page: Page, stack: Stack, project: int) -> None:
    find(page, stack, project, "?score_max=0.5")
    page.get_by_role("link", name="Review these").click()
    expect(page.locator("#review")).to_have_attribute("data-ready", "yes")
    expect(page.locator(".review-narrowed")).to_contain_text("0 to 0.5")
    for _ in range(3):
        expect(page.locator(".pair .text").first).to_contain_text("The council of Uppsala")
        item = params(page)["item"]
        page.keyboard.press("Shift+Enter")
        page.wait_for_function(
            """id => new URL(location).searchParams.get("item") !== id
            || document.querySelector("#review").classList.contains("is-at-end")""",
            arg=item[0],
        )
    expect(page.locator("#review")).to_have_class(re.compile("is-at-end"))


def test_many_items_are_accepted_after_a_preview_and_undone(page: Page, stack: Stack, project: int) -> None:
    find(page, stack, project, "?label=LOC")
    page.get_by_role("link", name="Accept all…").click()
    expect(page.get_by_role("heading", name="3 items")).to_be_visible()
    expect(page.locator("mark").first).to_be_visible()
    page.get_by_role("button", name="Accept all proposals").click()
    expect(page.locator(".stat", has_text="decisions").locator("dd")).to_have_text("6")
    page.get_by_role("button", name="Undo it for 3 items").click()
    expect(page.locator(".stat", has_text="items undone").locator("dd")).to_have_text("3")


def test_the_parts_are_folded_on_a_phone(page: Page, stack: Stack, project: int) -> None:
    page.set_viewport_size({"width": 375, "height": 740})
    find(page, stack, project)
    expect(page.locator(".part-label .choice").first).to_be_hidden()
    page.locator(".find-parts summary").click()
    expect(page.locator(".part-label .choice").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
