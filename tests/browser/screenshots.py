"""Pictures of every page, to be looked at: at 1280 and 375 pixels, German, Arabic and Thai.

    python -m tests.browser.screenshots FOLDER [LANGUAGE-THEME ...]

Starts the real application with the demo project, lets the worker project it, reviews a little, and writes one PNG a
page, width, language and theme (`en-light`, `en-dark` and `ar-light` unless others are given, such as `es-contrast`).
Says which pages scroll sideways or wrote errors to the console.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.pages import PAGES, choose, open_page, prepare, wait_for_jobs
from tests.stack import Stack

WIDTHS = (1280, 375)
VARIANTS = ("en-light", "en-dark", "ar-light")


def shoot(browser: Browser, stack: Stack, folder: Path, places: Mapping[str, str], *, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 860 if width > 400 else 740})
    page = context.new_page()
    page.goto(stack.url("account/login/"))
    page.screenshot(path=folder / f"login-{width}.png", full_page=True)
    page.goto(stack.login_url("admin"))
    for name in PAGES:
        faults: list[str] = []
        page.on(
            "console", lambda message, faults=faults: faults.append(message.text) if message.type == "error" else None
        )
        open_page(page, stack, name, places)
        page.wait_for_load_state("networkidle")
        n_too_wide = page.evaluate("document.documentElement.scrollWidth") - width
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=not name.startswith("review"))
        context.set_offline(False)
        note = f"  {n_too_wide} px too wide" if n_too_wide > 0 else ""
        sys.stdout.write(f"{name}-{width}{note}{'  ' + faults[0] if faults else ''}\n")
    # So that the review screen gives back its place; the next context is another tab of the same person.
    page.goto("about:blank")
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
            places = prepare(browser.new_page(), stack)
            for variant in sys.argv[2:] or VARIANTS:
                language, theme = variant.split("-")
                choose(stack, language=language, theme=theme)
                (folder / variant).mkdir(exist_ok=True)
                for width in WIDTHS:
                    shoot(browser, stack, folder / variant, places, width=width)
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
