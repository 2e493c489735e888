"""A reviewer fails the qualification, is let try again, passes and gets real work; the gold is told only afterwards."""

from __future__ import annotations

import re
from html import unescape

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.qualifying import MAKE_SET
from tests.browser.review_page import GERMAN, SEED, ReviewPage, plain
from tests.stack import Stack

pytestmark = pytest.mark.browser

STATES = """
from annotator.models import Attempt
rows = Attempt.objects.filter(project=given).order_by("number")
result = [[row.number, row.state, row.percent] for row in rows]
"""


class Exam:
    """The reviewer's browser, and everything that the server has sent to it."""

    def __init__(self, page: Page, stack: Stack, *, shows_gold: bool) -> None:
        self.page = page
        self.made = stack.python(SEED, {**GERMAN, "n": 4, "role": "reviewer"})
        given = {"project": self.made["project"], "shows_gold": shows_gold}
        self.set = stack.python(MAKE_SET, given)
        self.screen = ReviewPage(page, stack, self.made["project"], self.made["items"], self.made["reviewer"])
        # Address and text of every page, fragment and answer of the project.
        self.sent: list[tuple[str, str]] = []
        page.route(re.compile("/projects/"), self.pass_on)
        page.goto(self.made["link"])
        self.screen.open()
        self.screen.wait_ahead()

    @property
    def dialog(self):
        return self.page.locator("dialog[data-part=answer]")

    @property
    def states(self) -> list[list[object]]:
        return list(self.screen.stack.python(STATES, self.made["project"]))

    def pass_on(self, route: Route) -> None:
        response = route.fetch(max_redirects=0)
        self.sent.append((response.url, unescape(response.text()).replace(", ", ",")))
        route.fulfill(response=response)

    def assert_untold(self) -> None:
        assert len(self.sent) > 1
        for url, text in self.sent:
            assert [secret for secret in self.set["secrets"] if secret in text] == [], url

    def expect_item(self, name: str) -> None:
        expect(self.page.locator(".pair-id")).to_have_text(name)

    def fail(self) -> None:
        """Everything as the machine has it."""
        self.expect_item("h1")
        self.screen.press("Shift+Enter")


def answer_rest(exam: Exam) -> None:
    """The second item: what was found is accepted, what was not is rejected."""
    exam.expect_item("h2")
    exam.screen.press("Shift+Enter")
    expect(exam.page.locator("#review[data-cursor]")).to_be_attached()
    exam.screen.press("Enter")


@pytest.mark.both_backends
def test_failing_trying_again_and_passing(stack: Stack, page: Page) -> None:
    exam = Exam(page, stack, shows_gold=True)
    screen = exam.screen
    expect(page.locator(".qualification-note")).to_contain_text("80 % are needed for real work")
    expect(screen.part("progress").locator(".progress-words")).to_contain_text("of 2")
    expect(page.locator(".pair-place")).to_have_text("qualification")
    exam.assert_untold()

    exam.fail()
    expect(exam.dialog).to_contain_text("3 of 5 labels as in the gold.")
    rows = [plain(row) for row in exam.dialog.locator("tbody tr").all_inner_texts()]
    assert rows == [
        "Ada Brandt Ada PER Ada Brandt PER ends 1 word earlier",
        "Nordlys Nordlys LOC Nordlys ORG LOC, in the gold ORG",
    ]
    # What was shown stands.
    screen.press("Enter")
    expect(exam.dialog).to_have_count(0)
    exam.expect_item("h2")
    screen.press("Control+z")
    expect(screen.part("notice")).to_contain_text("The gold of this qualification item was shown to you.")
    exam.expect_item("h2")
    answer_rest(exam)
    # 4 right of 6 given and 7 in the gold: 8/13.
    expect(exam.dialog).to_contain_text("you have not passed; 61.5 % were right, 80 % are needed.")
    expect(exam.dialog).to_contain_text("only in the gold")
    screen.press("Enter")
    expect(page.locator(".end h2")).to_have_text("Qualification not passed")
    expect(page.locator(".end")).to_contain_text("another label: 1")
    assert exam.states == [[1, "failed", 61.5]]

    let_try_again(exam)
    screen.open()
    screen.wait_ahead()
    exam.expect_item("h1")
    screen.press("Shift+ArrowRight", "Enter", "Enter", "Enter")
    page.locator(".tray button", has_text="ORG").first.click()
    screen.press("Enter", "Enter")
    expect(exam.dialog).to_contain_text("All as in the gold.")
    screen.press("Enter")
    answer_rest(exam)
    # 6 right of 6 given and 7 in the gold: 12/13.
    expect(exam.dialog).to_contain_text("you have passed with 92.3 %")
    screen.press("Enter")
    exam.expect_item("h3")
    expect(page.locator(".qualification-note")).to_have_count(0)
    screen.wait_ahead()
    screen.press("Shift+Enter")
    screen.expect_saved()
    assert screen.states(exam.made["items"][2]) == ["accepted"] * 5
    assert exam.states == [[1, "failed", 61.5], [2, "passed", 92.3]]
    page.unroute_all(behavior="ignoreErrors")


def let_try_again(exam: Exam) -> None:
    """As the manager does, in a browser of the own."""
    browser = exam.page.context.browser
    assert browser is not None
    context = browser.new_context()
    page = context.new_page()
    page.goto(exam.set["manager"])
    page.goto(exam.screen.stack.url(f"projects/{exam.made['project']}/"))
    expect(page.get_by_text("1 reviewer has not passed the qualification")).to_be_visible()
    page.locator(".message-warning").get_by_role("link", name="Qualification").click()
    row = page.locator("tr", has_text=exam.made["reviewer"])
    expect(row).to_contain_text("61.5 %")
    row.get_by_role("button", name="try again").click()
    expect(page.locator("tr", has_text=exam.made["reviewer"])).to_contain_text("not begun")
    context.close()


def test_without_training_nothing_of_the_gold_is_ever_sent(stack: Stack, page: Page) -> None:
    exam = Exam(page, stack, shows_gold=False)
    exam.fail()
    exam.expect_item("h2")
    # Until the end an answer can be taken back.
    exam.screen.press("Control+z")
    exam.expect_item("h1")
    exam.screen.expect_saved()
    exam.screen.press("Shift+Enter")
    answer_rest(exam)
    expect(exam.dialog).to_contain_text("you have not passed")
    exam.screen.press("Enter")
    expect(page.locator(".end h2")).to_have_text("Qualification not passed")
    for item in exam.made["items"][:2]:
        exam.screen.open(f"?item={item}")
        page.goto(stack.url(f"projects/{exam.made['project']}/review/items/{item}/print/"))
    page.unroute_all(behavior="ignoreErrors")
    exam.assert_untold()


def test_an_answer_that_waits_for_the_network_is_compared_when_it_is_back(stack: Stack, page: Page) -> None:
    exam = Exam(page, stack, shows_gold=True)
    page.unroute_all(behavior="wait")
    page.context.set_offline(True)
    exam.fail()
    expect(exam.screen.part("detail")).to_contain_text("Being compared with the gold")
    exam.expect_item("h1")
    exam.screen.press("Enter")
    exam.expect_item("h1")
    page.context.set_offline(False)
    expect(exam.dialog).to_contain_text("3 of 5 labels as in the gold.", timeout=30_000)
    exam.screen.press("Enter")
    exam.expect_item("h2")
