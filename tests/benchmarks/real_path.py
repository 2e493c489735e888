"""The main job on real data through the pages: import, projection by a worker, review by keyboard, export, measure.

    python -m tests.benchmarks.real_path [--backend sqlite|postgres] [--n-items 30]

Needs the evaluation data (CROSSGLOSS_DATA, or ../shared/data) and Chromium. A scripted linguist who knows the gold
labels reviews the first items of the queue. Prints strict span F1 of the projection before the review, and of the
reviewed part before and after it, with the keys that were pressed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from projection.formats.conll import read_conll
from tests.browser.conftest import FLAGS
from tests.browser.linguist import Gold, Linguist, Manager, Upload
from tests.conftest import ROOT
from tests.stack import Stack

DUMP = """
from annotator.models import Candidate, Item
from annotator.queries.items import with_texts
items = with_texts(Item.objects.filter(project_id=given)).order_by("position")
best = {}
shown = Candidate.objects.filter(run__project_id=given, run__is_active=True, rank=0, unprojected_reason="")
for row in shown.select_related("label"):
    best.setdefault(row.item_id, []).append([row.start_char, row.end_char, row.label.name])
result = [
    {
        "id": item.external_id,
        "text": target.text,
        "tokens": target.tokens,
        "spans": sorted(best.get(item.pk, [])),
    }
    for item in items
    for target in item.segments.all()
    if target.side == "target"
]
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One real set: its files and the language into which labels go."""

    name: str
    files: Upload
    gold: Path
    tgt_lang: str


def cases(data: Path) -> list[Case]:
    pud, europarl = data / "ner-uner-pud", data / "ner-europarl"
    german, spanish = pud / "de_pud-ud-test.iob2", europarl / "es-europarl.test.conll02"
    return [
        Case(
            "UNER PUD en-de",
            Upload(pud / "en_pud-ud-test.iob2", german, pud / "pud_ids.tsv", ("en", "de")),
            german,
            "de",
        ),
        Case("Europarl en-es", Upload(europarl / "en-europarl.test.conll02", spanish), spanish, "es"),
    ]


def write_conll(path: Path, items: list[dict[str, Any]]) -> Path:
    """Items with their best candidates, as tags of whole tokens."""
    with path.open("w", encoding="utf-8") as file:
        for item in items:
            file.write(f"# sent_id = {item['id']}\n")
            for start, end in item["tokens"]:
                file.write(f"{item['text'][start:end]}\t{tag_of(start, end, item['spans'])}\n")
            file.write("\n")
    return path


def tag_of(start: int, end: int, spans: list[list[Any]]) -> str:
    for span_start, span_end, label in spans:
        if start < span_end and end > span_start:
            return f"{'B' if start <= span_start else 'I'}-{label}"
    return "O"


def strict_f1(gold: Path, predicted: Path) -> float:
    command = [sys.executable, "-m", "projection", "measure", "spans", "--join", "text", "--json"]
    command += ["--gold", str(gold), "--predicted", str(predicted)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["strict"]["f1"])


def gold_by_id(path: Path, items: list[dict[str, Any]]) -> dict[str, list[Gold]]:
    by_text = {
        sentence.text: [
            Gold(sentence.tokens[span.start_token].start_char, sentence.tokens[span.end_token - 1].end_char, span.label)
            for span in sentence.spans
        ]
        for sentence in read_conll(path.read_bytes()).rows
    }
    return {item["id"]: by_text[item["text"]] for item in items}


def run(case: Case, page: Page, stack: Stack, *, n_items: int, folder: Path) -> dict[str, Any]:
    manager = Manager(page, stack)
    manager.log_in()
    project_id = manager.create_project(case.name, tgt_langs=[case.tgt_lang])
    began = time.monotonic()
    manager.upload(case.files, tgt_lang=case.tgt_lang)
    n_imported = manager.confirm_import()
    imported = time.monotonic()
    manager.project_labels(tgt_lang=case.tgt_lang)
    projected = time.monotonic()
    items = stack.python(DUMP, project_id)
    linguist = Linguist(page, stack, project_id=project_id, gold=gold_by_id(case.gold, items))
    reviewed = linguist.review(tgt_lang=case.tgt_lang, n_items=n_items)
    linguist.wait_until_saved()
    before = write_conll(folder / "before.conll", items)
    before_part = write_conll(folder / "part.conll", [item for item in items if item["id"] in reviewed])
    after = manager.export(format_name="conll", tgt_lang=case.tgt_lang, path=folder / "after.conll")
    return {
        "case": case.name,
        "backend": stack.backend,
        "items": n_imported,
        "import_s": round(imported - began, 1),
        "projection_s": round(projected - imported, 1),
        "f1_projection": round(strict_f1(case.gold, before), 2),
        "reviewed": len(reviewed),
        "keys": linguist.n_keys,
        "f1_reviewed_before": round(strict_f1(case.gold, before_part), 2),
        "f1_reviewed_after": round(strict_f1(case.gold, after), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--n-items", type=int, default=30)
    options = parser.parse_args()
    data = Path(os.environ.get("CROSSGLOSS_DATA") or ROOT.parent / "shared" / "data")
    stack = Stack(options.backend)
    try:
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
            path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            for case in cases(data):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                print(json.dumps(run(case, page, stack, n_items=options.n_items, folder=Path(folder))), flush=True)
                page.close()
    finally:
        stack.stop()


if __name__ == "__main__":
    main()
