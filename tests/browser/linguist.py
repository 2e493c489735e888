"""Drives the application as people do: a manager with mouse and forms, a linguist with the keyboard only."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as TimedOut

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
        self.page.get_by_label("Name", exact=True).fill(name)
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

    def project_labels(self, *, tgt_lang: str, engine: str = "") -> None:
        """Start a projection run with an engine (the default one where none is named) and watch it to its end."""
        self.open(f"runs/new/?engine={engine}" if engine else "runs/new/")
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
        # Keys by what they were for, in the words of the key budget.
        self.keys_for: Counter[str] = Counter()
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
        spans = {reference(span): span for span in item["spans"]}
        if missing or not plan:
            self._rebuild(item, spans, plan, missing)
        elif all(self._needs_only_enter(item, span, plan[ref]) for ref, span in spans.items()):
            self._accept_all(list(spans.values()))
        else:
            self._walk(item, spans, plan)
        self._wait_for_another(item)
        return str(item["external_id"])

    def _needs_only_enter(self, item: dict[str, Any], span: dict[str, Any], right: Gold | None) -> bool:
        if right is None:
            return not span["intervals"]
        return self._is_right(item, span, right)

    def _accept_all(self, spans: list[dict[str, Any]]) -> None:
        """Take what was found with one key, and confirm of each that was not found that it is not there."""
        n_placed = sum(bool(span["intervals"]) for span in spans)
        if n_placed:
            self.press("Shift+Enter")
        self.press("Enter", times=len(spans) - n_placed)

    def _walk(self, item: dict[str, Any], spans: dict[str, dict[str, Any]], plan: dict[str, Gold | None]) -> None:
        """Decide on span after span as the cursor comes to them."""
        for _ in spans:
            ref = str(self.root.get_attribute("data-cursor"))
            right = plan[ref]
            if right is None and spans[ref]["intervals"]:
                self.press("x", what="reject")
                self.press("1", what="reject")
                continue
            if right is not None and not self._choose(item, spans[ref], right):
                self._set_right(item, spans[ref], right)
            self.press("Enter")

    def _rebuild(
        self,
        item: dict[str, Any],
        spans: dict[str, dict[str, Any]],
        plan: dict[str, Gold | None],
        missing: list[Gold],
    ) -> None:
        """Set right an item in which labels are missing, or that has none."""
        wrong = [ref for ref, right in plan.items() if right is None and spans[ref]["intervals"]]
        self._reject(wrong)
        if missing and plan and len(wrong) == len(plan):
            # With its last span rejected, the item was left: go back to it.
            self.press("PageUp")
        # Boundaries first: where a wrong span lies over the place of a missing one, nothing can be added.
        for ref, right in plan.items():
            if right:
                self._set_right(item, spans[ref], right)
        for right in missing:
            self._add(item, right)
        if not plan:
            self.press("Enter")
        elif len(wrong) < len(plan):
            self._accept_all([span for ref, span in spans.items() if ref not in wrong])

    def wait_until_saved(self) -> None:
        """Wait until the screen says that the server has everything."""
        expect(self.page.locator("[data-part=sync]")).to_have_attribute("data-state", "saved", timeout=120_000)

    def press(self, key: str, *, times: int = 1, what: str = "accept") -> None:
        """Press a key so often; `what` it is for, in the words of the key budget."""
        for _ in range(times):
            self.page.keyboard.press(key)
        self.n_keys += times
        self.keys_for[what] += times

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
            self.press("ArrowRight", what="go")
        raise AssertionError(f"the cursor does not come to {ref}")

    def _reject(self, refs: list[str]) -> None:
        for ref in refs:
            self._go_to(ref)
            self.press("x", what="reject")
            self.press("1", what="reject")

    def _add(self, item: dict[str, Any], right: Gold) -> None:
        first, last = self._token_range(item, right)
        self.press("a", what="add")
        for key in self._way(item, -1, first):
            self.press(key, what="add")
        self.press("Space", what="add")
        for key in self._way(item, first, last):
            self.press(key, what="add")
        self.press("Space", what="add")
        self.press(self._key_of(right.label), what="add")

    def _way(self, item: dict[str, Any], begin: int, end: int) -> list[str]:
        """The fewest keys from one word to another while marking; `begin` is -1 where it is not known."""
        segment = item["target"]
        words = [segment["text"][start:stop] for start, stop in segment["tokens"]]
        ways = [["Home", *["ArrowRight"] * end], ["End", *["ArrowLeft"] * (len(words) - 1 - end)]]
        if begin >= 0:
            ways.append(["ArrowRight"] * (end - begin))
        elif re.fullmatch("[a-zA-Z]", words[end][0]):
            letter = words[end][0].lower()
            hits = [at for at, word in enumerate(words) if plain(word).startswith(letter) and 0 < at <= end]
            ways.append(["Home", *[letter] * len(hits)])
        return min(ways, key=len)

    def _choose(self, item: dict[str, Any], span: dict[str, Any], right: Gold) -> bool:
        """Show the right one of the machine's other proposals, where that takes no more keys than moving the edges."""
        placed = [each for each in span["others"] if each["intervals"]]
        others = [each for each in placed if each["label"] != span["label"] or each["intervals"] != span["intervals"]]
        at = next((n for n, each in enumerate(others) if self._is_right(item, each, right)), -1)
        if at < 0 or at + 1 > self._cost(item, span, right):
            return False
        self.press("v", times=at + 1, what="boundary")
        return True

    def _cost(self, item: dict[str, Any], span: dict[str, Any], right: Gold) -> int:
        """Keys of `_set_right`."""
        (first, last), (now_first, now_last) = (self._token_range(item, each) for each in (right, self._placed(span)))
        n_first = abs(first - now_first) + 2 if first != now_first else 0
        return n_first + abs(last - now_last) + (self.labels[span["label"]]["name"] != right.label)

    def _set_right(self, item: dict[str, Any], span: dict[str, Any], right: Gold) -> None:
        if self._is_right(item, span, right):
            return
        first, last = self._token_range(item, right)
        now_first, now_last = self._token_range(item, self._placed(span))
        self._go_to(reference(span))
        self._nudge(last - now_last)
        if first != now_first:
            self.press("e", what="boundary")
            self._nudge(first - now_first)
            self.press("e", what="boundary")
        if self.labels[span["label"]]["name"] != right.label:
            self.press(self._key_of(right.label), what="relabel")

    def _is_right(self, item: dict[str, Any], span: dict[str, Any], right: Gold) -> bool:
        placed = self._placed(span)
        return placed.label == right.label and self._token_range(item, placed) == self._token_range(item, right)

    def _placed(self, span: dict[str, Any]) -> Gold:
        return Gold(span["intervals"][0][0], span["intervals"][-1][1], str(self.labels[span["label"]]["name"]))

    def _nudge(self, n_tokens: int) -> None:
        self.press("Shift+ArrowRight" if n_tokens > 0 else "Shift+ArrowLeft", times=abs(n_tokens), what="boundary")

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
        try:
            self.page.wait_for_function(LEFT, arg=str(item["id"]))
        except TimedOut as err:
            said = self.page.locator("[data-part=live]").text_content()
            raise AssertionError(f"item {item['external_id']} is not left; the screen says {said!r}") from err

    def _has_left(self, item: dict[str, Any]) -> bool:
        return bool(self.page.evaluate(LEFT, str(item["id"])))


def plain(text: str) -> str:
    """Without accents and case, as letters typed while marking are compared."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)).lower()


def reference(span: dict[str, Any]) -> str:
    """How the screen names a span: by its source span, or by its own id where a person added it."""
    return f"s{span['source_span']}" if span["source_span"] is not None else str(span["annotation"])
