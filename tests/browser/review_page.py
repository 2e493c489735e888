"""The review screen as a reviewer with a keyboard meets it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import unescape
from typing import Any

from playwright.sync_api import Page, expect

from tests.stack import Stack

SEED = """
from django.urls import reverse
from django.conf import settings
from sesame.utils import get_query_string
from annotator.models import Item, Membership, User
from projection.text import tokenize
from tests.annotator.factories import make_items, make_member, make_project, make_run
from tests.annotator.reviewing import propose
import itertools, secrets
from tests.annotator import factories

# Keys that must differ are counted from one in each process.
factories._numbers = itertools.count(secrets.randbelow(10**12))

def tuples(value):
    return tuple(tuples(each) for each in value) if isinstance(value, list) else value

manager = User.objects.create_user("m" + secrets.token_hex(6))
project = make_project(manager=manager, name="Harbour news", tgt_langs=(given["lang"],))
items = make_items(
    project, sentences=tuples(given["sentences"]), spans=tuples(given["spans"]), tgt_lang=given["lang"], n=given["n"]
)
for item in items:
    for segment in item.segments.all():
        segment.tokens = [list(token) for token in tokenize(segment.text, lang=segment.lang)]
        segment.save()
propose(make_run(project, tgt_lang=given["lang"]), items, given["proposals"], given_links=given.get("links", ()))
for index, item in enumerate(items):
    Item.objects.filter(pk=item.pk).update(priority=(index + 1) / 1000)
reviewer = make_member(project, given["role"], username="r" + secrets.token_hex(6))
link = settings.SITE_URL + reverse("account-link") + get_query_string(reviewer)
result = {"project": project.pk, "items": [item.pk for item in items], "link": link, "reviewer": reviewer.username}
"""

GERMAN = {
    "lang": "de",
    "sentences": [
        [
            "Ada Brandt met Tomas Vale in Bremen before Nordlys moved to Uppsala.",
            "Ada Brandt traf Tomas Vale in Bremen, bevor Nordlys nach Uppsala zog.",
        ],
        ["The council of Uppsala thanked Ada Brandt.", "Der Rat von Uppsala dankte Ada Brandt."],
    ],
    "spans": [
        [["PER", "Ada Brandt"], ["PER", "Tomas Vale"], ["LOC", "Bremen"], ["ORG", "Nordlys"], ["LOC", "Uppsala"]],
        [["ORG", "council of Uppsala"], ["PER", "Ada Brandt"]],
    ],
    "proposals": [
        [["Ada", "", 0.4], ["Tomas Vale", "", 0.9], ["Bremen", "", 0.9], ["Nordlys", "LOC", 0.5], ["Uppsala", "", 0.8]],
        [["", "", 0.0], ["Ada Brandt", "", 0.9]],
    ],
}
# What machines found in its two kinds of items, which take turns.
PROPOSALS = [
    [["Ada Brandt", "", 0.9], ["Tomas Vale", "", 0.9], ["Bremen", "", 0.9], ["Nordlys", "", 0.8], ["Uppsala", "", 0.9]],
    [["Rat von Uppsala", "", 0.4], ["Ada Brandt", "", 0.9]],
]
ARABIC = {
    "lang": "ar",
    "sentences": [
        [
            "Layla Haddad studied in Alexandria before she founded the Nile Centre.",
            "درست ليلى حداد في الإسكندرية قبل أن تؤسس مركز النيل.",
        ]
    ],
    "spans": [[["PER", "Layla Haddad"], ["LOC", "Alexandria"], ["ORG", "Nile Centre"]]],
    "proposals": [[["ليلى", "", 0.4], ["الإسكندرية", "", 0.9], ["مركز النيل", "", 0.8]]],
}
THAI = {
    "lang": "th",
    "sentences": [["Somchai lives in Chiang Mai near Doi Suthep.", "สมชายอาศัยอยู่ในเชียงใหม่ใกล้ดอยสุเทพ"]],
    "spans": [[["PER", "Somchai"], ["LOC", "Chiang Mai"], ["LOC", "Doi Suthep"]]],
    "proposals": [[["สมชาย", "", 0.9], ["เชียงใหม่", "", 0.8], ["สุเทพ", "", 0.3]]],
}


ISOLATES = dict.fromkeys((0x2066, 0x2067, 0x2068, 0x2069))


def plain(text: str) -> str:
    """Text on one line, without the marks that isolate inserted texts."""
    return " ".join(text.translate(ISOLATES).split())


@dataclass
class ReviewPage:
    """A reviewer's browser on a project of its own."""

    page: Page
    stack: Stack
    project: int
    items: list[int]
    reviewer: str

    @classmethod
    def make(
        cls, page: Page, stack: Stack, texts: dict[str, Any] = GERMAN, *, n: int = 4, role: str = "reviewer"
    ) -> ReviewPage:
        made = stack.python(SEED, {**texts, "n": n, "role": role})
        page.goto(made["link"])
        opened = cls(page, stack, made["project"], made["items"], made["reviewer"])
        opened.open()
        opened.wait_ahead()
        return opened

    def open(self, query: str = "") -> None:
        self.page.goto(self.stack.url(f"projects/{self.project}/review/{query}"))
        self.wait_ready()

    def wait_ready(self) -> None:
        expect(self.page.locator("#review[data-ready=yes][data-cursor]")).to_be_attached()

    def wait_ahead(self) -> None:
        """Until the next items, and what opens on demand, are here."""
        expect(self.page.locator("#review[data-ready=yes][data-files]")).to_be_attached()

    def part(self, name: str):
        return self.page.locator(f"[data-part='{name}']")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def words(self, name: str) -> str:
        """Text of a part on one line, without the marks that isolate inserted texts."""
        part = self.part(name)
        text = part.inner_text() if name != "live" else part.text_content() or ""
        return plain(text)

    @property
    def status(self) -> str:
        return self.words("status")

    @property
    def live(self) -> str:
        return self.words("live")

    @property
    def history(self) -> list[str]:
        rows = self.part("history").locator("li").all_inner_texts()
        return [plain(row) for row in rows]

    @property
    def current_item(self) -> int:
        return int(self.page.evaluate("new URL(location.href).searchParams.get('item')"))

    def expect_sync(self, words: str, *, within_s: float = 15) -> None:
        expect(self.part("sync").locator(".sync-words")).to_have_text(words, timeout=1000 * within_s)

    def expect_saved(self, *, within_s: float = 15) -> None:
        """Everything has reached the server; after a long break the screen asks every 30 s only."""
        self.expect_sync("saved", within_s=within_s)

    def on_server(self, item: int) -> dict[str, Any]:
        """What the server knows of an item."""
        url = self.stack.url(f"projects/{self.project}/review/items/{item}/")
        html = self.page.request.get(url).text()
        return json.loads(unescape(html.split('data-item="')[1].split('"')[0]))

    def states(self, item: int) -> list[str]:
        return [span["state"] for span in self.on_server(item)["spans"]]

    def surfaces(self, item: int) -> list[str]:
        """Target texts of the spans of an item, as the server has them."""
        data = self.on_server(item)
        texts = {segment["id"]: segment["text"] for segment in data["segments"]}
        return [
            " ".join(texts[span["segment"]][start:end] for start, end in span["intervals"]) for span in data["spans"]
        ]

    def has_no_sideways_scroll(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))

    def decisions(self) -> int:
        """Number of rows that the server has written."""
        return int(
            self.stack.python(
                "from annotator.models import Decision\nresult = Decision.objects.filter(project=given).count()",
                self.project,
            )
        )
