"""Pictures of every page, to be looked at: at 1280 and 375 pixels, German, Arabic and Thai.

    python -m tests.browser.screenshots FOLDER

Starts the real application with the demo project, lets the worker project it, reviews a little, and writes one PNG a
page and width. Says which pages scroll sideways or wrote errors to the console.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS
from tests.stack import Stack

WIDTHS = (1280, 375)
UNFINISHED = "from annotator.models import Job\nresult = Job.objects.unfinished().count()"
BROKEN_SOURCE = "Ada\tB-PER\nBrandt\tI-PER\ncame\tO\n\nShe\tO\nleft\tX-LOC\n\nUppsala\tI-LOC\n"
BROKEN_TARGET = "Ada Brandt kam .\n\nUppsala .\n"


def wait_for_jobs(stack: Stack) -> None:
    end = time.monotonic() + 120
    while stack.python(UNFINISHED):
        if time.monotonic() > end:
            raise TimeoutError("the worker does not come to an end")
        time.sleep(0.5)


def prepare(page: Page, stack: Stack) -> None:
    """A project in the middle of its life: decisions, a second run, an export, an import with problems."""
    page.goto(stack.login_url("admin"))
    page.goto(stack.url("projects/1/review/?lang=de"))
    page.wait_for_selector("#review[data-ready=yes]")
    for key in ("Enter", "Enter", "Enter", "Shift+ArrowRight", "Enter", "x", "2", "Shift+Enter", "Shift+Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("[data-part=sync][data-state=saved]")
    page.goto(stack.url("projects/1/runs/new/?engine=similarity"))
    page.get_by_role("button", name="Start the run").click()
    page.goto(stack.url("projects/1/exports/"))
    page.locator("[name=tgt_lang]").select_option("de")
    page.get_by_role("button", name="Export", exact=True).click()
    page.goto(stack.url("projects/1/imports/new/"))
    page.locator("[name=tgt_lang]").select_option("de")
    page.locator("[name=source_text]").fill(BROKEN_SOURCE)
    page.locator("[name=target_text]").fill(BROKEN_TARGET)
    page.locator("form.import-form button.button-primary").click()
    page.wait_for_load_state()
    wait_for_jobs(stack)


def press(*keys: str) -> Callable[[Page], None]:
    """Keys on the review screen, once it is ready."""

    def act(page: Page) -> None:
        page.wait_for_selector("#review[data-ready=yes]")
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(150)

    return act


def go_offline(page: Page) -> None:
    page.wait_for_selector("#review[data-ready=yes]")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)


PAGES: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "projects": ("", None),
    "project-new": ("projects/new/", None),
    "account": ("account/", None),
    "api": ("api/docs/", lambda page: page.wait_for_timeout(1500)),
    "not-found": ("nowhere/", None),
    "project": ("projects/1/", None),
    "settings": ("projects/1/settings/", None),
    "labels": ("projects/1/labels/", None),
    "label": ("projects/1/labels/1/", None),
    "members": ("projects/1/members/", None),
    "events": ("projects/1/events/", None),
    "items-ar": ("projects/1/items/?lang=ar", None),
    "items-th": ("projects/1/items/?lang=th", None),
    "imports": ("projects/1/imports/", None),
    "import-new": ("projects/1/imports/new/", None),
    "import-done": ("projects/1/imports/1/", None),
    "import-problems": ("projects/1/imports/4/", None),
    "runs": ("projects/1/runs/", None),
    "run-new": ("projects/1/runs/new/", None),
    "run": ("projects/1/runs/1/", None),
    "run-compare": ("projects/1/runs/compare/?first=1&second=4", None),
    "job": ("projects/1/jobs/1/", None),
    "exports": ("projects/1/exports/", None),
    "export": ("projects/1/exports/1/", None),
    "review-de": ("projects/1/review/?lang=de", press()),
    "review-ar": ("projects/1/review/?lang=ar", press("l")),
    "review-th": ("projects/1/review/?lang=th", press("l")),
    "review-file-order": ("projects/1/review/?lang=de&order=file", press("l")),
    "review-reject": ("projects/1/review/?lang=de", press("x")),
    "review-add": ("projects/1/review/?lang=ar", press("a", "Space", "ArrowLeft")),
    "review-keys": ("projects/1/review/?lang=de", press("?")),
    "review-done": ("projects/1/review/?lang=de&state=done", press()),
    "review-offline": ("projects/1/review/?lang=de", go_offline),
}


def shoot(browser: Browser, stack: Stack, folder: Path, *, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 860 if width > 400 else 740})
    page = context.new_page()
    page.goto(stack.url("account/login/"))
    page.screenshot(path=folder / f"login-{width}.png", full_page=True)
    page.goto(stack.login_url("admin"))
    for name, (path, act) in PAGES.items():
        faults: list[str] = []
        page.on(
            "console", lambda message, faults=faults: faults.append(message.text) if message.type == "error" else None
        )
        page.goto(stack.url(path))
        page.wait_for_load_state("networkidle")
        if act:
            act(page)
        n_too_wide = page.evaluate("document.documentElement.scrollWidth") - width
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=not name.startswith("review"))
        context.set_offline(False)
        note = f"  {n_too_wide} px too wide" if n_too_wide > 0 else ""
        sys.stdout.write(f"{name}-{width}{note}{'  ' + faults[0] if faults else ''}\n")
    context.close()


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    stack = Stack("sqlite")
    try:
        stack.login_url("admin")
        stack.manage("load_demo", "--user", "admin")
        wait_for_jobs(stack)
        with sync_playwright() as playwright:
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            prepare(browser.new_page(), stack)
            for width in WIDTHS:
                shoot(browser, stack, folder, width=width)
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
