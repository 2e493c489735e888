"""The main job through the pages: import, projection by a worker, review with the keyboard, export, measure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.linguist import Gold, Linguist, Manager, Upload
from tests.conftest import ROOT
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.both_backends]

# English and German words with tags. The machine must learn from these few sentences, so names recur.
SOURCE = """\
# sent_id = a
Ada B-PER
Brandt I-PER
opened O
the O
museum O
in O
Bremen B-LOC
. O

# sent_id = b
The O
council O
of O
Bremen B-LOC
thanked O
Ada B-PER
Brandt I-PER
. O

# sent_id = c
It O
rained O
. O

# sent_id = d
The O
firm O
Nordlys B-ORG
left O
Uppsala B-LOC
. O
"""
GOLD = """\
# sent_id = a
Ada B-PER
Brandt I-PER
eröffnete O
in O
Bremen B-LOC
das O
Museum O
. O

# sent_id = b
Der O
Rat O
von O
Bremen B-LOC
dankte O
Ada B-PER
Brandt I-PER
. O

# sent_id = c
Es O
regnete O
. O

# sent_id = d
Die B-ORG
Firma I-ORG
Nordlys I-ORG
verließ O
Schweden B-LOC
. O
"""


def read_gold(text: str) -> dict[str, list[Gold]]:
    """Gold spans by sentence id, read the plain way; tokens are joined by blanks."""
    gold = {}
    for block in text.strip().split("\n\n"):
        head, *rows = block.splitlines()
        spans: list[Gold] = []
        start = 0
        for word, tag in (row.split() for row in rows):
            end = start + len(word)
            if tag.startswith("B-"):
                spans.append(Gold(start, end, tag[2:]))
            elif tag.startswith("I-"):
                spans[-1] = Gold(spans[-1].start_char, end, tag[2:])
            start = end + 1
        gold[head.split()[-1]] = spans
    return gold


def strip_tags(text: str) -> str:
    return "\n".join(line if line.startswith("#") else line.split(" ")[0] for line in text.split("\n"))


def measure(gold: Path, predicted: Path) -> dict[str, dict[str, float]]:
    command = [sys.executable, "-m", "projection", "measure", "spans", "--join", "id", "--json"]
    command += ["--gold", str(gold), "--predicted", str(predicted)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_from_two_files_to_gold(page: Page, stack: Stack, tmp_path: Path) -> None:
    source, target, gold = tmp_path / "en.conll", tmp_path / "de.conll", tmp_path / "gold.conll"
    source.write_text(SOURCE, "utf-8")
    target.write_text(strip_tags(GOLD), "utf-8")
    gold.write_text(GOLD, "utf-8")
    manager = Manager(page, stack)
    manager.log_in()
    project_id = manager.create_project("Small path", tgt_langs=["de"])
    manager.upload(Upload(source, target), tgt_lang="de")
    assert manager.confirm_import() == 4
    manager.project_labels(tgt_lang="de")

    linguist = Linguist(page, stack, project_id=project_id, gold=read_gold(GOLD))
    assert sorted(linguist.review(tgt_lang="de", n_items=4)) == ["a", "b", "c", "d"]
    linguist.wait_until_saved()

    exported = manager.export(format_name="conll", tgt_lang="de", path=tmp_path / "out.conll")
    strict = measure(gold, exported)["strict"]
    assert (strict["precision"], strict["recall"], strict["f1"]) == (100.0, 100.0, 100.0)
    lines = manager.export(format_name="jsonl", tgt_lang="de", path=tmp_path / "out.jsonl").read_text("utf-8")
    assert sorted(json.loads(line)["id"] for line in lines.splitlines()) == ["a", "b", "c", "d"]
