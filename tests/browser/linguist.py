"""Drives the application as people do: a manager with mouse and forms, a linguist with the keyboard only."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.stack import Stack

JOB_TIMEOUT_MS = 120_000
# Whether the screen shows another item than this one, or the end of the queue.
LEFT = """id => new URL(location).searchParams.get("item") !== id
  || document.querySelector("#review").classList.contains("is-at-end")"""


@dataclass(frozen=True, slots=True)
class Upload:
    """The files of an import and how they belong together."""

    source: Path
    target: Path
    table: Path | None = None
    columns: tuple[str, str] = ("", "")


class Manager:
    """Sets up a project and runs the machines, through the pages."""

    def __init__(self, page: Page, stack: Stack, *, username: str = "manager") -> None:
        self.page = page
        self.stack = stack
        self.username = username
        self.project_id = 0

    def log_in(self) -> None:
        """Open the one-time link."""
        self.page.goto(self.stack.login_url(self.username))
        expect(self.page.get_by_role("heading", name="Projects")).to_be_visible()

    def open(self, path: str = "") -> None:
        """Open a page of the project."""
        self.page.goto(self.stack.url(f"projects/{self.project_id}/{path}"))

    def create_project(self, name: str, *, tgt_langs: Sequence[str]) -> int:
        """Make a project; returns its id."""
        self.page.goto(self.stack.url("projects/new/"))
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Target languages").fill(", ".join(tgt_langs))
        self.page.get_by_role("button", name="Make the project").click()
        expect(self.page.get_by_role("heading", name="Import sentences")).to_be_visible()
        self.project_id = int(urlsplit(self.page.url).path.split("/")[2])
        return self.project_id

    def upload(self, files: Upload, *, tgt_lang: str) -> None:
        """Give the files of an import and wait for the preview."""
        self.open("imports/new/")
        page = self.page
        page.locator("[name=tgt_lang]").select_option(tgt_lang)
        page.locator("[name=source_file]").set_input_files(files.source)
        page.locator("[name=target_file]").set_input_files(files.target)
        if files.table:
            for details in page.locator("details:not([open]) > summary").all():
                details.click()
            page.locator("[name=table_file]").set_input_files(files.table)
            page.locator("[name=table_src_column]").fill(files.columns[0])
            page.locator("[name=table_tgt_column]").fill(files.columns[1])
        page.locator("form.import-form button.button-primary").click()
        expect(page.get_by_role("heading", name="Your choice", exact=True)).to_be_visible(timeout=JOB_TIMEOUT_MS)

    def confirm_import(self) -> int:
        """Import what the preview shows and wait for the end; returns the number of items."""
        keep = self.page.locator("[name=bad_rows][value=keep]")
        if keep.count():
            keep.check()
        self.page.locator("#confirm-form button.button-primary").click()
        expect(self.page.locator("#result-heading")).to_be_visible(timeout=JOB_TIMEOUT_MS)
        return int(self.page.locator(".stat", has_text="items").locator("dd").first.inner_text())

    def project_labels(self, *, tgt_lang: str) -> None:
        """Start a projection run with the default engine and watch it to its end."""
        self.open("runs/new/")
        self.page.locator("[name=tgt_lang]").select_option(tgt_lang)
        self.page.get_by_role("button", name="Start the run").click()
        expect(self.page.get_by_role("link", name="Review them")).to_be_visible(timeout=JOB_TIMEOUT_MS)

    def export(self, *, format_name: str, tgt_lang: str, path: Path) -> Path:
        """Export the reviewed items and fetch the file."""
        self.open("exports/")
        self.page.locator(f"[name=format][value={format_name}]").check()
        self.page.locator("[name=tgt_lang]").select_option(tgt_lang)
        self.page.get_by_role("button", name="Export", exact=True).click()
        link = self.page.get_by_role("link", name="Download")
        expect(link).to_be_visible(timeout=JOB_TIMEOUT_MS)
        with self.page.expect_download() as download:
            link.click()
        download.value.save_as(path)
        return path


@dataclass(frozen=True, slots=True, order=True)
class Gold:
    """What a label should be: its place in the target text, in code points, and its name."""

    start_char: int
    end_char: int
    label: str


class Linguist:
    """Reviews with the keyboard only, knowing the gold labels of each item by its id."""

    def __init__(self, page: Page, stack: Stack, *, project_id: int, gold: dict[str, list[Gold]]) -> None:
        self.page = page
        self.stack = stack
        self.base = f"projects/{project_id}/review/"
        self.gold = gold
        self.n_keys = 0
        self.root = page.locator("#review")

    def review(self, *, tgt_lang: str, n_items: int) -> list[str]:
        """Review the next items of the queue; returns their ids in the order in which they came."""
        self.page.goto(self.stack.url(f"{self.base}?lang={tgt_lang}"))
        expect(self.root).to_have_attribute("data-ready", "yes")
        self.labels = {label["id"]: label for layer in self._config()["layers"] for label in layer["labels"]}
        return [self.review_item() for _ in range(n_items)]

    def review_item(self) -> str:
        """Set the item on the screen right and go on to the next one."""
        item = self._read_item()
        wanted = set(self.gold[item["external_id"]])
        plan = self._match(item, wanted)
        missing = sorted(wanted - {right for right in plan.values() if right})
        self._reject([ref for ref, right in plan.items() if right is None])
        if missing and plan and not any(plan.values()):
            # With its last span rejected, the item was left: go back to it.
            self.press("PageUp")
        spans = {reference(span): span for span in item["spans"]}
        kept = [(ref, right) for ref, right in plan.items() if right]
        # Boundaries first: where a wrong span lies over the place of a missing one, nothing can be added.
        for ref, right in kept:
            self._set_right(item, spans[ref], right)
        for right in missing:
            self._add(item, right)
        for ref, _ in kept:
            self._go_to(ref)
            self.press("Enter")
        if not plan:
            self.press("Enter")
        self._wait_for_another(item)
        return str(item["external_id"])

    def wait_until_saved(self) -> None:
        """Wait until the screen says that the server has everything."""
        expect(self.page.locator("[data-part=sync]")).to_have_attribute("data-state", "saved", timeout=30_000)

    def press(self, key: str, *, times: int = 1) -> None:
        """Press a key so often."""
        for _ in range(times):
            self.page.keyboard.press(key)
        self.n_keys += times

    def _config(self) -> dict[str, Any]:
        return dict(json.loads(self.root.get_attribute("data-config") or "{}")["scheme"])

    def _item_id(self) -> str:
        return parse_qs(urlsplit(self.page.url).query)["item"][0]

    def _read_item(self) -> dict[str, Any]:
        """The item on the screen as the server has it, before anything was decided on it."""
        answer = self.page.request.get(self.stack.url(f"{self.base}items/{self._item_id()}/"))
        found = re.search(r'data-item="([^"]*)"', answer.text())
        if not answer.ok or not found:
            raise AssertionError(f"no item at {answer.url}: {answer.status}")
        item = dict(json.loads(html.unescape(found[1])))
        item["target"] = next(segment for segment in item["segments"] if segment["side"] == "target")
        return item

    def _match(self, item: dict[str, Any], wanted: set[Gold]) -> dict[str, Gold | None]:
        """What each target span should become, by its reference; None where it should go."""
        free = set(wanted)
        plan: dict[str, Gold | None] = {}
        # The best fits choose first, so that a half right span does not take the place of a right one.
        pairs = [(self._fit(span, right), reference(span), right) for span in item["spans"] for right in wanted]
        for fit, ref, right in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
            if fit > 0 and ref not in plan and right in free:
                plan[ref] = right
                free.discard(right)
        return {reference(span): plan.get(reference(span)) for span in item["spans"]}

    def _fit(self, span: dict[str, Any], right: Gold) -> float:
        if not span["intervals"]:
            return 0.0
        start, end = span["intervals"][0][0], span["intervals"][-1][1]
        n_shared = min(end, right.end_char) - max(start, right.start_char)
        is_same_label = self.labels[span["label"]]["name"] == right.label
        return n_shared / (max(end, right.end_char) - min(start, right.start_char)) + 0.01 * is_same_label

    def _go_to(self, ref: str) -> None:
        for _ in range(50):
            if self.root.get_attribute("data-cursor") == ref:
                return
            self.press("ArrowRight")
        raise AssertionError(f"the cursor does not come to {ref}")

    def _reject(self, refs: list[str]) -> None:
        for ref in refs:
            self._go_to(ref)
            self.press("x")
            self.press("1")

    def _add(self, item: dict[str, Any], right: Gold) -> None:
        first, last = self._token_range(item, right)
        self.press("a")
        self.press("ArrowLeft", times=len(item["target"]["tokens"]))
        self.press("ArrowRight", times=first)
        self.press("Space")
        self.press("ArrowRight", times=last - first)
        self.press("Space")
        self.press(self._key_of(right.label))

    def _set_right(self, item: dict[str, Any], span: dict[str, Any], right: Gold) -> None:
        first, last = self._token_range(item, right)
        now_first, now_last = self._token_range(
            item, Gold(span["intervals"][0][0], span["intervals"][-1][1], right.label)
        )
        is_right = (first, last) == (now_first, now_last) and self.labels[span["label"]]["name"] == right.label
        if is_right:
            return
        self._go_to(reference(span))
        self._nudge(last - now_last)
        if first != now_first:
            self.press("e")
            self._nudge(first - now_first)
            self.press("e")
        if self.labels[span["label"]]["name"] != right.label:
            self.press(self._key_of(right.label))

    def _nudge(self, n_tokens: int) -> None:
        self.press("Shift+ArrowRight" if n_tokens > 0 else "Shift+ArrowLeft", times=abs(n_tokens))

    def _key_of(self, label: str) -> str:
        return next(str(each["key"]) for each in self.labels.values() if each["name"] == label)

    def _token_range(self, item: dict[str, Any], right: Gold) -> tuple[int, int]:
        """First and last token of a place."""
        tokens = item["target"]["tokens"]
        inside = [at for at, (start, end) in enumerate(tokens) if start < right.end_char and end > right.start_char]
        return inside[0], inside[-1]

    def _wait_for_another(self, item: dict[str, Any]) -> None:
        """Leave the item where it did not leave by itself, and wait until the next one is there."""
        for _ in range(3):
            if self._has_left(item):
                return
            self.press("Enter")
        self.page.wait_for_function(LEFT, arg=str(item["id"]))

    def _has_left(self, item: dict[str, Any]) -> bool:
        return bool(self.page.evaluate(LEFT, str(item["id"])))


def reference(span: dict[str, Any]) -> str:
    """How the screen names a span: by its source span, or by its own id where a person added it."""
    return f"s{span['source_span']}" if span["source_span"] is not None else str(span["annotation"])
