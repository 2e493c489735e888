"""Adjudication with the keyboard: taking sides, reasons, undo, and going on to the review screen."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.differing import DIFFER
from tests.browser.review_page import GERMAN, PROPOSALS, SEED
from tests.stack import Stack

pytestmark = pytest.mark.browser

GOLD = """
from annotator.models import Item
rows = Item.objects.get(pk=given).gold_review.annotations.filter(state="accepted").order_by("start_char")
result = [[row.surface, row.label.name] for row in rows]
"""


@dataclass
class Court:
    """A project with two items on which two reviewers differ, and its curator in a browser."""

    page: Page
    stack: Stack
    project: int
    items: list[int]

    def open(self, n: int = 0) -> None:
        self.page.goto(self.stack.url(f"projects/{self.project}/adjudication/items/{self.items[n]}/"))

    def gold(self, n: int) -> list[list[str]]:
        return list(self.stack.python(GOLD, self.items[n]))


@pytest.fixture
def court(stack: Stack, page: Page) -> Court:
    made = stack.python(SEED, {**GERMAN, "proposals": PROPOSALS, "n": 2, "role": "curator"})
    items = stack.python(DIFFER, made)
    page.goto(made["link"])
    return Court(page, stack, made["project"], items)


@pytest.mark.both_backends
def test_an_item_is_settled_by_one_key_a_label_and_undone(court: Court) -> None:
    page = court.page
    court.open()
    units = page.locator("[data-unit]")
    expect(units).to_have_count(5)
    expect(units.nth(0)).to_contain_text("only ada")
    expect(units.nth(1)).to_contain_text("PER against ORG")
    expect(page.locator(".badge", has_text="all agree")).to_have_count(3)
    page.keyboard.press("1")
    page.keyboard.press("r")
    page.keyboard.type("the firm is meant")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    # The next one follows.
    expect(page.locator("h1")).to_have_text("h2")
    assert court.gold(0)[:2] == [["Ada Brandt", "PER"], ["Tomas Vale", "ORG"]]
    page.goto(court.stack.url(f"projects/{court.project}/adjudication/gaps/"))
    expect(page.locator("tbody tr")).to_contain_text("the firm is meant")
    court.open(1)
    page.keyboard.press("Control+z")
    expect(page.locator("h1")).to_have_text("h1")
    expect(page.locator(".unit input:checked")).to_have_count(3)


def test_the_whole_item_by_one_key_and_then_the_review_screen(court: Court) -> None:
    page = court.page
    court.open()
    page.keyboard.press("Shift+M")
    expect(page.locator(".unit input:checked")).to_have_count(5)
    page.keyboard.press("e")
    expect(page.locator("#review")).to_have_attribute("data-ready", "yes")
    # A decided item is walked by arrows; another label is one key.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.locator(".tray button", has_text="ORG").first.click()
    expect(page.locator("[data-part=sync]")).to_have_attribute("data-state", "saved", timeout=30_000)
    assert sorted(label for _, label in court.gold(0)) == ["LOC", "LOC", "ORG", "ORG", "PER"]


def test_it_works_without_scripts(court: Court) -> None:
    browser = court.page.context.browser
    context = browser.new_context(java_script_enabled=False, storage_state=court.page.context.storage_state())
    plain = context.new_page()
    plain.goto(court.stack.url(f"projects/{court.project}/adjudication/"))
    plain.get_by_role("link", name="Settle the first one").click()
    units = plain.locator("[data-unit]")
    units.nth(0).locator("input[value='2']").check()
    units.nth(1).locator("input[value='1']").check()
    plain.get_by_role("button", name="Settle", exact=False).first.click()
    expect(plain.locator("h1")).to_have_text("h2")
    context.close()
    assert court.gold(0)[0] == ["Tomas Vale", "PER"]
