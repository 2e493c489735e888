"""What reviewing costs: keys, round trips, time to the next paint, and how many people it carries at once.

    python -m tests.benchmarks.bench_review keys    [--backend postgres] [--n-items 200] [--engines hmm similarity]
    python -m tests.benchmarks.bench_review paint   [--backend postgres] [--n-items 100] [--n-project 100000]
    python -m tests.benchmarks.bench_review people  [--backend postgres] [--n-people 8] [--n-items 400] [--by-span]

`keys` needs the evaluation data (CROSSGLOSS_DATA, or ../shared/data): a scripted linguist who knows the gold labels
reviews real items with the keyboard. `paint` measures in the browser, from the key that settles an item to the frame
after the next item is on the screen. `people` lets several reviewers decide at once through the calls that the screen
makes: the whole item in one step, or with --by-span one step a span, as people decide. It also tells the CPU time of
the web server per item, which other work on the machine changes less than the time on the clock; that of
PostgreSQL is not in it.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import re
import tempfile
import threading
import time
import uuid
from collections import Counter
from html import unescape
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Page, Request, expect, sync_playwright

from tests.benchmarks.real_path import DUMP, Case, cases, gold_by_id
from tests.browser.conftest import FLAGS
from tests.browser.linguist import Linguist, Manager
from tests.conftest import ROOT
from tests.stack import Stack

SEED = """
from django.conf import settings
from django.db import connection
from django.urls import reverse
from sesame.utils import get_query_string
from annotator.models import Candidate, Item, RunItem, Segment, SourceSpan
from annotator.services.imports.writing import shuffle_key
from tests.annotator.factories import (
    find_interval, make_items, make_member, make_project, make_run, make_user, word_tokens,
)

