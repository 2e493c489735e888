"""Every page in every theme and language: axe-core finds no fault, and the Tab key reaches every control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import miss
from tests.browser.pages import PAGES, choose, open_page, prepare, wait_for_jobs
from tests.conftest import ROOT
from tests.stack import Stack

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LANGUAGES = ["en", "es", "ar"]
# Swagger's own page, made by others; its frame of ours is looked at.
FOREIGN = {"api": ["#swagger-ui"]}
RUN = """async ({tags, rules, exclude}) => {
  const runOnly = rules ? {type: "rule", values: rules} : {type: "tag", values: tags};
  const {violations} = await axe.run({exclude}, {runOnly, resultTypes: ["violations"]});
  const words = (id, {target, failureSummary}) => `${id} ${target}: ${failureSummary}`;
  return violations.flatMap(({id, nodes}) => nodes.map((node) => words(id, node)));
}"""
# What the Tab key should reach: one of a group of radio buttons is enough.
CONTROLS = """() => {
  const kinds = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const isMeant = (each) => !each.disabled && each.tabIndex >= 0 && each.checkVisibility({visibilityProperty: true});
  const group = (each) => [...document.querySelectorAll(`input[type=radio][name="${each.name}"]`)];
  const isReached = (each) => each === (group(each).find((one) => one.checked) ?? group(each)[0]);
  return [...document.querySelectorAll(kinds)]
    .filter((each) => isMeant(each) && (each.type !== "radio" || isReached(each)))
    .map((each, index) => { each.dataset.control = index; return index; });
}"""
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(at);
  const rect = at.getBoundingClientRect();
  const hasOutline = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  return {
    control: at.dataset.control ?? null,
    isSeen: hasOutline || boxShadow !== "none" || Boolean(at.closest("#swagger-ui")),
    isOnScreen: rect.bottom > 0 && rect.top < innerHeight,
    name: at.outerHTML.slice(0, 120),
  };
}"""
NAMES = """ids => ids.map((id) => document.querySelector(`[data-control='${id}']`)?.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def demo() -> Iterator[Stack]:
    """The demo project in the middle of its life; pages do not depend on the kind of database."""
    running = Stack("sqlite")
    running.login_url("admin")
    running.manage("load_demo", "--user", "admin")
    wait_for_jobs(running)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def opened(browser: Browser, demo: Stack) -> Iterator[tuple[Page, dict[str, str]]]:
    """A page of the person who looks, and where everything is."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    page = context.new_page()
    yield page, prepare(page, demo)
    context.close()


@pytest.fixture(scope="module")
def axe() -> str:
    found = sorted((ROOT / "var" / "axe").glob("axe-*.min.js"))
    if not found:
        miss("no axe-core in var/axe (run: make axe)")
    return found[-1].read_text(encoding="utf-8")


def show_theme(page: Page, theme: str) -> None:
    """As the server writes it for a person who has chosen this theme."""
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)


def check(page: Page, axe: str, name: str, *, rules: list[str] | None = None) -> list[str]:
    # Playwright's own world is not under the policy of the page.
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    given: dict[str, Any] = {"tags": TAGS, "rules": rules, "exclude": FOREIGN.get(name, [])}
    return list(page.evaluate(RUN, given))


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_no_fault(opened: tuple[Page, dict[str, str]], demo: Stack, axe: str, language: str) -> None:
    page, places = opened
    choose(demo, language=language, theme="light")
    faults = []
    for name in PAGES:
        open_page(page, demo, name, places)
        assert page.evaluate("document.documentElement.lang") == language
        faults += [f"{name}, {language}: {each}" for each in check(page, axe, name)]
        # Colours are the same in every language.
        for theme in ("dark", "contrast") if language == "en" else ():
            show_theme(page, theme)
            faults += [f"{name}, {theme}: {each}" for each in check(page, axe, name, rules=["color-contrast"])]
        page.context.set_offline(False)
    assert not faults, "\n".join(faults)


def test_tab_reaches_every_control_and_shows_where_it_is(opened: tuple[Page, dict[str, str]], demo: Stack) -> None:
    page, places = opened
    choose(demo, language="en", theme="light")
    faults = []
    for name in PAGES:
        if name == "review-offline":
            continue
        open_page(page, demo, name, places)
        faults += [f"{name}: {each}" for each in walk(page)]
    assert not faults, "\n".join(faults)


def walk(page: Page) -> list[str]:
    """What is wrong on the way of the Tab key through a page."""
    wanted = {str(each) for each in page.evaluate(CONTROLS)}
    if page.locator("dialog[open]").count():
        # A dialog keeps the focus to itself.
        inside = page.locator("dialog[open] [data-control]")
        wanted = set(inside.evaluate_all("all => all.map((each) => each.dataset.control)"))
    faults, reached = [], set[str]()
    page.evaluate("document.activeElement?.blur?.()")
    for _ in range(2 * len(wanted) + 60):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None or at["control"] in reached:
            if reached >= wanted:
                break
            continue
        if at["control"] is not None:
            reached.add(at["control"])
        if not at["isSeen"]:
            faults.append(f"no sign of the focus on {at['name']}")
        if not at["isOnScreen"]:
            faults.append(f"out of sight with the focus: {at['name']}")
    missed = wanted - reached
    # What the page drew anew meanwhile was replaced by others of its kind.
    return faults + [f"not reached: {each}" for each in page.evaluate(NAMES, sorted(missed)) if each]
