"""The review screen on a project of any kind."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.review_page import ReviewPage, plain
from tests.stack import Stack

SEED = """
from django.urls import reverse
from django.conf import settings
from sesame.utils import get_query_string
from annotator.models import User
from tests.annotator import factories
from tests.annotator.factories import make_member
from tests.annotator.kinds import make_kind_project
import itertools, secrets

# Keys that must differ are counted from one in each process.
factories._numbers = itertools.count(secrets.randbelow(10**12))
manager = User.objects.create_user("m" + secrets.token_hex(6))
project = make_kind_project(given, manager=manager)
reviewer = make_member(project, "reviewer", username="r" + secrets.token_hex(6))
link = settings.SITE_URL + reverse("account-link") + get_query_string(reviewer)
items = [item.pk for item in project.items.order_by("position")]
result = {"project": project.pk, "items": items, "link": link, "reviewer": reviewer.username}
"""


class KindPage(ReviewPage):
    """A reviewer's browser on a project described as in `tests.annotator.kinds`."""

    @classmethod
    def make_kind(cls, page: Page, stack: Stack, given: dict[str, Any]) -> KindPage:
        made = stack.python(SEED, given)
        page.goto(made["link"])
        opened = cls(page, stack, made["project"], made["items"], made["reviewer"])
        opened.open()
        opened.wait_ahead()
        return opened

    def texts(self, selector: str) -> list[str]:
        """What elements show once they are painted, each on one line."""
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        return [plain(text) for text in self.page.locator(selector).all_inner_texts()]

    def kinds(self, n: int) -> list[tuple[str, str, str]]:
        """Kind, state and label of each span of an item, as the server has them."""
        scheme = self.page.evaluate("JSON.parse(document.querySelector('#review').dataset.config).scheme")
        labels = {label["id"]: label["name"] for layer in scheme["layers"] for label in layer["labels"]}
        spans = self.on_server(self.items[n])["spans"]
        return [(span["kind"], span["state"], labels[span["label"]]) for span in spans]

    def expect_end(self) -> None:
        """Everything is reviewed and saved."""
        expect(self.page.get_by_role("heading", name="Everything is reviewed")).to_be_visible()
        self.expect_saved()
