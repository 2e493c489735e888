"""Themes as the browser paints them, and what the review screen weighs."""

from __future__ import annotations

from itertools import combinations

import pytest
from playwright.sync_api import Page, expect

from annotator.services.projects import LABEL_COLORS
from tests.browser.colour import VISION, contrast, distance, seen
from tests.browser.review_page import ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

MAX_BYTES = 100_000
MAX_FIRST_BYTES = 80_000
MIN_APART = 9.0
SCHEMES = [("light", "light"), ("dark", "dark"), ("contrast", "light"), ("contrast", "dark")]
# Colours as bytes, whatever notation the browser computes them in.
PAINTED = """colours => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
  const brush = canvas.getContext("2d", {willReadFrequently: true});
  const bytes = (value) => {
    brush.fillStyle = value;
    brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const probe = document.createElement("span");
  probe.className = "label-ink";
  document.body.append(probe);
  const inks = colours.map((colour) => {
    probe.style.setProperty("--label", colour);
    probe.style.color = "var(--ink)";
    return bytes(getComputedStyle(probe).color);
  });
  probe.style.color = "var(--surface-raised)";
  return {inks, ground: bytes(getComputedStyle(probe).color)};
}"""

# HTML, style sheets and scripts as they were sent, compressed: [name, bytes, whether before the idle loading].
WEIGHED = """() => {
  const idle = performance.getEntriesByName("review-idle")[0].startTime;
  return [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(({initiatorType}) => initiatorType !== "fetch" && initiatorType !== "img")
    .filter(({name}) => !name.endsWith(".svg"))
    .map(({name, encodedBodySize, startTime}) => [new URL(name).pathname, encodedBodySize, startTime < idle]);
}"""


def test_the_distance_is_that_of_the_published_pairs() -> None:
    # Sharma, Wu and Dalal (2005), table 1, pairs 1, 4, 7, 13, 17 and 25.
    pairs = [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ]
    for one, other, wanted in pairs:
        assert distance(one, other) == pytest.approx(wanted, abs=1e-4)


def test_label_colours_are_told_apart_and_read_in_every_theme(page: Page, stack: Stack) -> None:
    page.goto(stack.url("account/login/"))
    hard = ["#ffff00", "#ffffff", "#000000"]
    for theme, scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        painted = page.evaluate(PAINTED, [*LABEL_COLORS, *hard])
        least = 7.0 if theme == "contrast" else 4.5
        for colour, ink in zip([*LABEL_COLORS, *hard], painted["inks"], strict=True):
            assert contrast(tuple(ink), tuple(painted["ground"])) >= least, (theme, scheme, colour, ink)
        if theme == "contrast":
            continue
        palette = painted["inks"][: len(LABEL_COLORS)]
        for vision in VISION:
            inks = {colour: seen(tuple(ink), vision) for colour, ink in zip(LABEL_COLORS, palette, strict=True)}
            for one, other in combinations(inks, 2):
                apart = distance(inks[one], inks[other])
                assert apart >= MIN_APART, (theme, vision, one, other, apart)


def test_the_theme_is_there_before_any_script(page: Page, stack: Stack) -> None:
    page.goto(stack.login_url("in the dark"))
    page.goto(stack.url("account/"))
    page.locator("#account-theme").select_option("dark")
    page.locator("#account-language").select_option("ar")
    page.locator(".interface-form button").click()
    page.route("**/*.js", lambda route: route.abort())
    page.reload()
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    expect(html).to_have_attribute("dir", "rtl")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 25, 26)"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_review_screen_weighs_little(page: Page, stack: Stack, language: str) -> None:
    review = ReviewPage.make(page, stack)
    page.locator(".review-settings summary").click()
    page.locator("#view-language").select_option(language)
    page.locator(".review-settings .interface-form button").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    review.open()
    review.wait_ahead()
    sent: list[tuple[str, int, bool]] = page.evaluate(WEIGHED)
    assert min(size for _, size, _ in sent) > 0
    kinds = {name.rpartition(".")[2] for name, _, _ in sent}
    assert {"js", "css"} <= kinds
    assert any(name.endswith("/review/") for name, _, _ in sent)
    assert any("/ar/" in name for name, _, _ in sent) is (language != "en")
    first = [each for each in sent if each[2]]
    # What opens on demand comes afterwards, and counts in the total.
    assert {name for name, _, _ in sent} > {name for name, _, _ in first}
    for part, most in ((first, MAX_FIRST_BYTES), (sent, MAX_BYTES)):
        heaviest = sorted(part, key=lambda each: -each[1])
        print(language, len(part), "files", sum(size for _, size, _ in part), "bytes", heaviest[:6])
        assert sum(size for _, size, _ in part) <= most, heaviest
