"""Items of every project template, from small sets of our own and from the evaluation data, reviewed by keyboard."""

from __future__ import annotations

import base64
import gzip
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotator.services.project_templates import TEMPLATES
from tests.browser.kind_page import KindPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

LOGIN = """
from django.urls import reverse
from django.conf import settings
from sesame.utils import get_query_string
from annotator.models import User
from tests.annotator import factories
from tests.annotator.factories import make_member
import itertools, secrets
factories._numbers = itertools.count(secrets.randbelow(10**12))

def hand_over(project):
    reviewer = make_member(project, "reviewer", username="r" + secrets.token_hex(6))
    link = settings.SITE_URL + reverse("account-link") + get_query_string(reviewer)
    items = [item.pk for item in project.items.order_by("position")]
    return {"project": project.pk, "items": items, "link": link, "reviewer": reviewer.username}
"""
SMALL = LOGIN + "from tests.annotator.small_sets import make_kind\nresult = hand_over(make_kind(given).project)"
IMPORT = """
import base64, secrets
from django.core.files.base import ContentFile
from annotator.models import User
from annotator.services.imports import ImportChoice, ImportSpec, Upload, confirm_import, start_import
from annotator.services.projects import create_project

actor = User.objects.create_user("m" + secrets.token_hex(6))
project = create_project(
    actor=actor, name=given["name"], src_lang="en", tgt_langs=(given["lang"],), template=given["template"]
)
files = [Upload(role, name, ContentFile(base64.b64decode(data), name)) for role, name, data in given["files"]]
record = start_import(project=project, actor=actor, tgt_lang=given["lang"], files=files, spec=ImportSpec())
confirm_import(import_record=record, actor=actor, choice=ImportChoice(bad_rows="keep", surplus=True))
result = {"project": project.pk, "manager": actor.username}
"""
PROJECT_LABELS = """
import secrets
from annotator.models import Project, User
from annotator.services.runs import start_run
project = Project.objects.get(pk=given["project"])
actor = User.objects.get(username=given["manager"])
start_run(
    project=project, actor=actor, tgt_lang=given["lang"], engine="hmm", settings={}, token=secrets.token_hex(8),
    is_activated_at_end=True,
)
result = project.items.count()
"""
HAND_OVER = LOGIN + "from annotator.models import Project\nresult = hand_over(Project.objects.get(pk=given))"
UNFINISHED = "from annotator.models import Job\nresult = Job.objects.unfinished().filter(project=given).count()"
MOST_KEYS = 400


class Finisher:
    """Accepts what was found, confirms what was not, and rejects what stands in the way; by keyboard only."""

    def __init__(self, review: KindPage) -> None:
        self.review = review
        self.n_keys = 0

    def press(self, *keys: str) -> None:
        self.review.press(*keys)
        self.n_keys += len(keys)

    def finish(self) -> None:
        """Review until nothing is left; Enter may be pressed wherever something can be accepted or confirmed."""
        end = self.review.page.locator("#review.is-at-end")
        while not end.count():
            if self.n_keys > MOST_KEYS:
                raise AssertionError(f"no end after {self.n_keys} keys: {self.review.status}")
            if self.review.words("accept") == "Next item":
                # Nothing is left here, and the server is asked for more.
                self.review.page.wait_for_timeout(50)
                continue
            self.press("Shift+Enter")
            self.settle()
        self.review.expect_end()

    def settle(self) -> None:
        """What Shift and Enter leaves: the current span is settled by a key or two."""
        if not self.review.live.endswith("left to you."):
            return
        before = self.review.status
        self.press("Enter")
        if self.review.status == before:
            # It clashes with what is accepted.
            self.press("x", "7")


def open_review(page: Page, stack: Stack, made: dict) -> KindPage:
    page.goto(made["link"])
    review = KindPage(page, stack, made["project"], made["items"], made["reviewer"])
    review.open()
    review.wait_ahead()
    return review


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_small_set_of_each_template_is_accepted_with_one_key_an_item(
    page: Page, stack: Stack, template: str
) -> None:
    review = open_review(page, stack, stack.python(SMALL, template))
    finisher = Finisher(review)
    finisher.finish()
    spans = [span for n in range(len(review.items)) for span in review.kinds(n)]
    assert spans
    n_missing = sum(state == "rejected" for _, state, _ in spans)
    assert {state for _, state, _ in spans} <= {"accepted", "rejected"}
    assert finisher.n_keys <= len(review.items) + n_missing
    # One step back, and the end again.
    review.press("Control+z")
    expect(page.locator("#review.is-at-end")).to_have_count(0)
    Finisher(review).finish()
    assert [span for n in range(len(review.items)) for span in review.kinds(n)] == spans