SENTENCES = (
    ("Ada Brandt opened the harbour museum in Bremen .", "Ada Brandt eröffnete das Hafenmuseum in Bremen ."),
    ("Tomas Vale sails from Uppsala to Nordlys .", "Tomas Vale segelt von Uppsala nach Nordlys ."),
)
SPANS = ((("PER", "Ada Brandt"), ("LOC", "Bremen")), (("PER", "Tomas Vale"), ("LOC", "Uppsala"), ("ORG", "Nordlys")))
project = make_project(manager=make_user("m" + given["token"]), name="Many items")
first = make_items(project, sentences=SENTENCES, spans=SPANS)
run = make_run(project)
layer = project.layers.get()
labels = {label.name: label for label in layer.labels.all()}
model, CHUNK = first[0], 2000
tokens = {text: word_tokens(text) for pair in SENTENCES for text in pair}
for start in range(2, given["n_items"], CHUNK):
    numbers = range(start, min(start + CHUNK, given["n_items"]))
    items = Item.objects.bulk_create(
        Item(
            project=project, document_id=model.document_id, imported_by_id=model.imported_by_id, external_id=f"x{n}",
            tgt_lang="de", position=n, state="open", confidence=0.5, priority=0.5, shuffle_key=shuffle_key(1, f"x{n}"),
        )
        for n in numbers
    )
    segments = Segment.objects.bulk_create(
        Segment(item=item, side=side, lang=lang, position=at, text=text, tokens=tokens[text])
        for item, n in zip(items, numbers)
        for at, (side, lang, text) in enumerate(zip(("source", "target"), ("en", "de"), SENTENCES[n % 2]))
    )
    by_item = {(row.item_id, row.side): row for row in segments}
    spans = []
    for item, n in zip(items, numbers):
        for at, (label, surface) in enumerate(SPANS[n % 2]):
            a, b = find_interval(SENTENCES[n % 2][0], surface)
            spans.append(SourceSpan(
                item=item, segment=by_item[item.pk, "source"], layer=layer, label=labels[label], key=f"s{at + 1}",
                intervals=[[a, b]], start_char=a, end_char=b, surface=surface, position=at,
            ))
    SourceSpan.objects.bulk_create(spans)
    candidates = []
    for span in spans:
        segment = by_item[span.item_id, "target"]
        a, b = find_interval(segment.text, span.surface)
        candidates.append(Candidate(
            run=run, item_id=span.item_id, source_span=span, rank=0, label=span.label, segment=segment,
            intervals=[[a, b]], start_char=a, end_char=b, surface=span.surface, score=0.5, parts={"links": 0.5},
        ))
    Candidate.objects.bulk_create(candidates)
    RunItem.objects.bulk_create(RunItem(run=run, item=item, state="done", confidence=0.5) for item in items)
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
people = [make_member(project, "reviewer", username=f"r{n}" + given["token"]) for n in range(given["n_people"])]
links = [settings.SITE_URL + reverse("account-link") + get_query_string(person) for person in people]
result = {"project": project.pk, "links": links}
"""

# Notes the time of each key, and of the frame that follows the change of the item on the screen.
WATCH = """() => {
  window.paints = [];
  let pressed = 0;
  addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
  const stage = document.querySelector("[data-part='stage']");
  new MutationObserver(() => {
    if (!pressed) return;
    const since = pressed;
    pressed = 0;
    // A task after the frame callback runs when the frame is on its way to the screen.
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.paints.push(performance.now() - since);
      channel.port2.postMessage(null);
    });
  }).observe(stage, { childList: true });
}"""


def measure_keys(stack: Stack, page: Page, case: Case, *, engine: str, n_items: int) -> dict[str, Any]:
    manager = Manager(page, stack)
    manager.log_in()
    project_id = manager.create_project(f"{case.name} {engine}", tgt_langs=[case.tgt_lang])
    manager.upload(case.files, tgt_lang=case.tgt_lang)
    manager.confirm_import()
    manager.project_labels(tgt_lang=case.tgt_lang, engine=engine)
    items = stack.python(DUMP, project_id)
    gold = gold_by_id(case.gold, items)
    linguist = Linguist(page, stack, project_id=project_id, gold=gold)
    trips: Counter[str] = Counter()

    def note(request: Request) -> None:
        # What the script itself asks for, to know what is right, is no trip of the screen.
        if request.resource_type in ("fetch", "xhr"):
            trips[request.url.rstrip("/").rsplit("/", 1)[-1]] += 1

    page.on("request", note)
    reviewed = linguist.review(tgt_lang=case.tgt_lang, n_items=n_items)
    linguist.wait_until_saved()
    page.remove_listener("request", note)
    proposed = {item["id"]: {tuple(span) for span in item["spans"]} for item in items}
    wanted = {id_: {(span.start_char, span.end_char, span.label) for span in gold[id_]} for id_ in reviewed}
    n_gold = sum(map(len, wanted.values()))
    n_proposed = sum(len(proposed[id_]) for id_ in reviewed)
    n_right = sum(len(wanted[id_] & proposed[id_]) for id_ in reviewed)
    n_trips = sum(trips.values())
    return {
        "case": case.name,
        "engine": engine,
        "items": len(reviewed),
        "candidates": n_proposed,
        "right": round(n_right / n_proposed, 3),
        "gold": n_gold,
        "keys": linguist.n_keys,
        "keys_per_candidate": round(linguist.n_keys / n_proposed, 2),
        "keys_per_item": round(linguist.n_keys / len(reviewed), 2),
        "keys_by_what": dict(linguist.keys_for),
        "trips": dict(trips),
        "trips_per_candidate": round(n_trips / n_proposed, 2),
        "trips_per_item": round(n_trips / len(reviewed), 2),
    }


def measure_paint(stack: Stack, page: Page, *, n_items: int, n_project: int) -> dict[str, Any]:
    made = stack.python(SEED, {"n_items": n_project, "n_people": 1, "token": uuid.uuid4().hex[:8]})
    page.goto(made["links"][0])
    page.goto(stack.url(f"projects/{made['project']}/review/"))
    expect(page.locator("#review[data-ready=yes]")).to_be_attached()
    page.evaluate(WATCH)
    for number in range(1, n_items + 1):
        # Twice the speed of the fastest people.
        page.wait_for_timeout(250)
        page.keyboard.press("Shift+Enter")
        page.wait_for_function("n => window.paints.length >= n", arg=number)
    paints = page.evaluate("window.paints")
    return {
        "items_in_project": n_project,
        "measured": len(paints),
        "median_ms": round(median(paints), 1),
        "p95_ms": round(quantiles(paints, n=20)[-1], 1),
        "max_ms": round(max(paints), 1),
    }


class Caller:
    """One reviewer without a screen, on a connection that stays open."""

    def __init__(self, stack: Stack, *, link: str, project: int, is_by_span: bool = False) -> None:
        self.is_by_span = is_by_span
        self.connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
        self.project = project
        self.cookies: dict[str, str] = {}
        self.faults: list[str] = []
        self.n_done = 0
        self.get(link[link.index("/", 8) :])
        self.get(f"/projects/{project}/review/")

    def get(self, path: str) -> str:
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return dict(json.loads(self._ask("POST", f"/projects/{self.project}/review/{path}", json.dumps(body))))

    def _ask(self, method: str, path: str, body: str | None) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {
            "Cookie": cookies,
            "Content-Type": "application/json",
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
        }
        answer = self._send(method, path, body, headers)
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if answer.status >= 400:
            self.faults.append(f"{answer.status} {path} {text[:200]}")
        return text

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        try:
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()
        except (BrokenPipeError, http.client.RemoteDisconnected, ConnectionResetError):
            # The server ends connections now and then; a browser opens another one, and a step sent twice is done once.
            self.connection.close()
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()

    def review(self, n_items: int) -> None:
        """Accept everything in so many items, claiming five at a time as the screen does."""
        while self.n_done < n_items and not self.faults:
            claimed = self.post("claim/", {"n": 5, "exclude": []}).get("items", [])
            if not claimed:
                return
            for each in claimed:
                self._accept(json.loads(unescape(re.search(r'data-item="([^"]*)"', each["html"])[1])))  # type: ignore[index]

    def _accept(self, item: dict[str, Any]) -> None:
        texts = {segment["id"]: segment["text"] for segment in item["segments"]}
        acts = [
            {
                "kind": "accept",
                "source_span": span["source_span"],
                "label": span["label"],
                "intervals": span["intervals"],
                "surface": " ".join(texts[span["segment"]][start:end] for start, end in span["intervals"]),
            }
            for span in item["spans"]
        ]
        version = item["version"]
        for step_acts in [[act] for act in acts] if self.is_by_span else [acts]:
            step = {"step": str(uuid.uuid4()), "item": item["id"], "acts": step_acts, "seen_version": version}
            answer = self.post("decisions/", step)
            version = answer.get("version", version)
        self.n_done += answer.get("state") == "done"


def cpu_s(session: int) -> float:
    """CPU time of all living processes of a session, in seconds."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            # After the name: state, parent, group, session, ...; user and system time are the 12th and 13th.
            ticks += int(fields[11]) + int(fields[12]) if int(fields[3]) == session else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def measure_people(stack: Stack, *, n_people: int, n_items: int, is_by_span: bool) -> dict[str, Any]:
    given = {"n_items": n_people * n_items + 100, "n_people": n_people, "token": uuid.uuid4().hex[:8]}
    made = stack.python(SEED, given)
    callers = [Caller(stack, link=link, project=made["project"], is_by_span=is_by_span) for link in made["links"]]
    threads = [threading.Thread(target=caller.review, args=(n_items,)) for caller in callers]
    web = stack.web.pid if stack.web else 0
    began, began_cpu_s = time.monotonic(), cpu_s(web)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, busy_s = time.monotonic() - began, cpu_s(web) - began_cpu_s
    n_done = sum(caller.n_done for caller in callers)
    n_stored = stack.python(
        "from annotator.models import Item\nresult = Item.objects.filter(project=given, state='done').count()",
        made["project"],
    )
    return {
        "people": n_people,
        "items": n_done,
        "items_stored": n_stored,
        "seconds": round(seconds, 1),
        "items_per_second": round(n_done / seconds, 1),
        "server_cpu_ms_per_item": round(1000 * busy_s / max(n_done, 1), 1),
        "faults": [fault for caller in callers for fault in caller.faults],
    }


