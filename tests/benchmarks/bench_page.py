"""What the review screen weighs, and when its text is there, from a cold start of the browser's page.

    python -m tests.benchmarks.bench_page [ROUNDS]

Starts the application with the demo project. Each round opens the review screen in a browser context of its own, with
nothing cached, and reads the browser's own clocks: first paint with text, screen ready for keys, bytes sent.
"""

from __future__ import annotations

import os
import statistics
import sys

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.pages import choose, wait_for_jobs
from tests.stack import Stack

PATH = "projects/1/review/?lang=de"
MEASURED = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const painted = performance.getEntriesByName("first-contentful-paint")[0];
  const isCounted = ({name, entryType}) => entryType === "navigation" || /\\.(js|css)$/.test(new URL(name).pathname);
  return {
    painted: painted.startTime,
    answered: all[0].responseStart,
    bytes: all.filter(isCounted).reduce((sum, each) => sum + each.encodedBodySize, 0),
    files: all.filter(isCounted).length,
  };
}"""


def measure(browser: Browser, stack: Stack) -> dict[str, float]:
    """One cold start; milliseconds since the navigation began."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(stack.login_url("admin"))
    # A new process for the page would be warm code; a new context has at least an empty cache.
    page.goto(stack.url(PATH))
    page.wait_for_selector("#review[data-ready=yes]")
    ready = page.evaluate("performance.now()")
    found: dict[str, float] = page.evaluate(MEASURED)
    context.close()
    return {**found, "ready": ready}


def main() -> None:
    n_rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    stack = Stack("sqlite")
    try:
        stack.login_url("admin")
        stack.manage("load_demo", "--user", "admin")
        wait_for_jobs(stack)
        with sync_playwright() as playwright:
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            for language in ("en", "ar"):
                choose(stack, language=language, theme="light")
                measure(browser, stack)
                rounds = [measure(browser, stack) for _ in range(n_rounds)]
                medians = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
                sys.stdout.write(
                    f"{language}: answered {medians['answered']:.0f} ms, text painted {medians['painted']:.0f} ms, "
                    f"ready {medians['ready']:.0f} ms; {medians['bytes']:.0f} bytes in {medians['files']:.0f} files\n"
                )
            browser.close()
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