# ---------------------------------------------------------------------------------------------------------- real items


def read(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def blocks(text: str, n: int) -> bytes:
    """The first sentences of a file that parts them by blank lines."""
    found = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return ("\n\n".join(found[:n]) + "\n").encode()


def lines(text: str, n: int) -> bytes:
    """A header and the first rows."""
    return ("\n".join(text.splitlines()[: n + 1]) + "\n").encode()


def questions(text: str, n: int) -> bytes:
    """The first questions of the first paragraph."""
    article = json.loads(text)["data"][0]
    paragraph = article["paragraphs"][0]
    kept = {**article, "paragraphs": [{**paragraph, "qas": paragraph["qas"][:n]}]}
    return json.dumps({"version": "1.1", "data": [kept]}).encode()


@dataclass(frozen=True)
class RealSet:
    """Two parallel files of the evaluation data."""

    template: str
    folder: str
    source: str
    target: str
    lang: str
    cut: Callable[[str, int], bytes]
    kinds: frozenset[str]


SETS = (
    RealSet(
        "ner",
        "ner-uner-pud",
        "en_pud-ud-test.iob2",
        "de_pud-ud-test.iob2",
        "de",
        blocks,
        frozenset({"span"}),
    ),
    RealSet(
        "opinion-targets",
        "ote-absa",
        "en.absa.test.tsv",
        "es.manual.test.tsv",
        "es",
        blocks,
        frozenset({"span"}),
    ),
    RealSet(
        "argument-mining",
        "am-abstrct",
        "en.neoplasm_test.tsv.gz",
        "es.neoplasm_test.manual.tsv.gz",
        "es",
        blocks,
        frozenset({"span"}),
    ),
    RealSet(
        "pos",
        "pos-pud",
        "en_pud-ud-test.conllu.gz",
        "de_pud-ud-test.conllu.gz",
        "de",
        blocks,
        frozenset({"token"}),
    ),
    RealSet("topic", "topic-sib200", "eng_Latn/test.tsv", "deu_Latn/test.tsv", "de", lines, frozenset({"class"})),
    RealSet("qa", "qa-xquad", "xquad.en.json.gz", "xquad.th.json.gz", "th", questions, frozenset({"span"})),
    RealSet(
        "slots",
        "sid-xsid",
        "en.test.conll",
        "de.test.conll",
        "de",
        blocks,
        frozenset({"class", "span"}),
    ),
)
N_ITEMS = {"argument-mining": 12, "ner": 6, "opinion-targets": 8}


def wait_for_jobs(stack: Stack, project: int) -> None:
    end = time.monotonic() + 240
    while stack.python(UNFINISHED, project):
        if time.monotonic() > end:
            raise TimeoutError(f"the worker does not come to an end:\n{stack.log('worker.log')[-2000:]}")
        time.sleep(0.3)


@pytest.mark.data
@pytest.mark.parametrize("given", SETS, ids=[each.template for each in SETS])
def test_real_items_are_imported_projected_and_reviewed(
    page: Page, stack: Stack, data_dir: Path, given: RealSet
) -> None:
    n = N_ITEMS.get(given.template, 3)
    files = []
    for role, name in (("source", given.source), ("target", given.target)):
        cut = given.cut(read(data_dir / given.folder / name), n)
        files.append([role, Path(name).name.removesuffix(".gz"), base64.b64encode(cut).decode()])
    made = stack.python(
        IMPORT, {"name": given.template, "template": given.template, "lang": given.lang, "files": files}
    )
    wait_for_jobs(stack, made["project"])
    assert stack.python(PROJECT_LABELS, {**made, "lang": given.lang}) > 0
    wait_for_jobs(stack, made["project"])
    review = open_review(page, stack, stack.python(HAND_OVER, made["project"]))
    finisher = Finisher(review)
    finisher.finish()
    spans = [span for n in range(len(review.items)) for span in review.kinds(n)]
    assert {kind for kind, _, _ in spans} == given.kinds
    assert {state for _, state, _ in spans} <= {"accepted", "rejected"}
    assert [review.on_server(item)["state"] for item in review.items] == ["done"] * len(review.items)