def run(options: argparse.Namespace, stack: Stack, page: Page) -> None:
    if options.what == "keys":
        data = Path(os.environ.get("CROSSGLOSS_DATA") or ROOT.parent / "shared" / "data")
        for case in cases(data):
            for engine in options.engines:
                found = measure_keys(stack, page, case, engine=engine, n_items=options.n_items)
                print(json.dumps(found), flush=True)
    elif options.what == "paint":
        print(json.dumps(measure_paint(stack, page, n_items=options.n_items, n_project=options.n_project)))
    else:
        given = {"n_people": options.n_people, "n_items": options.n_items, "is_by_span": options.by_span}
        print(json.dumps(measure_people(stack, **given)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["keys", "paint", "people"])
    parser.add_argument("--backend", choices=["sqlite", "postgres"], default="postgres")
    parser.add_argument("--n-items", type=int, default=200)
    parser.add_argument("--n-project", type=int, default=100_000)
    parser.add_argument("--n-people", type=int, default=8)
    parser.add_argument("--by-span", action="store_true")
    parser.add_argument("--engines", nargs="+", default=["hmm", "similarity"])
    options = parser.parse_args()
    stack = Stack(options.backend)
    try:
        with sync_playwright() as playwright, tempfile.TemporaryDirectory():
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            run(options, stack, browser.new_page(viewport={"width": 1280, "height": 900}))
            browser.close()
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
