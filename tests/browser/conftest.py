"""A real browser against the real application, on SQLite with a queue of files and on PostgreSQL with Redis."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.stack import Stack, missing_services

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Two test runs share a machine in CI: what is there at once takes longer then.
expect.set_options(timeout=15_000)


def miss(reason: str) -> NoReturn:
    """Skip with a visible reason; under CI, where everything must be there, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of what is stored run on both backends (mark `both_backends`), tests of the screen alone on SQLite."""
    if "stack" in metafunc.fixturenames:
        is_both = metafunc.definition.get_closest_marker("both_backends")
        backends = ["sqlite", "postgres"] if is_both else ["sqlite"]
        metafunc.parametrize("stack", backends, indirect=True, scope="session")


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The running application, shared by the tests of a backend: let each make its own project."""
    reason = missing_services() if request.param == "postgres" else ""
    if reason:
        miss(reason)
    running = Stack(request.param)
    yield running
    running.stop()


# Not for the whole session: while playwright's loop runs, Django refuses database access in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(path).exists():
        miss(f"no Chromium at {path} (set CHROMIUM)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page 1280 pixels wide with its own cookies; the test fails when a script or the content policy failed on it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    faults: list[str] = []

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", note_console)
    yield opened
    context.close()
    assert not faults
