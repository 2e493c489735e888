"""Rule 13: the votes of the machines as chips, and V through what they propose differently."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.review_page import GERMAN, ReviewPage
from tests.stack import Stack

pytestmark = pytest.mark.browser

ADD_RUN = """
import itertools, secrets
from annotator.models import Item, Project, Run
from tests.annotator import factories
from tests.annotator.factories import make_candidate, make_run
factories._numbers = itertools.count(secrets.randbelow(10**12))
project = Project.objects.get(pk=given["project"])
for engine, proposals in given["engines"].items():
    run = make_run(project, tgt_lang=given["lang"], is_active=False)
    Run.objects.filter(pk=run.pk).update(engine=engine)
    for item in project.items.all():
        for span, (surface, label, score) in zip(item.source_spans.all(), proposals[item.position % len(proposals)]):
            make_candidate(run, span, surface, label=label, score=score)
"""
# The active run says Ada (PER) and Nordlys (LOC), and finds no council.
ENGINES = {
    "hmm": [
        [
            ["Ada Brandt", "", 0.8],
            ["Tomas Vale", "", 0.9],
            ["Bremen", "", 0.9],
            ["Nordlys", "ORG", 0.7],
            ["Uppsala", "", 0.9],
        ],
        [["Rat von Uppsala", "", 0.6], ["Ada Brandt", "", 0.9]],
    ],
    "fused": [
        [["Ada", "", 0.5], ["Tomas Vale", "", 0.9], ["", "", 0.0], ["Nordlys", "ORG", 0.4], ["Uppsala", "", 0.9]],
        [["Rat", "", 0.3], ["Ada Brandt", "", 0.9]],
    ],
}


def make(page: Page, stack: Stack, **more) -> ReviewPage:
    """A project whose items three machines have voted on."""
    review = ReviewPage.make(page, stack, GERMAN, **more)
    stack.python(ADD_RUN, {"project": review.project, "engines": ENGINES, "lang": "de"})
    review.open(f"?item={review.items[0]}")
    return review


def chips(review: ReviewPage) -> list[str]:
    """What the chips say to a screen reader."""
    labels = review.part("votes").locator("button").evaluate_all("all => all.map(one => one.ariaLabel)")
    return [label.replace("\u2068", "").replace("\u2069", "") for label in labels]


def test_every_machine_has_a_chip_that_says_how_it_differs(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    assert chips(review) == ["statistical shown: the same", "fused: the same", "hmm: Ada Brandt, score 0.80"]
    filled = review.part("votes").locator(".vote-same")
    expect(filled).to_have_count(2)
    review.press("ArrowRight", "ArrowRight")
    assert chips(review)[1].startswith("fused: found nothing")
    review.press("ArrowRight")
    assert chips(review)[2] == "hmm: ORG instead of LOC, score 0.70"
    review.press("2")
    assert chips(review)[0] == "statistical shown: LOC instead of ORG, score 0.50"
    expect(filled).to_have_count(2)


def test_the_difference_is_told_on_focus(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    review.part("votes").locator("button").nth(2).focus()
    expect(page.locator(".vote-words")).to_have_text("\u2068Ada Brandt\u2069, score 0.80")
    review.part("votes").locator("button").nth(0).focus()
    expect(page.locator(".vote-words")).to_have_text("the same")


def test_v_goes_through_the_proposals_of_all_machines_and_enter_takes_the_shown_one(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    review.press("v")
    assert review.live == "Instead: Ada Brandt, by hmm, score 0.80. Enter accepts it."
    expect(page.locator(".box.preview")).to_have_count(1)
    review.press("v")
    assert review.live == "The first proposal again."
    review.press("v", "Enter")
    assert review.live.startswith("accepted Ada Brandt, PER")
    review.expect_saved()
    assert review.surfaces(review.items[0])[0] == "Ada Brandt"
    causes = stack.python(
        "from annotator.models import Decision, Run\n"
        "rows = Decision.objects.filter(project=given).order_by('id')\n"
        "result = [[row.kind, Run.objects.get(pk=row.cause['run']).engine, 'candidate' in row.cause] for row in rows]",
        review.project,
    )
    assert causes == [["move", "hmm", True], ["accept", "hmm", True]]
    review.press("Control+z")
    review.expect_saved()
    assert review.surfaces(review.items[0])[0] == "Ada"


def test_another_label_is_a_proposal_too(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    review.press("ArrowRight", "ArrowRight", "ArrowRight", "v")
    assert review.live == "Instead: Nordlys, ORG, by fused, score 0.40. Enter accepts it."
    assert review.words("hint") == "Enter accepts Nordlys as ORG instead"
    review.press("Enter")
    review.expect_saved()
    span = review.on_server(review.items[0])["spans"][3]
    assert (span["state"], span["label"]) == ("accepted", span["votes"][1]["label"])


def test_where_the_shown_machine_found_nothing_the_others_can_be_taken(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    review.open(f"?item={review.items[1]}")
    review.press("ArrowDown")
    assert review.status.startswith("council of Uppsala ORG undecided not found")
    review.press("v")
    assert review.live.startswith("Instead: Rat, by fused")
    expect(page.locator(".box.preview")).to_have_count(1)
    review.press("v", "Enter")
    review.expect_saved()
    assert review.surfaces(review.items[1])[0] == "Rat von Uppsala"


def test_a_click_on_a_chip_shows_its_proposal(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    review.part("votes").get_by_text("hmm").click()
    assert "by hmm" in review.live
    review.press("Enter")
    review.expect_saved()
    assert review.surfaces(review.items[0])[0] == "Ada Brandt"


def test_with_one_machine_there_is_no_row(page: Page, stack: Stack) -> None:
    review = ReviewPage.make(page, stack)
    expect(review.part("votes")).to_be_hidden()
    expect(page.locator(".others")).to_have_count(0)


def test_of_a_blind_item_no_vote_is_sent_before_the_decision(page: Page, stack: Stack) -> None:
    review = make(page, stack)
    stack.python(
        "from annotator.models import Item\nItem.objects.filter(pk=given).update(is_blind=True)", review.items[0]
    )
    assert [span["votes"] for span in review.on_server(review.items[0])["spans"]] == [[]] * 5
    review.open(f"?item={review.items[0]}")
    expect(review.part("votes")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_chips_fit_any_width(page: Page, stack: Stack, width: int) -> None:
    review = make(page, stack)
    page.set_viewport_size({"width": width, "height": 800})
    assert review.has_no_sideways_scroll()
